#!/bin/sh
# Release what the stack's configuration says: the migrations first, then the new revisions.
# Needs pulumi with a stack selected, az logged in to the same subscription, and python3.
set -eu
cd "$(dirname "$0")"

output() { pulumi stack output "$1"; }

# The job first, with the new image, unless this is the first release: then all of it.
if pulumi stack output migration >/dev/null 2>&1; then
  pulumi up --yes --skip-preview --target '**dbforpostgresql:Configuration**' \
    --target '**app:Job::migrate**' --target-dependents=false
else
  pulumi up --yes --skip-preview
fi

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
