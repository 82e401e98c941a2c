"""Every write on participatory budgets: lock, check, write, record, return."""
