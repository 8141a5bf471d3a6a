"""What a migration runs is what it ran when it landed."""

from hashlib import sha256

from dtbase.local.places import CHECKOUT

MIGRATIONS = CHECKOUT / "migrations"
WHAT_TO_DO = """
is not what migrations/SHA256SUMS says. What has landed never changes: write a new revision. A new
one is listed there when it lands (CONTRIBUTING.md, "Adding a revision").
"""


def test_what_a_revision_runs_has_not_changed_since_it_landed() -> None:
    lines = (MIGRATIONS / "SHA256SUMS").read_text().splitlines()
    listed = {name: digest for digest, name in (line.split("  ") for line in lines)}
    found = [*MIGRATIONS.glob("versions/*.py"), *MIGRATIONS.glob("sql/*/*.sql")]
    for path in found:
        name = path.relative_to(CHECKOUT).as_posix()
        assert listed.get(name) == sha256(path.read_bytes()).hexdigest(), name + WHAT_TO_DO
    assert len(found) == len(listed)
