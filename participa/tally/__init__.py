"""The tally core: ballots in, outcome and its explanation out. No database, no web page, no float.

``read`` and ``write`` know the ``.pb`` format, ``tally`` every rule, ``explain`` says in sentences
what happened and why. Numbers are integers and fractions throughout: a tie is a tie.
"""

from participa.tally.election import Ballot, Election, Project, VoteType
from participa.tally.explanation import Explanation, explain
from participa.tally.outcome import Outcome
from participa.tally.parameters import Completion, Parameters, Rule, Unsuitable, Utility
from participa.tally.reader import File, read
from participa.tally.rows import Note, WrongFile
from participa.tally.rules import command, declared, named, tally
from participa.tally.sentences import Money, Number, Sentence
from participa.tally.writer import write

__all__ = [
    "Ballot",
    "Completion",
    "Election",
    "Explanation",
    "File",
    "Money",
    "Note",
    "Number",
    "Outcome",
    "Parameters",
    "Project",
    "Rule",
    "Sentence",
    "Unsuitable",
    "Utility",
    "VoteType",
    "WrongFile",
    "command",
    "declared",
    "explain",
    "named",
    "read",
    "tally",
    "write",
]
