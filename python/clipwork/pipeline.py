"""Models over videos."""

from __future__ import annotations

import os
from collections import deque
from typing import Any, Deque, Dict, Iterable, Iterator, List, Optional, Tuple, Union

import numpy as np
import torch

from . import _core
from .errors import InputError
from .frames import Frame, Result

Path = Union[str, "os.PathLike[str]"]
Video = Union[Path, Iterable[Any]]


class Config:
    """A resolved config. ``str(config)`` is TOML that loads to the same values."""

    def __init__(self, core: _core.Config, name: str) -> None:
        self._core = core
        #: What was loaded: a path or "clipwork:NAME".
        self.name = name

    def __getitem__(self, path: str) -> Any:
        """The value at a dotted path; ``KeyError`` if there is none: ``config["model.tracker.type"]``."""
        value = self._core.find(path)
        if value is None:
            raise KeyError(path)
        return value

    def get(self, path: str, default: Any = None) -> Any:
        """The value at a dotted path, or `default`."""
        value = self._core.find(path)
        return default if value is None else value

    def to_dict(self) -> Dict[str, Any]:
        """All values as plain dicts."""
        return self._core.to_dict()

    def toml(self, origins: bool = False) -> str:
        """The values as TOML; with `origins`, each with the file and line that it comes from."""
        return self._core.toml(origins)

    @property
    def files(self) -> List[str]:
        """The files that were read, in the order in which they were merged."""
        return self._core.files

    def resolved(self) -> "Config":
        """The config with every default filled in. Raises InputError with all faults at once."""
        return Config(_core.resolve(self._core), self.name)

    def __str__(self) -> str:
        return self.toml()

    def __repr__(self) -> str:
        return f"<clipwork.Config {self.name}>"


def load_config(
    config: Path, *, device: Optional[str] = None, weights: Optional[Path] = None, **overrides: Any
) -> Config:
    """Reads a config file, the folder of a run, or "clipwork:NAME", an installed config.

    Overrides are what ``--set`` is on the command line: ``tracks={"min_score": 0.3}``, or, with the
    whole path, ``**{"tracks.min_score": 0.3}``. `weights` is a checkpoint, "rule" (generated
    weights, meaningless results) or "initial" (training from scratch).
    """
    name = os.fspath(config)
    core = _core.load_config(name, None if weights is None else os.fspath(weights), device, overrides)
    return Config(core, name)


def _loaded(
    config: Union[Path, Config], device: Optional[str], weights: Optional[Path], overrides: Dict[str, Any]
) -> Config:
    if not isinstance(config, Config):
        return load_config(config, device=device, weights=weights, **overrides)
    if device is not None or weights is not None or overrides:
        raise InputError("a Config is final", config.name, "pass device, weights and overrides to load_config")
    return config


class Pipeline:
    """A model that is ready to run. Any number of videos may be in it at the same time."""

    def __init__(
        self,
        config: Union[Path, Config],
        *,
        device: Optional[str] = None,
        weights: Optional[Path] = None,
        **overrides: Any,
    ) -> None:
        """Loads config, plugins and weights; see `load_config`. Raises InputError with all faults."""
        self.config = _loaded(config, device, weights, overrides)
        self._core = _core.Pipeline(self.config._core)
        #: Class names in the order of the labels.
        self.classes: List[str] = self._core.classes

    @property
    def weights(self) -> str:
        """The origin of the weights: a file and its SHA-256, or a rule."""
        return self._core.weights

    def stream(self, video: Video, *, images: bool = False, max_frames: int = 0) -> "Stream":
        """The frames of a video, each as soon as no later frame can change it.

        `video` is a path (a video, a picture, a folder of pictures), "camera:0", "-" for standard
        input, or an iterable of frames: uint8 RGB [H, W, 3], as NumPy arrays, or as anything with
        DLPack. With `images`, each frame comes with its picture, which is kept until it settles.
        """
        return Stream(self, video, images, max_frames)

    def run(self, video: Video, *, max_frames: int = 0) -> Result:
        """The result of a whole video (see `stream`)."""
        stream = self.stream(video, max_frames=max_frames)
        for _ in stream:
            pass
        return stream.result


