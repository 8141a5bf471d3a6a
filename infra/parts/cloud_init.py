"""What the virtual machine of the community database does at its first start."""

from pathlib import Path
from typing import NamedTuple

TEMPLATE = Path(__file__).with_name("cloud-init.yaml")


class Filling(NamedTuple):
    """What stands in the document of one stack; nothing of it is a secret."""

    vault: str
    storage: str
    client_id: str
    connections: int
    apps: str
    user: str
    database: str


def document(filling: Filling) -> str:
    """Return the document for cloud-init."""
    text = TEMPLATE.read_text(encoding="utf-8")
    for name, value in filling._asdict().items():
        text = text.replace(f"{{{{ {name} }}}}", str(value))
    return text
