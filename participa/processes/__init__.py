"""The engine: processes, their phases, the components that phases open, and links between resources."""
