"""What every room stands on, and knows no room: registry, policy, settings, facts, db, clock."""
