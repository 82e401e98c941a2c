"""The shape of what people type into participatory budgets: one module per noun."""
