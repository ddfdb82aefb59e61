"""What the tests share: small models, and the program to compare with."""

import json
import os
import pathlib
import subprocess

import numpy as np

SOURCE = pathlib.Path(os.environ["CLIPWORK_SOURCE"])
BUILD = pathlib.Path(os.environ["CLIPWORK_BUILD"])
DEMO = "clipwork:demo/novis.toml"


def program(*arguments):
    """Runs the program `clipwork`, and returns what it printed."""
    done = subprocess.run([BUILD / "bin" / "clipwork", *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        raise AssertionError(done.stderr)
    return done.stdout


def read_json(path):
    return json.loads(pathlib.Path(path).read_text(encoding="utf-8"))


def make_pictures(folder):
    """The pictures of a generated video, in a subfolder that is returned."""
    program("dataset", "make", "synthetic", "--profile", "ytvis_like", "--split", "val", "--videos", 1, "--out", folder)
    [video] = (folder / "val/JPEGImages").iterdir()
    return video


def squares(frames, height=64, width=96):
    """Frames with a bright square that moves to the right."""
    for t in range(frames):
        frame = np.full((height, width, 3), 40, dtype=np.uint8)
        frame[20:40, 5 + 2 * (t % 30) : 25 + 2 * (t % 30)] = (220, 60, 60)
        yield frame
