"""A twin's registry as one document: reading it, and making it match one."""
