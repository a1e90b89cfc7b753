from __future__ import annotations

import json
from pathlib import Path

import pytest

from plugins_on_disk import wheel

from .conftest import Run


def test_currencies(run: Run) -> None:
    lines = run("currencies").stdout.splitlines()
    assert len(lines) == 43
    assert lines[0].split() == ["Code", "Name", "State"]
    ended = "ended: 1 EUR = 7.53450 HRK from 2023-01-01"
    suspended = "suspended: the ECB suspended its reference rate from 2022-03-02"
    assert any("Croatian kuna" in line and ended in line for line in lines)
    assert any("RUB" in line and suspended in line for line in lines)
    listed = json.loads(run("currencies", "--json").stdout)
    assert {"code": "USD", "name": "US Dollar", "ended": None, "suspended": None} in listed
    assert len(listed) == 42


def test_currencies_of_another_driver(run: Run) -> None:
    chosen = ("--driver", "made", "-p", "made_acme:Made", "--json")
    listed = json.loads(run("currencies", *chosen, FOREXHOOKS_MADE_VALUE="2").stdout)
    assert [each["code"] for each in listed] == ["CAD", "USD"]


def test_drivers(run: Run) -> None:
    done = run("drivers", "-p", "raw_acme")
    words = [line.split()[:3] for line in done.stdout.splitlines()]
    assert ["acme", "registered", "module"] in words
    assert ["ecb", "available", "built-in"] in words


def official(run: Run, *options: str) -> list[str]:
    return [each["name"] for each in json.loads(run("drivers", "--json", *options).stdout)]


def test_the_rules_and_authorities_of_a_country(run: Run) -> None:
    found = official(run, "--country", "pl")
    assert found[0] == "pl-vat" and {"oss", "eu-customs", "ecb", "nbp"} < set(found)
    assert not {"bnr", "frankfurter", "ecb-peg", "uk-vat"} & set(found)
    assert official(run, "--country", "PL", "--purpose", "vat") == ["pl-vat", "oss", "ecb", "nbp"]
    assert official(run, "--country", "PL", "--purpose", "vat", "--rules") == ["pl-vat", "oss"]
    assert {"uk-customs", "eu-customs", "hmrc"} <= set(official(run, "--purpose", "Customs"))
    assert "pl-vat" not in official(run, "--country", "NO")
    lines = run("drivers", "--country", "PL", "--purpose", "vat").stdout.splitlines()
    assert lines[0].split()[:3] == ["Name", "Country", "Purpose"]
    assert lines[1].split()[:3] == ["pl-vat", "PL", "vat"]
    in_full = blocks(run("drivers", "--country", "PL", "--purpose", "vat", "-v").stdout)
    assert (in_full["pl-vat"]["purpose"], in_full["nbp"]["from"]) == ("vat", "built-in")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (
            ("--country", "XX"),
            "--country 'XX': no rule or driver has this country; choose one of: AT, AU",
        ),
        (("--country", "Poland"), "no rule or driver has this country"),
        (("--country", ""), "--country '': no rule or driver has this country"),
        (("--purpose", "vta"), "did you mean 'vat'"),
    ],
)
def test_what_nothing_is_known_of_is_an_error(
    run: Run, options: tuple[str, ...], says: str
) -> None:
    done = run("drivers", *options)
    assert (done.returncode, done.stdout) == (1, "")
    assert says in done.stderr


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--country", "JP", "--purpose", "vat"), "there is no rule or driver of JP for vat"),
        (("--country", "JP", "--rules"), "there is no rule of JP"),
    ],
)
def test_a_list_without_lines_says_so(run: Run, options: tuple[str, ...], says: str) -> None:
    done = run("drivers", *options)
    assert (done.returncode, done.stdout) == (0, "")
    assert says in done.stderr
    assert json.loads(run("drivers", *options, "--json").stdout) == []


