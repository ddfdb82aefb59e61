"""The compiled module. Users read `Prediction`, `Window`, `Layer`, `StepReport`, ...; the rest is internal."""

from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

import torch

version: str
torch_version: str

class Config:
    def to_dict(self) -> Dict[str, Any]: ...
    def toml(self, origins: bool = False) -> str: ...
    def find(self, path: str) -> Any: ...
    @property
    def files(self) -> List[str]: ...

def load_config(file: str, weights: Optional[str], device: Optional[str], changes: Dict[str, Any]) -> Config: ...
def resolve(config: Config) -> Config: ...
def inspect(name: Optional[str], kind: Optional[str]) -> str: ...
def load_plugins(folder: str) -> None: ...
def set_log_level(level: str) -> None: ...

class FrameTracks:
    @property
    def size(self) -> Tuple[int, int]: ...
    @property
    def ids(self) -> List[int]: ...
    @property
    def labels(self) -> List[int]: ...
    @property
    def scores(self) -> List[float]: ...
    def masks(self) -> torch.Tensor: ...
    def boxes(self) -> torch.Tensor: ...
    def codes(self) -> List[Dict[str, Any]]: ...

class VideoResult:
    @property
    def frames(self) -> int: ...
    @property
    def size(self) -> Tuple[int, int]: ...
    @property
    def note(self) -> str: ...
    @property
    def rows(self) -> List[Tuple[int, int, float]]: ...
    def frame(self, frame: int) -> FrameTracks: ...
    def lines(self, video_id: int, picture: bool) -> List[str]: ...
    def save(self, folder: str, input: Optional[str]) -> None: ...

class Pipeline:
    def __init__(self, config: Config) -> None: ...
    @property
    def classes(self) -> List[str]: ...
    @property
    def still_pictures(self) -> bool: ...
    @property
    def weights(self) -> str: ...
    @property
    def note(self) -> str: ...

class VideoStream:
    def __init__(self, pipeline: Pipeline, name: str, frames: Optional[int]) -> None: ...
    def push(self, pixels: torch.Tensor, seconds: float, name: str) -> List[FrameTracks]: ...
    def finish(self) -> Tuple[VideoResult, List[FrameTracks]]: ...

class SourceFrame:
    @property
    def pixels(self) -> torch.Tensor: ...
    @property
    def seconds(self) -> float: ...
    @property
    def name(self) -> str: ...

class Reader:
    def __init__(self, input: str, max_frames: int) -> None: ...
    @property
    def count(self) -> Optional[int]: ...
    @property
    def rereadable(self) -> bool: ...
    def next(self) -> Optional[SourceFrame]: ...

class Dataset:
    def __init__(self, path: str, images: Optional[str], changes: Dict[str, Any]) -> None: ...
    @property
    def classes(self) -> List[str]: ...
    @property
    def pictures(self) -> bool: ...
    def __len__(self) -> int: ...
    def video(self, index: int) -> Tuple[int, str, int]: ...
    def frame(self, index: int, t: int) -> torch.Tensor: ...
    def ground_truth(self) -> GroundTruth: ...

class GroundTruth:
    @property
    def annotated(self) -> bool: ...

class ScoreOptions:
    strict: bool
    class_agnostic: bool
    boxes: bool
    frames: bool
    tracking: bool
    lengths: Sequence[int]
    min_score: float

def read_ground_truth(file: str) -> GroundTruth: ...
def score(truth: GroundTruth, results: str, options: ScoreOptions) -> str: ...

class StepReport:
    """One step of a training."""

    @property
    def step(self) -> int:
        """Steps done, this one included."""
    @property
    def rate(self) -> float:
        """Learning rate, before factors of single parameters."""
    @property
    def loss(self) -> float:
        """The weighted sum of the terms."""
    @property
    def terms(self) -> Dict[str, float]:
        """Weighted, by name."""
    @property
    def gradient_norm(self) -> float:
        """Before it is clipped."""
    @property
    def seconds(self) -> float: ...
    @property
    def data_seconds(self) -> float:
        """Part of `seconds` that waited for samples."""

class TrainingReport:
    """The outcome of a training."""

    @property
    def folder(self) -> str: ...
    @property
    def steps(self) -> int:
        """Steps done."""
    @property
    def of(self) -> int:
        """Steps to be done."""
    @property
    def interrupted(self) -> bool: ...
    @property
    def best_measure(self) -> str: ...
    @property
    def best(self) -> Optional[int]:
        """The step whose weights measured best so far."""

