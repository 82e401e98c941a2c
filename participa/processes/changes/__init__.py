"""What a change to a process amounts to: in lines for the record, and in sentences for staff."""

from participa.processes.changes.consequences import Consequence, consequences
from participa.processes.changes.differences import differences, for_the_record, rule_in_words

__all__ = ["Consequence", "consequences", "differences", "for_the_record", "rule_in_words"]
