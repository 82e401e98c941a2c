"""The link that each mail carries to stop it: signed, so that it needs no account and no table."""

from itsdangerous import BadSignature, URLSafeSerializer


def _signer(secret: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt="participa.notifications.stop")


def make(secret: str, person_id: int, fact_name: str) -> str:
    """Return the token that stops one kind of mail (or all, ``*``) of one person. Never expires."""
    return str(_signer(secret).dumps([person_id, fact_name]))


def read(secret: str, token: str) -> tuple[int, str] | None:
    """Return the person and the kind of a token, or ``None`` when it is not one of ours."""
    try:
        person_id, fact_name = _signer(secret).loads(token)
    except (BadSignature, ValueError, TypeError):
        return None
    return int(person_id), str(fact_name)
