#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the plugin against an installed Clipwork, runs its tests and checks its config.
# Usage: ./ci.sh CLIPWORK_PREFIX
set -euo pipefail
prefix=$(realpath "${1:?give the folder that Clipwork is installed in}")
cd "$(dirname "$0")"
cmake -B build -DCMAKE_PREFIX_PATH="$prefix"
cmake --build build
ctest --test-dir build --output-on-failure
"$prefix/bin/clipwork" inspect build/@NAME@.so
if [ -f @NAME@.toml ]; then
  "$prefix/bin/clipwork" config check @NAME@.toml --plugin-path build
fi
