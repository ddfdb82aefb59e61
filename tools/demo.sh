#!/usr/bin/env bash
# Installs what is missing, builds, and runs the small trained NOVIS on a synthetic video that it has not seen, and on yours.
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
config=clipwork:demo/novis.toml
out=$here/build/demo
rm -rf "$out"
mkdir -p "$out"

# Four times as large as those it was trained on, to look at; the network sees them at its own size.
"$clipwork" dataset make synthetic --profile ytvis_like --split val --videos 1 --scale 4 --out "$out/synthetic"
"$clipwork" run "$config" --input "$out"/synthetic/val/JPEGImages/* --out "$out/results"
if [ -n "$video" ]; then
  cat >&2 <<'NOTE'

The model knows ten drawn shapes and nothing else: what it finds in another video means little.

NOTE
  "$clipwork" run "$config" --input "$video" --out "$out/yours"
fi
"$clipwork" eval "$config" --out "$out/eval"

cat <<DONE

Look at:
  $out/results/report.html    the video with its tracks, in any browser
  $out/results/overlay.mp4    the same video alone
  $out/results/ids/           a picture a frame: which track owns which pixel (16 bit)
  $out/results/results.json   every track's masks and scores, as YouTube-VIS wants them
  $out/eval/                  results and scores of the 200 videos of the split val
DONE
if [ -n "$video" ]; then
  echo "  $out/yours/report.html      your video"
fi
