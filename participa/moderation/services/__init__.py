"""Every write of moderation, one module per noun."""
