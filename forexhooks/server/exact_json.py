"""JSON with exact numbers: a Decimal keeps its digits, without passing through float."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal


def dumped(content: object) -> str:
    """Write a value as JSON on one line.

    Args:
        content: What `json.dumps` accepts, and finite Decimals.

    Returns:
        The JSON; a Decimal in it is a number with all its digits, as `0.86543`.
    """
    if isinstance(content, Decimal):
        return f"{content:f}"
    if isinstance(content, Mapping):
        pairs = (f"{json.dumps(str(key))}:{dumped(value)}" for key, value in content.items())
        return "{" + ",".join(pairs) + "}"
    if isinstance(content, list | tuple):
        return "[" + ",".join(map(dumped, content)) + "]"
    return json.dumps(content)
