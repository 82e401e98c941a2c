"""Moderation: flags, cases, decisions with a ground, appeals, and the accounts given of them."""
