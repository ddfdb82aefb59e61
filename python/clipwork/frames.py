"""Frames as they settle, and results of whole videos."""

from __future__ import annotations

import json
import os
from functools import cached_property
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple, Union

import numpy as np

from . import _core


class Track(NamedTuple):
    """A track of a result with its best class."""

    id: int
    label: int
    name: str
    score: float


class Frame:
    """The tracks that are seen in one frame, each with its best class, best first.

    Arrays are NumPy's and support DLPack: ``torch.from_numpy(frame.masks)`` and
    ``torch.from_dlpack(frame.boxes)`` share their memory.
    """

    def __init__(
        self, index: int, tracks: _core.FrameTracks, classes: List[str], image: Optional[np.ndarray] = None
    ) -> None:
        self._tracks = tracks
        self._classes = classes
        #: Position in the video, from 0.
        self.index = index
        #: The picture, uint8 RGB [H, W, 3]; None unless the stream was opened with ``images=True``.
        self.image = image

    @property
    def size(self) -> Tuple[int, int]:
        """Height and width of the masks."""
        return self._tracks.size

    @cached_property
    def ids(self) -> np.ndarray:
        """int64 [N]: track ids from 1, unique in the video."""
        return np.asarray(self._tracks.ids, dtype=np.int64)

    @cached_property
    def labels(self) -> np.ndarray:
        """int64 [N]: indices into ``Pipeline.classes``."""
        return np.asarray(self._tracks.labels, dtype=np.int64)

    @cached_property
    def names(self) -> List[str]:
        """The N class names."""
        return [self._classes[label] for label in self.labels]

    @cached_property
    def scores(self) -> np.ndarray:
        """float64 [N]: scores of the tracks by what is known when the frame settles."""
        return np.asarray(self._tracks.scores, dtype=np.float64)

    @cached_property
    def boxes(self) -> np.ndarray:
        """float32 [N, 4]: x0, y0, x1, y1 of the masks in pixels; x1 and y1 are exclusive."""
        return self._tracks.boxes().numpy()

    @cached_property
    def masks(self) -> np.ndarray:
        """bool [N, H, W]; decoded when they are first read."""
        return self._tracks.masks().numpy()

    @property
    def rles(self) -> List[Dict[str, Any]]:
        """The masks as COCO's compressed run lengths, without decoding them."""
        return self._tracks.codes()

    def to_supervision(self) -> Dict[str, Any]:
        """The arguments of ``supervision.Detections(**frame.to_supervision())``."""
        return {
            "xyxy": self.boxes,
            "mask": self.masks,
            "confidence": self.scores.astype(np.float32),
            "class_id": self.labels,
            "tracker_id": self.ids,
            "data": {"class_name": np.array(self.names, dtype=str)},
        }

    def __len__(self) -> int:
        return len(self.ids)

    def __repr__(self) -> str:
        return f"<clipwork.Frame {self.index}: {len(self)} tracks>"


class Result:
    """The tracks of a whole video, with their final scores. Iterating gives its frames."""

    def __init__(self, result: _core.VideoResult, classes: List[str], path: Optional[str], pictures: bool) -> None:
        self._result = result
        self._classes = classes
        self._path = path
        self._pictures = pictures

    @property
    def size(self) -> Tuple[int, int]:
        """Height and width of the masks."""
        return self._result.size

    @property
    def note(self) -> str:
        """A warning that must accompany the results ("weights by rule: ..."); empty if there is none."""
        return self._result.note

    @cached_property
    def tracks(self) -> List[Track]:
        """The tracks, each with its best class, best first."""
        return [Track(id, label, self._classes[label], score) for id, label, score in self._result.rows]

    def __len__(self) -> int:
        return self._result.frames

    def __getitem__(self, index: int) -> Frame:
        if not -len(self) <= index < len(self):
            raise IndexError(f"the result has {len(self)} frames")
        index %= len(self)
        return Frame(index, self._result.frame(index), self._classes)

    def __iter__(self) -> Iterator[Frame]:
        return (self[index] for index in range(len(self)))

    def to_coco(self, video_id: int = 1) -> List[Dict[str, Any]]:
        """The entries of results.json, in the format of YouTube-VIS; of an image model, of COCO."""
        return [json.loads(line) for line in self._result.lines(video_id, self._pictures)]

    def save(self, folder: Union[str, os.PathLike]) -> None:
        """Writes results.json into the folder.

        If the video was a file or a folder of pictures, it is read again, and what the config's
        ``[output]`` asks for is written too: overlay.mp4, ids/, pictures/, report.html.
        """
        self._result.save(os.fspath(folder), self._path)

    def __repr__(self) -> str:
        return f"<clipwork.Result: {len(self)} frames, {len(self.tracks)} tracks>"
