"""The hook specifications under their public name: `forexhooks/plugins/hookspecs.py`."""

import sys

from forexhooks.plugins import hookspecs
from forexhooks.plugins.hookspecs import *  # noqa: F403 - for type checkers

# One module under two names: what is changed in the one is changed in the other.
sys.modules[__name__] = hookspecs
