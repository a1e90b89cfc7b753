"""What is not needed is not imported: a start must feel instant."""

from __future__ import annotations

import pytest

from .conftest import Environment

HEAVY = {
    "anyio",
    "forexhooks.rates.history",
    "importlib.metadata",
    "iso4217",
    "logging",
    "numpy",
    "platformdirs",
    "requests",
    "rich",
}


def imported(environment: Environment, code: str) -> set[str]:
    program = f"import sys\n{code}\nprint(*sys.modules)"
    return set(environment.python(program).splitlines()[-1].split())


def test_importing_the_package_imports_nothing_heavy(stock: Environment) -> None:
    modules = imported(stock, "import forexhooks")
    assert "forexhooks.service.opening" in modules
    assert not modules & (HEAVY | {"click", "forexhooks_ecb", "dataclasses", "zoneinfo"})


def test_a_first_rate_imports_nothing_heavy(stock: Environment) -> None:
    ask = "import forexhooks; forexhooks.open('ecb').get_rate('USD', 'CAD')"
    modules = imported(stock, f"import warnings; warnings.simplefilter('ignore'); {ask}")
    assert "forexhooks_ecb" in modules
    assert not modules & (HEAVY | {"click"})


def test_the_command_line_imports_nothing_heavy(stock: Environment) -> None:
    code = """
from forexhooks.cli import main
try:
    main(["rate", "USD", "CAD", "--offline"])
except SystemExit:
    pass
"""
    modules = imported(stock, code)
    assert "forexhooks.cli.rate" in modules
    assert not modules & (HEAVY | {"forexhooks.cli.convert"})


@pytest.mark.parametrize(
    ("driver", "others"), [("acme", {"acme_made"}), ("ecb", {"acme_module", "acme_made"})]
)
def test_opening_one_driver_imports_no_other(
    crowded: Environment, driver: str, others: set[str]
) -> None:
    modules = imported(crowded, f"import forexhooks; forexhooks.open({driver!r})")
    assert not modules & (others | {"acme_instance", "acme_broken", "acme_shadow", "acme_double"})
