"""A tiny component of somebody else's."""
