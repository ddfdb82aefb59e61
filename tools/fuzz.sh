#!/usr/bin/env bash
# Builds the fuzz targets with clang, libFuzzer and the address and undefined-behaviour sanitizers, and runs one of them from its
# seeds. Usage: tools/fuzz.sh TARGET [INPUTS] [LIBFUZZER OPTIONS...]     (INPUTS: how many, default 100000)
# What is new is kept in build/fuzz/corpus/TARGET; an input that fails lies in build/fuzz/findings/TARGET.
set -euo pipefail
cd "$(dirname "$0")/.."
names=$(cd tests/fuzz && ls ./*_fuzz.cpp | sed 's|^\./||; s|_fuzz\.cpp$||' | grep -vxE 'config|plan' | paste -sd' ')
target="${1:-}"
if [[ " $names " != *" $target "* ]]; then
  echo "usage: tools/fuzz.sh TARGET [INPUTS] [LIBFUZZER OPTIONS...]; targets: $names" >&2
  exit 2
fi
inputs="${2:-100000}"
shift $(($# < 2 ? $# : 2))
if ! command -v clang++ > /dev/null; then
  echo "fuzz targets need clang++ and its run-time library: apt-get install clang libclang-rt-14-dev" >&2
  exit 2
fi
cmake --preset fuzz > /dev/null
cmake --build build/fuzz --target "fuzz.$target" >&2
mkdir -p "build/fuzz/corpus/$target" "build/fuzz/findings/$target"
dictionary=()
[ ! -f "tests/fuzz/dictionaries/$target.dict" ] || dictionary=("-dict=tests/fuzz/dictionaries/$target.dict")
export OMP_NUM_THREADS=1
exec "build/fuzz/bin/fuzz.$target" -runs="$inputs" -seed=1 -max_len=4096 -timeout=60 -rss_limit_mb=4096 -print_final_stats=1 \
  "${dictionary[@]}" -artifact_prefix="build/fuzz/findings/$target/" "$@" "build/fuzz/corpus/$target" "tests/fuzz/seeds/$target"
