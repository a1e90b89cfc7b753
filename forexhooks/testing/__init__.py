"""For tests of programs that use forexhooks, and of drivers."""

from forexhooks.testing.fixed import FixedRates

__all__ = ["FixedRates"]
