"""Proposals: citizens write, discuss, support and follow what they want for their place."""
