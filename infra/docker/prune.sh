#!/bin/sh
# Remove from an environment what no process of a twin reads: 120 of its 660 MB.
set -eu
cd "$1"/lib/python3.*/site-packages
find . -type d \( -name tests -o -name test \) -prune -exec rm -rf {} +
find . \( -name '*.map' -o -name '*.pyi' -o -name '*.pxd' -o -name '*.pyx' -o -name '*.pxi' \) -delete
# Arrow: headers to build with, and ways to clouds and to other servers
rm -rf pyarrow/include pyarrow/src
for part in flight s3 s3fs gcsfs azurefs hdfs orc; do
  rm -f pyarrow/libarrow_$part.so* pyarrow/_$part.*.so
done
# a third copy of one library
rm -f pyarrow/libarrow_python.so.*.*
# notebooks' parts of plotly, its sample data, and the slower of two ways to zstd
rm -rf plotly/labextension plotly/package_data/datasets plotly/package_data/widgetbundle.js
rm -rf statsmodels/datasets/*/ dash/deps/*[0-9].js zstandard/_cffi.*.so
