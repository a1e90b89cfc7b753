"""A figure that notebooks display by themselves. It imports matplotlib: import it late."""

from __future__ import annotations

import io

from matplotlib.figure import Figure


class SelfShowingFigure(Figure):
    """A figure that a notebook displays as a picture, with or without pyplot."""

    def _repr_png_(self) -> bytes:
        content = io.BytesIO()
        self.savefig(content, format="png", dpi=100)
        return content.getvalue()
