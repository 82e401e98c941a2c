"""What a change to a process amounts to: in lines for the record, and in sentences for staff."""

from participa.processes.changes.consequences import Consequence, consequences
from participa.processes.changes.differences import differences, for_the_record, rule_in_words
from participa.processes.changes.merging import Clash, merged

__all__ = [
    "Clash",
    "Consequence",
    "consequences",
    "differences",
    "for_the_record",
    "merged",
    "rule_in_words",
]
