"""Are you sure? The question before what matters, for whoever was not asked by a script."""

from typing import Any

from flask import Response, request

from participa.core.web import render


def is_sure() -> bool:
    """Return whether whoever sent the form was asked and said yes."""
    return request.form.get("confirmado") == "1"


def ask(title: str, ok: str, back: str, sentence: str = "", **shown: Any) -> Response:
    """Ask before doing what was sent to this address; ``ok`` says yes, ``back`` leads away.

    ``shown`` is what else ``ui/confirm.html`` takes: danger, fields, items.
    """
    shown |= {"title": title, "ok": ok, "sentence": sentence}
    return render("ui/confirm.html", action_url=request.path, cancel_url=back, **shown)
