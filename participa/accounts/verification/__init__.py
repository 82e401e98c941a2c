"""How people prove who they are; :mod:`.methods` names every way.

Nothing is imported here: queries read what is below (the hash of a document), and what is below
reads queries.
"""
