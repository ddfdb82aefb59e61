"""Clipwork: video instance segmentation. docs/python.md describes the package."""

import os as _os
import sys as _sys

if "torch" not in _sys.modules and not {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT"} & _os.environ.keys():
    # Read once, when PyTorch loads the OpenMP runtime. Threads that wait spin for milliseconds by
    # default, and take the core of the thread that they wait for.
    _os.environ["GOMP_SPINCOUNT"] = "1000"
# Without a limit, oneDNN keeps a gigabyte of kernels after some hundred frame sizes.
_os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "32")

import torch as _torch  # noqa: E402  Loads the LibTorch that _core needs.

try:
    from . import _core
except ImportError as _error:
    raise ImportError(
        f"{_error}; clipwork was compiled with another PyTorch than {_torch.__version__}, which is installed now: "
        "install clipwork again"
    ) from _error

if _torch.__version__.split("+")[0] != _core.torch_version:
    raise ImportError(
        f"clipwork was compiled with PyTorch {_core.torch_version}, and PyTorch {_torch.__version__} is installed: "
        "install clipwork again"
    )

from ._core import Layer, Matched, Prediction, StepReport, Targets, TrainingReport, Window  # noqa: E402
from .components import LossTerm, Tracked, Tracker, assign, parameter, register  # noqa: E402
from .errors import Error, InputError  # noqa: E402
from .evaluation import Dataset, DatasetVideo, evaluate, open_dataset  # noqa: E402
from .frames import Frame, Result, Track  # noqa: E402
from .inspection import inspect, load_plugins, set_log_level  # noqa: E402
from .pipeline import Config, Pipeline, Stream, load_config  # noqa: E402
from .training import train  # noqa: E402

__version__ = _core.version

__all__ = [
    "Config",
    "Dataset",
    "DatasetVideo",
    "Error",
    "Frame",
    "InputError",
    "Layer",
    "LossTerm",
    "Matched",
    "Pipeline",
    "Prediction",
    "Result",
    "StepReport",
    "Stream",
    "Targets",
    "Track",
    "Tracked",
    "Tracker",
    "TrainingReport",
    "Window",
    "assign",
    "evaluate",
    "inspect",
    "load_config",
    "load_plugins",
    "open_dataset",
    "parameter",
    "register",
    "set_log_level",
    "train",
]
