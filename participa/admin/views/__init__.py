"""Staff pages: one module per noun, all on one blueprint."""
