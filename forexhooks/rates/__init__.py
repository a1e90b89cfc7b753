"""Values: what was published, and the rates computed from it.

The names below are public, for drivers that calculate; the values themselves are in `forexhooks`.
"""

from forexhooks.rates.decimals import divide, multiply
from forexhooks.rates.observations import Scaled
from forexhooks.rates.rate import Input

__all__ = ["Input", "Scaled", "divide", "multiply"]
