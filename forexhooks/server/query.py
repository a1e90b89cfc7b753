"""What a request asks for: its parameters, each once."""

from __future__ import annotations

from collections.abc import Mapping


class Query(dict[str, str]):
    """The parameters of a request; of one that is given twice the last.

    Args:
        parameters: The parameters.
        wants_lines: Whether the response should be a JSON object on each line.
    """

    def __init__(self, parameters: Mapping[str, str], *, wants_lines: bool = False) -> None:
        super().__init__(parameters)
        self.wants_lines = wants_lines
