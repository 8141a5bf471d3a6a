"""The twin at a glance: what is found by name, what changed, what stands out."""
