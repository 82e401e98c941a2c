"""Staff pages about one process: one module per noun."""
