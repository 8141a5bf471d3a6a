"""The program that `pulumi up` runs: a stack's configuration in, a twin on Azure out."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from infra.parts.configuration import read_configuration
from infra.parts.twin import AzureTwin

AzureTwin(read_configuration()).export()
