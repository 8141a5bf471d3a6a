"""The twin on Azure, as a Pulumi program."""
