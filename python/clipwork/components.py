"""Components that are written in Python: trackers and loss terms, for prototypes.

They run in the same loop and under the same checks as compiled ones, but slower, and only in the
process that registered them.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple, Type, TypeVar, Union

import torch

from . import _core
from ._core import Layer, Prediction, Window


class _Parameter:
    def __init__(
        self,
        default: Any,
        sentence: str,
        minimum: Optional[float],
        maximum: Optional[float],
        unit: str,
        choices: List[str],
    ) -> None:
        self.name = ""
        self.default = list(default) if isinstance(default, (list, tuple)) else default
        self.sentence = sentence
        self.minimum = minimum
        self.maximum = maximum
        self.unit = unit
        self.choices = choices

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name


def parameter(
    default: Any,
    sentence: str,
    *,
    minimum: Optional[float] = None,
    maximum: Optional[float] = None,
    unit: str = "",
    choices: Sequence[str] = (),
) -> Any:
    """Describes a parameter of a component, for configs, range checks and `clipwork.inspect`.

    The default is a bool, int, float, str, or a list of int, float or str, and gives the type:
    ``reach = clipwork.parameter(40.0, "how far a centre may move", minimum=0, unit="pixels")``.
    In an instance, ``self.reach`` is the value.
    """
    return _Parameter(default, sentence, minimum, maximum, unit, list(choices))


class Tracked(NamedTuple):
    """A window after tracking, where a list of track ids does not say all."""

    #: One track id a row, from 0, or -1 for a row without a track. Ids are never used twice.
    tracks: Sequence[int]
    #: Tracks that will not be seen again.
    ended: Sequence[int] = ()
    #: Tracks of earlier windows that turned out to be noise: no result has them.
    dropped: Sequence[int] = ()


class _Component:
    #: Names that neighbours must provide: "embeddings", "masks", ... (docs/glossary.md).
    needs: Sequence[str] = ()
    #: The number of classes.
    classes: int


class Tracker(_Component):
    """Links the rows of windows to tracks of the video. Called in inference only."""

    #: Names that it provides.
    gives: Sequence[str] = ()
    #: The fewest and the most frames that a window may have; 0: any number.
    min_window: int = 1
    max_window: int = 0
    #: What it carries from window to window, in words, for `inspect`; empty: nothing.
    carries: str = ""
    #: Accepts only a video that is one window.
    one_window: bool = False

    def make_state(self) -> Any:
        """What belongs to one video; never kept in ``self``, because videos share a tracker."""
        return SimpleNamespace()

    def track(self, prediction: Prediction, window: Window, state: Any) -> Union[Tracked, Sequence[int], torch.Tensor]:
        """The track of each row of the window: ids, or `Tracked`. A new id begins a track."""
        raise NotImplementedError

    def _track(self, prediction: Prediction, window: Window, state: Any) -> Tracked:
        answer = self.track(prediction, window, state)
        parts = answer if isinstance(answer, Tracked) else (answer, (), ())
        return Tracked(*(_integers(part) for part in parts))


class LossTerm(_Component):
    """One summand of the loss. It has no weights of its own."""

    #: True if `Matched.points` must be filled.
    wants_points: bool = False
    weight = parameter(1.0, "factor of the term in the loss", minimum=0)

    def __call__(self, layer: Layer) -> Union[torch.Tensor, Sequence[torch.Tensor], None]:
        """One scalar a clip, or a single one, unweighted; None where the layer has no such loss."""
        raise NotImplementedError

    def _values(self, layer: Layer) -> List[torch.Tensor]:
        answer = self(layer)
        if answer is None:
            return []
        return [answer] if isinstance(answer, torch.Tensor) else list(answer)


Class = TypeVar("Class", bound=Type[_Component])


def register(name: str) -> Callable[[Class], Class]:
    """Makes a subclass of `Tracker` or `LossTerm` a component of this process, under this name.

    The first line of its docstring describes it. Registering a name again replaces the class for
    pipelines that are made afterwards.
    """

    def decorate(component: Class) -> Class:
        kind = "tracker" if issubclass(component, Tracker) else "loss_term"
        if not issubclass(component, (Tracker, LossTerm)):
            raise TypeError("a component derives from clipwork.Tracker or clipwork.LossTerm")
        sentence = (component.__doc__ or "").strip().split("\n")[0]
        _core.register_class(component, kind, name, sentence, list(_parameters(component).values()))
        return component

    return decorate


def assign(cost: torch.Tensor, *, greedy: bool = False) -> Tuple[List[int], List[int]]:
    """Rows and columns of the assignment of least total cost, float [R, C], as SciPy computes it.

    With `greedy`, the cheapest pair of a free row and column, again and again. Raises Error where a
    cost is not finite.
    """
    return _core.assign(cost, greedy)


def _parameters(component: type) -> Dict[str, _Parameter]:
    """Those of the class and its bases, bases first."""
    found: Dict[str, _Parameter] = {}
    for base in reversed(component.__mro__):
        for name, value in vars(base).items():
            if isinstance(value, _Parameter):
                found[name] = value
    return found


def _build(component: Type[_Component], values: Dict[str, Any], classes: int) -> _Component:
    """Called for every pipeline that has the component."""
    made = component.__new__(component)
    made.__dict__.update(values, classes=classes)
    made.__init__()  # type: ignore[misc]
    return made


def _integers(values: Any) -> List[int]:
    if isinstance(values, torch.Tensor):
        return values.tolist()
    return [int(value) for value in values]
