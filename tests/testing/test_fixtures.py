"""The pytest plugin: its fixtures, and that it costs nothing where it is not used."""

from __future__ import annotations

import subprocess
import sys

import pytest

_USING = """
    import forexhooks
    import pytest
    from forexhooks.testing import FixedRates, reply

    def price(amount):
        return forexhooks.open().convert(amount, "USD", "CAD")

    def test_a_program(forex_manager):
        forex_manager.register(FixedRates({"USD/CAD": "1.40"}, name="ecb"))
        assert str(price(100)) == "140.00"
        assert forexhooks.plugin_manager() is forex_manager

    def test_it_is_isolated(forex_manager):
        with pytest.raises(forexhooks.UnknownDriverError):
            price(100)

    class Acme(forexhooks.HttpDriver):
        name = "acme"
        profile = forexhooks.Profile(title="Acme", publication_days=forexhooks.every_day)

        def observations(self, currencies, start, end):
            value = self.fetch_json("/rate")["rate"]
            yield forexhooks.Observation(self.profile.today(), "USD", "CAD", value)

    def test_a_driver(forex_manager, forex_server, monkeypatch):
        monkeypatch.delenv("FOREXHOOKS_OFFLINE", raising=False)
        forex_server.answer = lambda asked: reply('{"rate": 1.40}')
        forex_manager.register(Acme(base_url=forex_server.url))
        assert str(forexhooks.open("acme").get_rate("USD", "CAD").value) == "1.40"
        assert forex_server.paths == ["/rate"]
"""

_UNUSED = """
    import sys

    def test_nothing_is_imported():
        names = [name for name in sys.modules if name.startswith(("forexhooks", "requests"))]
        assert names == []
"""


def test_the_fixtures(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOREXHOOKS_DEFAULT_DRIVER", "nbp")
    pytester.makepyfile(_USING)
    pytester.runpytest_inprocess("-p", "no:randomly").assert_outcomes(passed=3)


def test_it_costs_nothing_where_it_is_not_used(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(_UNUSED)
    # Schemathesis, which other tests need, is a plugin too, and imports requests itself.
    options = "-p", "no:cacheprovider", "-p", "no:schemathesis"
    pytester.runpytest_subprocess(*options).assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("name", "lacking"), [("DriverTests", "pytest"), ("record", "time_machine")]
)
def test_a_missing_extra_is_named(name: str, lacking: str) -> None:
    code = (
        f"import sys; sys.modules[{lacking!r}] = None\n"
        "import forexhooks, forexhooks.testing\n"
        f"try: forexhooks.testing.{name}\n"
        "except forexhooks.MissingExtraError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert f"{lacking} cannot be imported" in done.stdout
    assert "pip install 'forexhooks[testing]'" in done.stdout
