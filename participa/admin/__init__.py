"""The staff shell: where the people of the entity configure, look after and audit participation."""
