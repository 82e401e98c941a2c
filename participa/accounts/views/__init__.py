"""Pages of people: one module per noun."""
