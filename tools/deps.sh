#!/usr/bin/env bash
# Installs what Clipwork is built with, on Debian 12: distribution packages, and LibTorch in a cache folder outside the tree.
# Quick and silent when nothing is missing. Usage: tools/deps.sh [--print-torch | --only-torch]
#   --only-torch         only LibTorch, for an installed Clipwork (needs python3 with pip)
#   --print-torch        only print the folder of LibTorch (its parent is what CLIPWORK_TORCH may name)
# Environment:
#   CLIPWORK_TORCH       a LibTorch that is already there (unzipped archive, a Python's torch folder); nothing is downloaded
#   CLIPWORK_DEPS_DIR    the cache folder (default: ~/.cache/clipwork)
set -euo pipefail

packages="g++ cmake ninja-build ccache python3-pip ca-certificates git clang-format
  libboost-dev libboost-program-options-dev libtomlplusplus-dev rapidjson-dev libopencv-dev
  pkgconf libavformat-dev libavcodec-dev libavutil-dev libswscale-dev
  libgtest-dev libgmock-dev libbenchmark-dev libssl-dev libzip-dev libpugixml-dev libyaml-cpp-dev libre2-dev"

torch_version=2.11.0
wheels="torch==2.11.0 nvidia-cuda-runtime==13.0.96 nvidia-cuda-cupti==13.0.85"
checksums="\
7aa2f9bbc6d4595ba72138026b2074be1233186150e9292865e04b7a63b8c67a torch-
7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548 nvidia_cuda_runtime-
4eb01c08e859bf924d222250d2e8f8b8ff6d3db4721288cf35d14252a4d933c8 nvidia_cuda_cupti-"

cache="${CLIPWORK_DEPS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/clipwork}"
torch_home="$cache/libtorch-$torch_version"
# The stamp names everything that decides what the folder holds, so that a new version or checksum unpacks again.
stamp="$torch_version $(printf '%s' "$wheels $checksums" | sha256sum | cut -c1-16)"

say() { printf 'deps: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

missing_packages() {
  # `${Package}` is dpkg's own placeholder.
  # shellcheck disable=SC2016,SC2086
  local installed
  installed=$(dpkg-query -W -f='${Package} ${db:Status-Status}\n' $packages 2>/dev/null | sed -n 's/ installed$//p' | sort -u)
  # shellcheck disable=SC2086
  printf '%s\n' $packages | sort -u | comm -23 - <(printf '%s\n' "$installed")
}

install_packages() {
  command -v dpkg-query >/dev/null || die "this script knows Debian 12 only; docs/faq.md lists the libraries that are needed"
  local missing as_root=()
  missing=$(missing_packages | tr '\n' ' ')
  [ -n "${missing// /}" ] || return 0
  if [ "$(id -u)" != 0 ]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
      as_root=(sudo)
    else
      die "these packages are missing; as root, run:
  apt-get update && apt-get install -y --no-install-recommends $missing"
    fi
  fi
  say "installing $missing"
  local log
  log=$(mktemp)
  # shellcheck disable=SC2086
  if ! { "${as_root[@]}" apt-get update &&
         "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    die "apt-get failed (its output: $log)"
  fi
  rm -f "$log"
}

# A wheel is taken only if its hash is the one above; whatever else lies under its name is deleted.
verified_wheel() {  # prefix, sha256 -> path, or nothing
  local file found=""
  for file in "$cache/wheels/$1"*.whl; do
    [ -e "$file" ] || continue
    if printf '%s  %s\n' "$2" "$file" | sha256sum --check --status; then found=$file; else rm -f "$file"; fi
  done
  printf '%s' "$found"
}

download_wheels() {
  local sum prefix complete=1
  while read -r sum prefix; do
    [ -n "$(verified_wheel "$prefix" "$sum")" ] || complete=0
  done <<<"$checksums"
  [ "$complete" = 1 ] && return
  say "downloading LibTorch $torch_version (about 550 MB)"
  # pip takes the platform tags literally: one for each of the three wheels.
  # shellcheck disable=SC2086
  /usr/bin/python3 -m pip download --quiet --disable-pip-version-check --no-cache-dir --no-deps --only-binary=:all: \
    --python-version 3.11 --platform manylinux_2_28_x86_64 --platform manylinux2014_x86_64 \
    --platform manylinux_2_25_x86_64 --dest "$cache/wheels" $wheels >&2 ||
    die "pip could not download LibTorch; name one that is there with CLIPWORK_TORCH=DIR"
  while read -r sum prefix; do
    [ -n "$(verified_wheel "$prefix" "$sum")" ] ||
      die "the downloaded ${prefix%-} does not have the expected SHA-256 $sum; nothing was unpacked"
  done <<<"$checksums"
}

unpack_wheels() {
  say "unpacking into $torch_home"
  rm -rf "$torch_home.part"
  /usr/bin/python3 - "$torch_home.part" "$cache"/wheels/*.whl <<'PY'
import sys, zipfile
target, wheels = sys.argv[1], sys.argv[2:]
wanted = ("torch/include/", "torch/lib/libtorch_cpu.so", "torch/lib/libc10.so", "torch/lib/libgomp",
          "nvidia/cu13/lib/libcudart.so", "nvidia/cu13/lib/libcupti.so")
for wheel in wheels:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target, [n for n in archive.namelist() if n.startswith(wanted)])
PY
  printf '%s\n' "$stamp" >"$torch_home.part/stamp"
  sync "$torch_home.part/stamp"
  rm -rf "$torch_home"
  mv "$torch_home.part" "$torch_home"
  rm -rf "$cache/wheels"
}

provide_torch() {
  [ "$(cat "$torch_home/stamp" 2>/dev/null)" = "$stamp" ] && return
  [ "$(uname -m)" = x86_64 ] || die "LibTorch is fetched for x86-64 only; name one for $(uname -m) with CLIPWORK_TORCH=DIR"
  mkdir -p "$cache/wheels"
  exec 9>"$cache/lock"
  flock 9
  [ "$(cat "$torch_home/stamp" 2>/dev/null)" = "$stamp" ] && return
  download_wheels
  unpack_wheels
}

wanted=all
case "${1:-}" in
  --only-torch) wanted=torch ;;
  --print-torch) printf '%s\n' "${CLIPWORK_TORCH:-$torch_home/torch}"; exit 0 ;;
  "") ;;
  *) die "unknown argument '$1' (--only-torch and --print-torch are known)" ;;
esac
[ "$wanted" = torch ] || install_packages
[ -n "${CLIPWORK_TORCH:-}" ] || provide_torch
