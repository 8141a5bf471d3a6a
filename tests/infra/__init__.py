"""The twin on Azure, made without a cloud: by mocks of Azure and of Pulumi's engine."""
