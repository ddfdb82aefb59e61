"""What there is: components, their parameters, plugins."""

from __future__ import annotations

import json
import os
from typing import Any, Dict, List, Optional

from . import _core
from .pipeline import Path


def inspect(name: Optional[str] = None, *, kind: Optional[str] = None) -> List[Dict[str, Any]]:
    """The components (or the section of configs) of this name, or all, as ``clipwork inspect --json``.

    Each has its parameters with types, defaults and ranges, and its contract. `kind` is "tracker",
    "decoder", ...
    """
    return json.loads(_core.inspect(name, kind))


def load_plugins(folder: Path) -> None:
    """Loads the plugins of a folder, like ``--plugin-path``. Their code has all your rights."""
    _core.load_plugins(os.path.abspath(os.fspath(folder)))


def set_log_level(level: str) -> None:
    """How much is printed on standard error: "error", "warn", "info" (the default) or "debug"."""
    _core.set_log_level(level)