class Stream(Iterator[Frame]):
    """Iterator over the settled frames of one video. At its end, `result` has the whole video's."""

    def __init__(self, pipeline: Pipeline, video: Video, images: bool, max_frames: int) -> None:
        self._pipeline = pipeline._core
        self._classes = pipeline.classes
        self._images: Optional[Deque[np.ndarray]] = deque() if images else None
        self._settled: Deque[_core.FrameTracks] = deque()
        self._result: Optional[_core.VideoResult] = None
        self._path: Optional[str] = None
        if isinstance(video, (str, os.PathLike)):
            reader = _core.Reader(os.fspath(video), max_frames)
            if reader.rereadable:
                self._path = os.fspath(video)
            self._name, count = os.fspath(video), reader.count
            self._frames = _read(reader)
        else:
            self._name, count = getattr(video, "name", ""), _length(video)
            self._frames = _convert(video, max_frames)
        self._count = min(max_frames, count) if max_frames and count else count
        self._open = _core.VideoStream(self._pipeline, self._name, self._count)
        self._pushed = self._returned = 0

    def __next__(self) -> Frame:
        while not self._settled:
            if self._result is not None:
                raise StopIteration
            self._advance()
        image = self._images.popleft() if self._images is not None else None
        index, self._returned = self._returned, self._returned + 1
        return Frame(index, self._settled.popleft(), self._classes, image)

    def _advance(self) -> None:
        """Pushes the next frame, or ends the video."""
        frame = next(self._frames, None)
        if frame is None:
            self._result, settled = self._open.finish()
            self._settled.extend(settled)
            return
        pixels, seconds, name, image = frame
        if self._pipeline.still_pictures and self._pushed:
            # Each picture is a video of its own.
            self._settled.extend(self._open.finish()[1])
            self._open = _core.VideoStream(self._pipeline, self._name, 1)
        if self._images is not None:
            self._images.append(image)
        self._settled.extend(self._open.push(pixels, seconds, name))
        self._pushed += 1

    @property
    def result(self) -> Result:
        """The result of the whole video; only once all frames were read."""
        if self._result is None:
            raise InputError("the video has not ended", self._name, "read all frames of the stream first")
        if self._pipeline.still_pictures and self._pushed > 1:
            raise InputError(
                "an image model has a result for each picture, not for all of them",
                self._name,
                "run each picture by itself, or read the frames of a stream",
            )
        return Result(self._result, self._classes, self._path, self._pipeline.still_pictures)


#: uint8 RGB [3, H, W], seconds, name, and the picture as the user sees it, [H, W, 3].
_Pushed = Tuple[torch.Tensor, float, str, np.ndarray]


def _read(reader: _core.Reader) -> Iterator[_Pushed]:
    while True:
        frame = reader.next()
        if frame is None:
            return
        yield frame.pixels, frame.seconds, frame.name, frame.pixels.permute(1, 2, 0).numpy()


def _convert(frames: Iterable[Any], max_frames: int) -> Iterator[_Pushed]:
    for index, frame in enumerate(frames):
        if max_frames and index == max_frames:
            return
        image = frame if isinstance(frame, np.ndarray) else torch.from_dlpack(frame).cpu().numpy()
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
            raise InputError(
                f"expected a frame as uint8 RGB [H, W, 3], found {image.dtype} {list(image.shape)}", f"frame {index}"
            )
        # Flipped arrays ([..., ::-1] of OpenCV's BGR) are copied: PyTorch has no negative strides.
        pixels = torch.from_numpy(image if min(image.strides) > 0 else image.copy())
        yield pixels.permute(2, 0, 1), float(index), "", image


def _length(frames: Any) -> Optional[int]:
    return len(frames) if hasattr(frames, "__len__") else None
