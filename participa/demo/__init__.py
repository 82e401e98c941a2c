"""The demonstration city: invented people and proposals in a town that does not exist."""
