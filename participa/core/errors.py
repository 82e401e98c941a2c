"""What can go wrong, each as a sentence that a person understands."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an input: where it is and why, in the reader's language.

    ``path`` names the place (``phases[0].end``, a form field, a CSV column); ``line`` counts from 1
    in a file and is ``None`` where there are no lines.
    """

    path: str
    message: Any
    line: int | None = None

    def __str__(self) -> str:
        where = f"línea {self.line}: " if self.line is not None else ""
        return f"{where}{self.path}: {self.message}" if self.path else f"{where}{self.message}"


class ParticipaError(Exception):
    """Base of every error that the product raises on purpose."""


class Missing(ParticipaError):
    """The thing asked for does not exist, or not for this organization. Answered with 404."""


class Invalid(ParticipaError):
    """The input breaks a rule. Carries every problem found, not only the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(str(problem) for problem in self.problems))

    @classmethod
    def of(cls, path: str, message: Any) -> "Invalid":
        """Return an error with a single problem."""
        return cls([Problem(path, message)])

    def by_path(self) -> Mapping[str, list[Any]]:
        """Return the messages grouped by the field they belong to."""
        grouped: dict[str, list[Any]] = {}
        for problem in self.problems:
            grouped.setdefault(problem.path, []).append(problem.message)
        return grouped


class Conflict(ParticipaError):
    """Somebody changed the same thing first, or it was already done. Answered with 409."""

    def __init__(self, message: Any) -> None:
        self.message = message
        super().__init__(str(message))
