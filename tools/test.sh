#!/usr/bin/env bash
# Installs what is missing, builds and runs the tests of one preset. Usage: tools/test.sh [PRESET] [CTEST ARGUMENTS...]
set -euo pipefail
cd "$(dirname "$0")/.."
preset="${1:-release}"
[ $# -eq 0 ] || shift
tools/build.sh "$preset"
ctest --preset "$preset" "$@"
