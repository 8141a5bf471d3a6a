#!/bin/sh
# Release what the stack's configuration says: the migrations first, then the new revisions.
# Needs pulumi 3.188 or later with a stack selected, az logged in to the same subscription, and
# python3.
set -eu
cd "$(dirname "$0")"

output() { pulumi stack output "$1"; }

# Everything but what takes traffic: that goes on as it is, or is still to come.
pulumi up --yes --skip-preview --exclude '**azure-native:app:ContainerApp::**' --exclude-dependents

group=$(output resource-group)

# A server whose parameters wait for a restart has no TimescaleDB yet.
for server in $(az postgres flexible-server list --resource-group "$group" --query '[].name' --output tsv); do
  waiting=$(az postgres flexible-server parameter list --resource-group "$group" --server-name "$server" \
    --query 'length([?isConfigPendingRestart])' --output tsv)
  [ "$waiting" = 0 ] || az postgres flexible-server restart --resource-group "$group" --name "$server"
done

job=$(output migration)
run=$(az containerapp job start --resource-group "$group" --name "$job" --query name --output tsv)
echo "migrating: $run"
while :; do
  status=$(az containerapp job execution show --resource-group "$group" --name "$job" \
    --job-execution-name "$run" --query properties.status --output tsv)
  case $status in
    Succeeded) break ;;
    Failed | Stopped | Degraded)
      echo "the migrations have ended: $status; the old revisions go on" >&2
      exit 1 ;;
  esac
  sleep 5
done

pulumi up --yes --skip-preview
pulumi stack output first
