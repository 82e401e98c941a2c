"""What every room stands on. Knows no room: registry, policy, settings, events, outbox, db, clock."""
