"""Make `terminal.svg`, the picture in the README: run it to draw what the commands say today."""

from __future__ import annotations

import io
import shlex
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

PICTURE = Path(__file__).with_name("terminal.svg")

COMMANDS = (
    "forexhooks rate USD CAD --on 2026-10-30",
    "forexhooks convert 9.99 USD EUR --on 2026-10-31",
    "forexhooks rate USD EUR --on 2026-02-10 --driver eu-customs",
    "forexhooks history USD CAD --from 2026-10-28 --to 2026-10-30",
    "forexhooks rate HRK USD --on 2023-05-01",
)
WIDTH = 96

# As rich's own, without the font that it would fetch from elsewhere.
_FORMAT = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">
<title>forexhooks at the command line</title>
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, monospace;
  font-size: {char_height}px; line-height: {line_height}px; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def shown(command: str) -> str:
    """What a command says, on stdout or as an error."""
    arguments = [sys.executable, "-m", *shlex.split(command), "--offline"]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=300)  # noqa: S603
    return done.stdout or done.stderr


def picture() -> str:
    """The picture, as SVG."""
    console = Console(
        record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, highlight=False
    )
    for command in COMMANDS:
        console.print(Text.assemble(("$ ", "bold green"), (command, "bold")))
        console.print(Text(shown(command)))
    return console.export_svg(title="", code_format=_FORMAT, unique_id="forexhooks")


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