def test_drivers_as_json(run: Run) -> None:
    listed = {each["name"]: each for each in json.loads(run("drivers", "--json").stdout)}
    ecb = listed["ecb"]
    assert (ecb["name"], ecb["state"], ecb["origin"]) == ("ecb", "available", "built-in")
    assert ecb["profile"]["pivot"] == "EUR"
    assert ecb["profile"]["history_from"] == "1999-01-04"
    listed = json.loads(run("drivers", "--json", "-p", "no:ecb").stdout)
    [blocked] = [each for each in listed if each["name"] == "ecb"]
    assert (blocked["state"], blocked["profile"]) == ("blocked", None)
    assert set(ecb) == {
        *("name", "state", "origin", "reason", "profile"),
        *("distribution", "version", "target", "path", "settings"),
    }
    assert ecb["profile"]["grace"] == 1800
    [riksbank] = [each for each in listed if each["name"] == "riksbank"]
    assert riksbank["profile"]["request_limits"] == [[5, 60], [1000, 86400]]


def blocks(text: str) -> dict[str, dict[str, str]]:
    """What `drivers --verbose` says of each driver, by the words at the left."""
    found = {}
    for block in text.strip().split("\n\n"):
        head, *lines = block.split("\n")
        name, _, state = head.partition(": ")
        said = {line[2:14].strip(): line[14:] for line in lines}
        found[name] = {"state": state, **said}
    return found


def test_verbose_says_where_each_comes_from(run: Run, plugins: Path) -> None:
    made = plugins / "made_acme.py"
    asked = ("drivers", "-p", "raw_acme", "-p", f"{made}", "-p", "no:nbp", "--verbose")
    done = run(*asked, FOREXHOOKS_MADE_VALUE="2")
    assert (done.returncode, done.stderr) == (0, "")
    listed = blocks(done.stdout)
    assert listed["acme"] == {
        "state": "registered",
        "from": "module",
        "code": "raw_acme",
        "file": str(plugins / "raw_acme.py"),
    }
    assert listed["made"] == {
        "state": "registered",
        "what it is": "Made",
        "from": str(made),
        "file": str(made),
        "settings": "value",
    }
    built_in = {"from": "built-in", "code": "forexhooks_nbp:NBP", "installed": "forexhooks 0.1.0"}
    assert listed["nbp"].pop("file").endswith("__init__.py")
    assert listed["nbp"] == {"state": "blocked", **built_in}
    assert listed["ecb"]["settings"] == "base_url, bundle, store"


def test_extensions_are_listed_too(run: Run, plugins: Path, tmp_path: Path) -> None:
    assert "Extension" not in run("drivers").stdout
    lines = run("drivers", "-p", "hello").stdout.splitlines()
    assert [line.split() for line in lines[-2:]] == [
        ["Extension", "State", "Origin"],
        ["hello", "registered", "module"],
    ]
    sources = {name: (plugins / f"{name}.py").read_text("utf-8") for name in ("raw_acme", "hello")}
    path = wheel(
        tmp_path / "dist",
        {f"{name}.py": text for name, text in sources.items()},
        {"acme": "raw_acme"},
        extensions={"greet": "hello"},
    )
    listed = blocks(run("drivers", "-p", f"{path}", "--verbose").stdout)
    assert listed["greet"] == {
        "state": "available",
        "what it is": "an extension",
        "from": f"{path}",
    }
    listed = blocks(run("drivers", "-p", "greet", "-p", f"{path}", "--verbose").stdout)
    assert listed["greet"]["state"] == "registered"
    assert run("-p", f"{path}", "-p", "greet", "greet-not").returncode == 2
    assert run("-p", f"{path}", "-p", "greet", "hello").stdout == "hello\n"
    assert run("-p", f"{path}", "hello").returncode == 2
    off = run("drivers", "-p", f"{path}", "-p", "no:acme", "-p", "no:greet", "--verbose")
    assert (off.returncode, off.stderr) == (0, "")
    assert "acme" not in blocks(off.stdout)


