#!/usr/bin/env bash
# Installs what is missing, builds, and runs the small trained NOVIS on a synthetic video that it has not seen, and on yours.
# Usage: tools/demo.sh [--strip FILE] [VIDEO]
#   --strip FILE   also writes six frames of the tracked synthetic video as one picture: docs/demo.jpg is made with it.
#                  Needs ffmpeg, which tools/deps.sh does not install: apt-get install ffmpeg
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
strip=
if [ "${1:-}" = --strip ]; then
  if [ $# -lt 2 ] || ! command -v ffmpeg >/dev/null; then
    echo "demo: --strip needs the name of a picture, and ffmpeg (apt-get install ffmpeg)" >&2
    exit 2
  fi
  strip=$(realpath -m "$2")
  shift 2
fi
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

# Four times as large as the videos of the training, for the eye; the network sees them at its own size.
"$clipwork" dataset make synthetic --profile ovis_like --split val --videos 1 --scale 4 --out "$out/synthetic"
"$clipwork" run "$config" --input "$out"/synthetic/val/JPEGImages/* --out "$out/results"
if [ -n "$strip" ]; then
  # Every twelfth of its 74 frames, two rows of three.
  ffmpeg -loglevel error -y -i "$out/results/overlay.mp4" -frames:v 1 -q:v 4 \
    -vf "select=not(mod(n\,12)),scale=480:-1:flags=area,tile=3x2:padding=6:color=white" "$strip"
fi
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
  $out/results/ids/           one picture per frame: the track of each pixel (16 bit)
  $out/results/results.json   the masks and scores of every track, in the format of YouTube-VIS
  $out/eval/                  results and scores of the 200 videos of the split val
DONE
if [ -n "$video" ]; then
  echo "  $out/yours/report.html      your video"
fi
