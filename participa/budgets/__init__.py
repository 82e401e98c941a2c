"""Participatory budgets: pots, projects, ballots, tallies and their publication."""
