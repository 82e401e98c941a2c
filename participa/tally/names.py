"""What rules are called in sentences."""

from participa.tally.parameters import Completion, Parameters, Rule
from participa.tally.sentences import Sentence, _l


def rule_name(parameters: Parameters) -> Sentence:
    """Return what a rule is called in a sentence of its own."""
    if parameters.rule is Rule.GREEDY:
        return _l("Más votados: lo que no cabe se salta.")
    if parameters.rule is Rule.GREEDY_NO_SKIP:
        return _l("Más votados, hasta el primero que no quepa.")
    if parameters.rule is Rule.GREEDY_THRESHOLD:
        return _l("Más votados, solo desde %(threshold)s.", threshold=parameters.threshold)
    if parameters.rule is Rule.PHRAGMEN:
        return _l("Phragmén secuencial.")
    return {
        Completion.NONE: _l("Partes iguales, sin repartir el saldo."),
        Completion.ADD1: _l("Partes iguales, con un poco más para cada quien mientras quepa."),
        Completion.ADD1_EXHAUSTIVE: _l(
            "Partes iguales, con un poco más para cada quien hasta que no quepa nada más."
        ),
        Completion.GREEDY: _l("Partes iguales; con el saldo, los más votados que quepan."),
        Completion.ADD1_GREEDY: _l(
            "Partes iguales, con un poco más para cada quien mientras quepa; con el saldo, los más "
            "votados que quepan."
        ),
    }[parameters.completion]
