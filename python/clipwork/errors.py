"""Errors of the library, with their parts."""

from __future__ import annotations


class Error(Exception):
    """What happened, where, and what to do; ``str(error)`` is the text that the program prints."""

    def __init__(self, problem: str, where: str = "", hint: str = "") -> None:
        text = f"{where}: {problem}" if where else problem
        super().__init__(f"{text}; {hint}" if hint else text)
        self.problem = problem
        self.where = where
        self.hint = hint


class InputError(Error, ValueError):
    """Wrong use or bad input: an argument, a config, a file that is missing or broken."""
