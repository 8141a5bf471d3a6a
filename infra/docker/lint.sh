#!/bin/sh
# Lint what Python's tools do not read: Dockerfiles, Compose, GitHub Actions, shell, cloud-init.
# What this machine cannot run is told and left.
set -eu
cd "$(dirname "$0")/../.."

has() {
  command -v "$1" >/dev/null 2>&1 || { echo "not linted here: $2 (there is no $1)"; return 1; }
}

# DL3008: Debian keeps one version of a package, so a pinned one is soon gone.
if has hadolint Dockerfiles; then
  find . -name Dockerfile -not -path "./.*" -exec hadolint --ignore DL3008 {} +
fi
if has actionlint "GitHub Actions"; then actionlint .github/workflows/*.yml; fi
if has docker "docker-compose.yml" && docker compose version >/dev/null 2>&1; then
  docker compose --profile demo --profile proxy config --quiet
fi
for script in infra/*.sh infra/docker/*.sh; do sh -n "$script"; done
if has cloud-init "infra/parts/cloud-init.yaml"; then
  cloud-init schema --config-file infra/parts/cloud-init.yaml
fi
