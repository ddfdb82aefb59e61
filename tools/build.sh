#!/usr/bin/env bash
# Installs what is missing, configures and builds one preset. Usage: tools/build.sh [PRESET]   (default: release)
set -euo pipefail
cd "$(dirname "$0")/.."
tools/deps.sh
preset="${1:-release}"
cmake --preset "$preset" >&2
cmake --build --preset "$preset" >&2
