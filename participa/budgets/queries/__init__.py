"""Every SELECT on participatory budgets: one module per noun."""
