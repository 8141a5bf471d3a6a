"""The image for the edge has every package that the client and its commands import."""

import re
import subprocess
import sys
from importlib.metadata import packages_distributions

from dtbase.local.places import CHECKOUT

COMMANDS = ("login", "key", "export", "apply")
SCRIPT = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {absent}:
            raise ModuleNotFoundError(f"the image for the edge has no {{name}}")
sys.meta_path.insert(0, Absent())
import dtbase.client
from dtbase.cli.commands import COMMANDS
for name in {commands}:
    COMMANDS[name].load(name)
"""


def test_the_client_and_its_commands_import_nothing_that_the_edge_has_not() -> None:
    lock = (CHECKOUT / "requirements" / "edge.txt").read_text()
    locked = set(re.findall(r"^([a-z0-9._-]+)==", lock, re.MULTILINE)) | {"dtbase"}
    absent = {
        module
        for module, found in packages_distributions().items()
        if not {re.sub(r"[._]", "-", name.lower()) for name in found} & locked
    }
    assert "pandas" in absent
    script = SCRIPT.format(absent=absent, commands=COMMANDS)
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr[-1000:]
