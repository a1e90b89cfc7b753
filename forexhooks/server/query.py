"""The parameters of a request, each once."""

from __future__ import annotations

from collections.abc import Mapping


class Query(dict[str, str]):
    """The parameters of a request; if one is given twice, the last counts.

    Args:
        parameters: The parameters.
        wants_lines: Whether the response should be a JSON object on each line.
    """

    def __init__(self, parameters: Mapping[str, str], *, wants_lines: bool = False) -> None:
        super().__init__(parameters)
        self.wants_lines = wants_lines
