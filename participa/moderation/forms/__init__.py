"""The shape of what is typed on the pages of moderation; one module per who types."""
