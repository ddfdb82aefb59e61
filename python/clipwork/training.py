"""Trainings."""

from __future__ import annotations

import os
from typing import Any, Callable, Optional, Sequence, Union

from . import _core
from ._core import StepReport, TrainingReport
from .errors import InputError
from .pipeline import Config, Path, _loaded


def train(
    config: Union[Path, Config],
    out: Path,
    *,
    device: Optional[str] = None,
    weights: Optional[Path] = None,
    resume: bool = False,
    allow: Sequence[str] = (),
    overfit: int = 0,
    callback: Optional[Callable[[StepReport], Any]] = None,
    **overrides: Any,
) -> TrainingReport:
    """Trains the model of a config on its [data.train], as ``clipwork train`` does.

    `out` takes checkpoints, scalars and evaluations; with `resume`, the training that is in it goes
    on. `callback` is called after every step. It ends the training with an exception, and so does
    Ctrl-C: a checkpoint is written first, and the exception is raised again. After StopIteration
    `train` returns instead, with ``report.interrupted``.
    """
    name = config.name if isinstance(config, Config) else os.fspath(config)
    if not isinstance(config, Config) and _core.is_recipe(name):
        raise InputError("is a recipe of stages", name, "train the configs of its stages one after the other")
    loaded = _loaded(config, device, weights, overrides)
    return _core.train(loaded._core, name, os.fspath(out), resume, list(allow), overfit, callback)
