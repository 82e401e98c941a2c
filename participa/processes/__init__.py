"""The engine: processes, phases, the components they open, and links between resources."""
