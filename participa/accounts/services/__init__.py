"""Every write on people: one module per noun."""
