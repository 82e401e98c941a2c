"""Every write on comments, their votes and their counters: lock, check, write, record, return."""