def train(
    config: Config,
    name: str,
    out: str,
    resume: bool,
    allow: List[str],
    overfit: int,
    callback: Optional[Callable[[StepReport], Any]],
) -> TrainingReport: ...
def is_recipe(file: str) -> bool: ...

class Window:
    """The frames of a window."""

    @property
    def first(self) -> int:
        """Index of its first frame."""
    @property
    def length(self) -> int:
        """Number of frames, T."""
    @property
    def head(self) -> int:
        """Frames shared with the window before."""
    @property
    def tail(self) -> int:
        """Frames shared with the window after."""

class Masks:
    """Masks of a window's rows, computed when they are asked for. M is the number of `rows`, or all B x R."""

    def bits(self, frame: int, rows: Optional[Sequence[int]] = None) -> torch.Tensor:
        """Bool [M, H, W] at the size of the picture; `frame` counts from 0 in the window."""
    def values(self, frame: int, rows: Optional[Sequence[int]] = None) -> torch.Tensor:
        """Float [M, h, w]: logits or probabilities, as the network computes them."""

class Prediction:
    """Rows of a window: one a query or detection. The batch B is 1 in inference."""

    @property
    def class_scores(self) -> torch.Tensor:
        """Float [B, R, K or K + 1], in the form `form`."""
    @property
    def form(self) -> str:
        """ "softmax" (K + 1 logits, "none" last), "sigmoid" (K logits) or "probability"."""
    @property
    def probabilities(self) -> torch.Tensor:
        """Float [B, R, K]."""
    @property
    def embeddings(self) -> Optional[torch.Tensor]:
        """Float [B, R, C]: what trackers compare."""
    @property
    def queries(self) -> Optional[torch.Tensor]:
        """Float [B, R, C]: before the final norm."""
    @property
    def rows(self) -> int:
        """R."""
    @property
    def masks(self) -> Masks: ...
    @property
    def more(self) -> Dict[str, torch.Tensor]:
        """What is special to a method: "embeddings.head", "embeddings.tail", "boxes", "dense.*"."""

class Targets:
    """The objects of a clip. Labels and ids are on the CPU, masks and boxes on the device that trains."""

    @property
    def name(self) -> str: ...
    @property
    def labels(self) -> torch.Tensor:
        """int64 [N]."""
    @property
    def ids(self) -> torch.Tensor:
        """int64 [N, T], -1 in frames without the object."""
    @property
    def masks(self) -> torch.Tensor:
        """bool [N, T, H, W] at padded size."""
    @property
    def boxes(self) -> Optional[torch.Tensor]:
        """float [N, T, 4]: x0, y0, x1, y1 in pixels."""

class Assignment:
    """Pairs of a row of a prediction and a column of its targets."""

    @property
    def rows(self) -> List[int]: ...
    @property
    def columns(self) -> List[int]: ...

class MaskPoints:
    """Mask values of the M matched pairs and their labels, at points."""

    @property
    def logits(self) -> torch.Tensor:
        """Float [M, F, P], with gradient."""
    @property
    def labels(self) -> torch.Tensor:
        """Float [M, F, P] in [0, 1]."""
    @property
    def present(self) -> torch.Tensor:
        """Bool [M, T]: the object is in the frame."""

class Matched:
    """The prediction of a clip with what it was matched to."""

    @property
    def prediction(self) -> Prediction: ...
    @property
    def first(self) -> int:
        """The clip's first frame in the sample."""
    @property
    def targets(self) -> List[Targets]:
        """One a batch entry."""
    @property
    def matches(self) -> List[Assignment]:
        """One a batch entry."""
    @property
    def normaliser(self) -> float:
        """What sums over objects are divided by; at least 1."""
    @property
    def points(self) -> Optional[MaskPoints]:
        """Of all pairs, if a term has `wants_points`."""

class Layer:
    """One supervised layer, all clips."""

    @property
    def index(self) -> Optional[int]:
        """Auxiliary layer 0, 1, ...; None: the last layer."""
    @property
    def clips(self) -> List[Matched]: ...
    @property
    def frames(self) -> List[Matched]:
        """Layers of single frames, where frames are matched too."""

def assign(cost: torch.Tensor, greedy: bool) -> Tuple[List[int], List[int]]: ...
def register_class(type: type, kind: str, name: str, sentence: str, parameters: List[Any]) -> None: ...
