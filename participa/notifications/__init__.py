"""Telling people what happened: an inbox, mails at once or in digests, and following."""
