"""The command line as a process of its own, with plugins on its path."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from converted_files import convert as convert
from patience import CHILD_LIMIT, PATIENT

Run = Callable[..., subprocess.CompletedProcess[str]]

PLUGINS = {
    "raw_acme": """
        from datetime import date
        from decimal import Decimal
        import forexhooks

        @forexhooks.hookimpl
        def forex_driver_name():
            return "acme"

        @forexhooks.hookimpl
        def forex_get_rate(driver, base, quote):
            if driver == "acme":
                return forexhooks.Rate(base, quote, Decimal("1.5"), date(2026, 10, 30), "acme")
    """,
    "made_acme": """
        from datetime import date
        from decimal import Decimal
        from forexhooks import Driver, Observation, Profile

        class Made(Driver):
            name = "made"
            profile = Profile(title="Made")

            def __init__(self, *, value):
                self.value = Decimal(value)

            def observations(self, currencies, start, end):
                yield Observation(date(2026, 10, 30), "USD", "CAD", self.value)
    """,
    "hello": """
        import click
        import forexhooks

        @forexhooks.hookimpl
        def forex_add_commands(cli):
            @cli.command()
            def hello():
                "Say hello to rates."
                click.echo("hello")
    """,
    "refusing": """
        import click
        import forexhooks

        class OfMine(forexhooks.ForexError): ...

        @forexhooks.hookimpl
        def forex_add_commands(cli):
            @cli.command()
            @click.argument("how")
            def refuse(how):
                if how == "mine":
                    raise OfMine("not\\ntoday")
                forexhooks.open("ecb").get_rate("USD", "LBP")
    """,
    "sleepy": """
        import sys, time
        import forexhooks

        @forexhooks.hookimpl
        def forex_driver_name():
            return "sleepy"

        @forexhooks.hookimpl
        def forex_get_rate(driver):
            if driver == "sleepy":
                print("asleep", flush=True)
                time.sleep(1000)
    """,
    "raising": "raise OSError('no disk')",
    "exiting": "import sys; sys.exit(3)",
    "hookless": "answer = 42",
    "misspelt": """
        import forexhooks

        @forexhooks.hookimpl
        def forex_driver_nme():
            return "misspelt"
    """,
}


@pytest.fixture
def plugins(tmp_path: Path) -> Path:
    """A folder with plugins, one file each."""
    folder = tmp_path / "plugins"
    folder.mkdir()
    for name, source in PLUGINS.items():
        indent = len(source) - len(source.lstrip("\n ")) - 1 if source.startswith("\n") else 0
        lines = (line[indent:] for line in source.strip("\n").split("\n"))
        (folder / f"{name}.py").write_text("\n".join(lines), encoding="utf-8")
    return folder


@pytest.fixture
def environment(plugins: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(plugins), "COLUMNS": "100"}


@pytest.fixture
def run(environment: dict[str, str], tmp_path: Path) -> Run:
    def run(
        *arguments: str, as_it_is: bool = False, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*(() if as_it_is else PATIENT), *arguments],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=environment | variables,
            timeout=CHILD_LIMIT,
            check=False,
        )

    return run
