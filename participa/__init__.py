"""participa: participatory processes that a town can start and a capital can trust."""

__version__ = "0.1.0"
