"""Scores the demo model on generated videos: python evaluate_demo.py [VIDEOS [KEY=VALUE ...]]

Prints the AP of `clipwork eval clipwork:demo/novis.toml --set data.eval.videos=VIDEOS`.
"""

import sys

import clipwork
import py_embedding  # noqa: F401  Registers a tracker in Python, for model.tracker.type=py_embedding.

CONFIG = "clipwork:demo/novis.toml"

videos = int(sys.argv[1]) if len(sys.argv) > 1 else 8
overrides = dict(argument.split("=", 1) for argument in sys.argv[2:])

data = clipwork.open_dataset(CONFIG, **{"data.eval.videos": videos})
pipe = clipwork.Pipeline(CONFIG, **overrides)
results = []
for video in data:
    results += pipe.run(video).to_coco(video.id)
print(repr(clipwork.evaluate(data, results)["stats"]["AP"]))
