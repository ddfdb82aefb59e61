"""Writes the small real files of this folder. Needs PyTorch and numpy; the files are committed, so
nobody needs to run it: python3 make.py FOLDER. The numpy1 file wants numpy before 2.0, the others
numpy 2."""

import argparse
import collections
import os
import pathlib
import pickle
import sys

import numpy

folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(__file__))


def arrays():
    ramp = numpy.arange(6, dtype=numpy.float32).reshape(2, 3)
    return {
        "model": collections.OrderedDict(
            [
                ("rows", ramp),
                ("columns", numpy.asfortranarray(ramp)),
                ("steps", numpy.arange(10)[::3]),
                ("number", numpy.float32(2.5)),
                ("big_endian", numpy.arange(3, dtype=">f4")),
                ("half", numpy.array([1.5], dtype=numpy.float16)),
                ("truth", numpy.array([True, False])),
                ("nothing", numpy.zeros((0, 3), numpy.float32)),
            ]
        ),
        "__author__": "somebody",
        "matching_heuristics": True,
    }


def write_numpy(name, protocol):
    (folder / name).write_bytes(pickle.dumps(arrays(), protocol=protocol))


if numpy.__version__.startswith("1."):
    write_numpy("numpy1_protocol2.pkl", 2)
    sys.exit()
write_numpy("numpy2_protocol2.pkl", 2)
write_numpy("numpy2_protocol4.pkl", 4)
write_numpy("numpy2_protocol5.pkl", 5)

import torch

ramp = torch.arange(12, dtype=torch.float32).reshape(3, 4)
weights = collections.OrderedDict(
    [
        ("module.ramp", ramp),
        ("module.view", ramp[1:, ::2]),
        ("module.bfloat", torch.tensor([1.0, -2.5]).bfloat16()),
        ("module.count", torch.tensor(7)),
        ("module.kept", torch.nn.Parameter(torch.ones(2))),
    ]
)
weights._metadata = collections.OrderedDict(version=1)
saved = {"model": weights, "iteration": 5, "args": argparse.Namespace(lr=0.1)}
torch.save(saved, folder / "torch.pth")
torch.save(saved, folder / "torch_legacy.pth", _use_new_zipfile_serialization=False)
