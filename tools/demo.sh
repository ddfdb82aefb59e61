#!/usr/bin/env bash
# Installs what is missing, builds, and runs MinVIS on a video, or on one that it draws itself.
# Usage: tools/demo.sh [VIDEO]
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
video=${1:-}
if [ -n "$video" ] && [ ! -e "$video" ]; then
  echo "demo: there is no file '$video'" >&2
  exit 2
fi

"$here/tools/build.sh" release
clipwork=$here/build/release/bin/clipwork
out=$here/build/demo
mkdir -p "$out"
if [ -z "$video" ]; then
  video=$out/shapes.mp4
  "$clipwork" dataset make --shapes "$video" --overwrite
fi

cat >&2 <<'NOTE'

There are no trained weights yet: the model is filled with numbers made from names.
Everything runs as it will, but masks, classes and scores mean nothing.

NOTE
"$clipwork" run clipwork:demo/minvis.toml --input "$video" --out "$out/results" --weights rule --overwrite
cat <<DONE

Look at:
  $out/results/report.html    the video with its tracks, in any browser
  $out/results/overlay.mp4    the same video alone
  $out/results/ids/           a picture a frame: which track owns which pixel (16 bit)
  $out/results/results.json   every track's masks and scores, as YouTube-VIS wants them
DONE
