"""Staff pages of participatory budgets: one module per noun."""
