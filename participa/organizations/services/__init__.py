"""Every write on the organization, its territories and its themes: one module per noun."""
