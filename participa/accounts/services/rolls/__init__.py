"""Rolls: made, loaded from files, corrected by hand, frozen."""
