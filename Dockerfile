# One image for every process of a twin: `dtbase run api`, `dash`, `worker`, `scheduler`, `migrate`.
# The base image is a variable, so that a mirror or another Debian can stand in for it.
ARG PYTHON_IMAGE=python:3.13-slim-trixie

# What builds: it has the installer and a static init, and nothing of it but the results is kept.
FROM ${PYTHON_IMAGE} AS build
RUN apt-get update -q \
 && apt-get install -qy --no-install-recommends tini \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY requirements/bootstrap.txt requirements/bootstrap.txt
# A build behind a proxy of its own gives its certificates as the secret `certificates`.
RUN --mount=type=secret,id=certificates,target=/run/certificates.pem \
    if [ -s /run/certificates.pem ]; then export PIP_CERT=/run/certificates.pem; fi \
 && python3 -m venv /opt/build \
 && /opt/build/bin/pip install --no-cache-dir --quiet --disable-pip-version-check \
      --require-hashes -r requirements/bootstrap.txt
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_NO_CACHE=1 UV_PYTHON_DOWNLOADS=never

# The packages of the lock file, in an environment of their own; /opt/ours and /services are found
# beside them, so that a new commit changes a small layer, and services come in without building.
FROM build AS packages
COPY requirements/base.txt requirements/base.txt
RUN --mount=type=secret,id=certificates,target=/run/certificates.pem \
    if [ -s /run/certificates.pem ]; then export SSL_CERT_FILE=/run/certificates.pem; fi \
 && /opt/build/bin/uv venv --quiet --python "$(command -v python3)" /opt/dtbase \
 && /opt/build/bin/uv pip install --quiet --python /opt/dtbase/bin/python \
      --require-hashes -r requirements/base.txt \
 && echo /opt/ours > "$(echo /opt/dtbase/lib/python3.*/site-packages)/ours.pth"
COPY infra/docker/prune.sh infra/docker/prune.sh
RUN sh infra/docker/prune.sh /opt/dtbase

FROM packages AS ours
COPY pyproject.toml README.md LICENSE ./
COPY dtbase dtbase
COPY api api
COPY jobs jobs
COPY dash_app dash_app
COPY migrations migrations
RUN /opt/build/bin/pip install --quiet --no-cache-dir --disable-pip-version-check --no-deps \
      --no-build-isolation --no-index --target /opt/ours . \
 && sed -i '1s|.*|#!/opt/dtbase/bin/python|' /opt/ours/bin/dtbase
# What was pruned must be missed by nothing, and what is imported here is found in the image.
RUN /opt/dtbase/bin/python -W ignore -c \
    'import api.app, dash_app.app, jobs.demo.load, jobs.runs, jobs.scheduler, jobs.tasks, jobs.worker, pyarrow.parquet'

FROM ${PYTHON_IMAGE} AS base
RUN groupadd --gid 10001 dtbase \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin dtbase \
 && mkdir /services
COPY --from=build /usr/bin/tini-static /usr/bin/tini
WORKDIR /app
ENV MALLOC_ARENA_MAX=2 \
    PATH=/opt/dtbase/bin:/opt/ours/bin:$PATH \
    PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp \
    DTBASE_SERVICES_FOLDER=/services
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/bin/tini", "--"]
USER 10001:10001

# `--target edge`: the client and the command, for machines that only send and ask.
FROM build AS edge-packages
COPY requirements/edge.txt requirements/edge.txt
RUN --mount=type=secret,id=certificates,target=/run/certificates.pem \
    if [ -s /run/certificates.pem ]; then export SSL_CERT_FILE=/run/certificates.pem; fi \
 && /opt/build/bin/uv venv --quiet --python "$(command -v python3)" /opt/dtbase \
 && /opt/build/bin/uv pip install --quiet --python /opt/dtbase/bin/python \
      --require-hashes -r requirements/edge.txt \
 && echo /opt/ours > "$(echo /opt/dtbase/lib/python3.*/site-packages)/ours.pth"

FROM base AS edge
COPY --from=edge-packages /opt/dtbase /opt/dtbase
COPY --from=ours /opt/ours /opt/ours
ARG VERSION
ARG COMMIT
ENV DTBASE_BUILD_VERSION=$VERSION DTBASE_BUILD_COMMIT=$COMMIT
CMD ["dtbase", "--help"]

# Everything: what Compose and Azure run.
FROM base AS full
COPY --from=packages /opt/dtbase /opt/dtbase
COPY alembic.ini ./
COPY migrations migrations
COPY --from=ours /opt/ours /opt/ours
ARG VERSION
ARG COMMIT
ENV DTBASE_BUILD_VERSION=$VERSION DTBASE_BUILD_COMMIT=$COMMIT
LABEL org.opencontainers.image.title="DTBase" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version=$VERSION \
      org.opencontainers.image.revision=$COMMIT
# Each process is asked by its own way; what ends by itself, such as `migrate`, is well.
HEALTHCHECK --interval=30s --timeout=30s --start-period=90s --retries=3 CMD ["dtbase", "healthy"]
CMD ["dtbase", "run", "api", "--host", "0.0.0.0"]
