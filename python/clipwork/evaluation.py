"""Data sets, and scores of results."""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import contextmanager
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Union

import numpy as np

from . import _core
from .pipeline import Path


class DatasetVideo:
    """A video of a data set: an iterable of frames, uint8 RGB [H, W, 3]."""

    def __init__(self, core: _core.Dataset, index: int) -> None:
        self._core = core
        self._index = index
        #: Its id in the annotations, its name, and its number of frames.
        self.id, self.name, self._length = core.video(index)

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, t: int) -> np.ndarray:
        if not -len(self) <= t < len(self):
            raise IndexError(f"video {self.id} has {len(self)} frames")
        return self._core.frame(self._index, t % len(self)).permute(1, 2, 0).numpy()

    def __iter__(self) -> Iterator[np.ndarray]:
        return (self[t] for t in range(len(self)))


class Dataset(Sequence[DatasetVideo]):
    """Videos with their annotations, read when they are asked for."""

    def __init__(self, core: _core.Dataset) -> None:
        self._core = core

    @property
    def classes(self) -> List[str]:
        """Class names in the order of the labels."""
        return self._core.classes

    def __len__(self) -> int:
        return len(self._core)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(f"the data set has {len(self)} videos")
        return DatasetVideo(self._core, index % len(self))


def open_dataset(path: Path, *, images: Optional[Path] = None, **overrides: Any) -> Dataset:
    """Opens a data set: an annotation file, a folder in a known layout, or the [data.eval] of a config.

    `images` is the folder of the pictures, which is looked for if it is not given. Overrides are
    those of `load_config`, for configs: ``open_dataset("a.toml", **{"data.eval.videos": 8})``.
    """
    return Dataset(_core.Dataset(os.fspath(path), None if images is None else os.fspath(images), overrides))


def evaluate(
    gt: Union[Dataset, Path, Mapping[str, Any]],
    results: Union[Path, Iterable[Mapping[str, Any]]],
    *,
    class_agnostic: bool = False,
    boxes: bool = False,
    frames: bool = False,
    tracking: bool = False,
    lengths: Sequence[int] = (),
    min_score: float = float("-inf"),
    strict: bool = False,
) -> Dict[str, Any]:
    """Scores results by the official rules of YouTube-VIS and OVIS.

    `gt` is a data set, an annotation file, or its content; `results` a results.json (or .zip), or its
    entries, as `Result.to_coco` returns them. The options are those of ``clipwork eval``. Returns
    the content of metrics.json: ``scores["stats"]["AP"]`` is a fraction of 1, -1 where there is
    nothing to measure.
    """
    options = _core.ScoreOptions()
    options.class_agnostic = class_agnostic
    options.boxes = boxes
    options.frames = frames
    options.tracking = tracking
    options.lengths = list(lengths)
    options.min_score = min_score
    options.strict = strict
    if isinstance(gt, Dataset):
        truth = gt._core.ground_truth()
    else:
        with _file_of(gt, "annotations") as path:
            truth = _core.read_ground_truth(path)
    with _file_of(results, "results") as path:
        return json.loads(_core.score(truth, path, options))


@contextmanager
def _file_of(content: Any, name: str) -> Iterator[str]:
    """The path of a file; of content, a temporary file that has it."""
    if isinstance(content, (str, os.PathLike)):
        yield os.fspath(content)
        return
    with tempfile.TemporaryDirectory(prefix="clipwork_") as folder:
        path = os.path.join(folder, f"{name}.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(content if isinstance(content, Mapping) else list(content), file)
        yield path
