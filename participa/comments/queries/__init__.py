"""Every SELECT on comments: one module per noun."""
