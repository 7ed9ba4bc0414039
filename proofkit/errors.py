"""The errors that a user of proofkit can cause: each is one line that says what, where, and what to do."""

from __future__ import annotations


class ProofkitError(Exception):
    """The root of every error that proofkit raises for a mistake in its input."""


class UsageError(ProofkitError):
    """A command or a call was used in a way that it does not offer."""


class StatementError(ProofkitError, ValueError):
    """A text of the statement language cannot be read, or does not make sense as a statement.

    ``column`` counts from 1 within ``source`` ("" for the statement itself, else such as "given 1" or
    "declarations"); ``problem`` is the sentence without its place.
    """

    def __init__(self, problem: str, column: int, source: str = "") -> None:
        self.problem = problem
        self.column = column
        self.source = source
        super().__init__(problem, column, source)

    def __str__(self) -> str:
        place = f"column {self.column}"
        return f"{self.source}, {place}: {self.problem}" if self.source else f"{place}: {self.problem}"
