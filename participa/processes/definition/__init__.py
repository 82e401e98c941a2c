"""The typed form of a process file: what it says, how it is read, and how it is written."""

from participa.processes.definition.preview import overrides_of, preview_view
from participa.processes.definition.reader import read
from participa.processes.definition.rules import (
    RESERVED_SLUGS,
    SLUG,
    clashes,
    inspect,
    shifted,
    slug_problem,
)
from participa.processes.definition.shape import (
    ComponentDefinition,
    OpeningDefinition,
    PhaseDefinition,
    ProcessDefinition,
)
from participa.processes.definition.writer import of_row, write

__all__ = [
    "RESERVED_SLUGS",
    "SLUG",
    "ComponentDefinition",
    "OpeningDefinition",
    "PhaseDefinition",
    "ProcessDefinition",
    "clashes",
    "inspect",
    "of_row",
    "overrides_of",
    "preview_view",
    "read",
    "shifted",
    "slug_problem",
    "write",
]
