"""Comments on any resource: threads of two levels, useful-votes, positions, feeds."""
