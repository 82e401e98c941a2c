"""People: sign-up and sign-in, sessions, roles, verification, consent, and their own data."""
