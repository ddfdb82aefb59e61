#!/usr/bin/env bash
# Writes docs/reference: parameters and contracts of all components, one page a kind, and the sections of configs.
# usage: tools/reference_pages.sh [CLIPWORK]     CLIPWORK: the program (default: build/release/bin/clipwork)
set -euo pipefail
cd "$(dirname "$0")/.."
clipwork=${1:-build/release/bin/clipwork}
pages=docs/reference
note='Written by `tools/reference_pages.sh` from what `clipwork inspect --markdown` prints.'
names() { sed -n "s/^    \"$1\": \"\([^\"]*\)\",*$/\1/p"; }

rm -rf "$pages"
mkdir -p "$pages"
kinds=$("$clipwork" inspect --json | names kind | sort -u)
sections=$("$clipwork" inspect | sed -n '/^sections of configs/,$s/^  \[\([a-z]*\)\] .*/\1/p')
{
  printf '# Reference\n\n%s\n\n' "$note"
  printf '* [Sections of configs](sections.md)\n'
  for kind in $kinds; do printf '* [Components of kind `%s`](%s.md)\n' "$kind" "$kind"; done
} > "$pages/index.md"
{
  printf '# Sections of configs\n\n%s\n' "$note"
  for section in $sections; do echo; "$clipwork" inspect "$section" --markdown; done
} > "$pages/sections.md"
for kind in $kinds; do
  {
    printf '# Components of kind `%s`\n\n%s\n\n' "$kind" "$note"
    "$clipwork" inspect --list "$kind" --markdown
  } > "$pages/$kind.md"
done
