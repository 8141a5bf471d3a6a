"""A twin in containers, from an empty machine to an upgrade: `make compose-test`."""