def test_errors_of_commands_that_plugins_add_are_shown_as_ours(run: Run) -> None:
    for how, said in (("mine", "Error: not today\n"), ("ours", "Error: ecb has no LBP: ")):
        done = run("-p", "refusing", "refuse", how)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith(said) and done.stderr.count("\n") == 1


def test_json_says_the_same(run: Run, plugins: Path) -> None:
    done = run("drivers", "-p", "raw_acme", "--json", "--verbose")
    listed = {each["name"]: each for each in json.loads(done.stdout)}
    acme = listed["acme"]
    assert (acme["distribution"], acme["version"], acme["target"]) == (None, None, "raw_acme")
    assert (acme["path"], acme["settings"]) == (str(plugins / "raw_acme.py"), None)
    ecb = listed["ecb"]
    assert (ecb["distribution"], ecb["target"]) == ("forexhooks", "forexhooks_ecb:ECB")
    assert ecb["settings"] == ["base_url", "bundle", "store"]
    month, average, *_ = listed["hmrc"]["profile"]["series"]
    assert (month["name"], month["frequency"], month["max_gap"]) == ("month", "month", 0)
    assert (average["statistic"], average["history_from"]) == ("average", None)


def test_a_name_that_nothing_has_is_noted_where_it_is_switched_off(run: Run) -> None:
    ask = ("rate", "EUR", "USD", "--on", "2026-10-30")
    done = run(*ask, "-p", "no:ebc")
    assert (done.returncode, done.stdout[:7]) == (0, "1 EUR =")
    note = "Note: -p no:ebc: there is no plugin 'ebc' (did you mean 'ecb'?)\n"
    assert done.stderr == note
    assert run("-p", "no:ebc", *ask).stderr == note
    assert run("drivers", "-p", "no:ebc").stderr == note
    known = ("-p", "no:erapi", "-p", "no:hello", "-p", "no:raw_acme", "-p", "raw_acme")
    assert run(*ask, *known, FOREXHOOKS_EXTENSIONS="hello").stderr == ""


def test_what_a_plugin_says_is_shown_as_it_is(run: Run, plugins: Path) -> None:
    title = "Bank [/vault] [bold]of Acme :bank:"
    profile = f"""
@forexhooks.hookimpl
def forex_driver_profile(driver):
    return forexhooks.Profile(title={title!r})
"""
    file = plugins / "raw_acme.py"
    file.write_text(file.read_text(encoding="utf-8") + profile, encoding="utf-8")
    done = run("drivers", "-p", "raw_acme")
    assert (done.returncode, done.stderr) == (0, "")
    assert title in done.stdout


def test_lists_of_a_driver_that_is_not_there(run: Run) -> None:
    done = run("currencies", "--driver", "nobody")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith("Error: unknown driver 'nobody'")


KEYED = """
import forexhooks

class Keyed(forexhooks.HttpDriver):
    name = "keyed"
    profile = forexhooks.Profile(title="Keyed", key="app_id")
    BASE_URL = "https://rates.keyed.example"

    def __init__(self, *, app_id=None, **options):
        super().__init__(**options)
        self.key("app_id", app_id)

    def observations(self, currencies, start, end):
        return []
"""


@pytest.mark.parametrize("command", ["drivers", "doctor"])
def test_a_plugin_that_cannot_be_loaded_stops_neither_the_list_nor_the_doctor(
    run: Run, plugins: Path, command: str
) -> None:
    path = plugins / "keyed.py"
    path.write_text(KEYED, encoding="utf-8")
    done = run(command, "-p", str(path), FOREXHOOKS_OFFLINE="1")
    assert f"Note: -p {path}: " in done.stderr
    assert "FOREXHOOKS_KEYED_APP_ID" in done.stderr and "Traceback" not in done.stderr
    assert "ecb" in done.stdout
    assert done.returncode == (1 if command == "doctor" else 0)
    asked = run("rate", "EUR", "USD", "-p", str(path), FOREXHOOKS_OFFLINE="1")
    assert asked.returncode == 1 and asked.stderr.startswith("Error: ")
