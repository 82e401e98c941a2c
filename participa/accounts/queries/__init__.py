"""Every SELECT on people: one module per noun. What other rooms need is named here."""

from participa.accounts.queries.actors import SignedIn, digest, names, signed_in

__all__ = ["SignedIn", "digest", "names", "signed_in"]
