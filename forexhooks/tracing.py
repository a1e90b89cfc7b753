"""What is logged while a manager is traced, under its public name."""

from forexhooks.plugins.tracing import Traced

__all__ = ["Traced"]
