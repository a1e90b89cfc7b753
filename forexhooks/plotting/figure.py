"""A figure that notebooks show by itself. Needs matplotlib: imported when something is plotted."""

from __future__ import annotations

import io

from matplotlib.figure import Figure


class SelfShowingFigure(Figure):
    """A figure that a notebook shows as a picture, with or without pyplot."""

    def _repr_png_(self) -> bytes:
        content = io.BytesIO()
        self.savefig(content, format="png", dpi=100)
        return content.getvalue()
