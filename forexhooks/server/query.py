"""The parameters of a request, each once."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams


class Query(dict[str, str]):
    """The parameters of a request; if one is given twice, the last counts.

    Args:
        parameters: The parameters.
        wants_lines: Whether the response should be a JSON object on each line.
    """

    def __init__(self, parameters: QueryParams, *, wants_lines: bool = False) -> None:
        super().__init__(parameters)
        many = Counter(name for name, _ in parameters.multi_items())
        self.repeated: list[str] = [name for name in self if many[name] > 1]
        """The names that are given more than once."""
        self.wants_lines = wants_lines
