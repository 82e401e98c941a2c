"""What a change to a process amounts to: in lines for the record, and in sentences for staff."""

from participa.processes.changes.consequences import Consequence, consequences
from participa.processes.changes.differences import differences, rule_in_words, summary

__all__ = ["Consequence", "consequences", "differences", "rule_in_words", "summary"]
