"""What a class declares is checked where it is made, and the error names the driver."""

from __future__ import annotations

from typing import Any

import pytest

from forexhooks import PluginError, Profile, SettingsError
from forexhooks.http import HttpDriver


def declared(**attributes: object) -> type[HttpDriver]:
    profile = Profile(title="Acme Bank", pivot="USD")
    fields: dict[str, Any] = {
        "name": "acme",
        "profile": profile,
        "BASE_URL": "https://rates.acme.example",
        "latest": "/latest",
        **attributes,
    }
    return type("Acme", (HttpDriver,), fields)


@pytest.mark.parametrize(
    ("attribute", "value", "says"),
    [
        ("BASE_URL", "rates.acme.example", "write an address like https://"),
        ("BASE_URL", "ftp://rates.acme.example", "write an address like"),
        ("BASE_URL", "https:///rates", "write an address like"),
        ("BASE_URL", "https://rates acme.example", "write an address like"),
        ("BASE_URL", "https://acme.example/{day}", "write an address like"),
        ("latest", "latest", "must begin with / or [?]"),
        ("latest", "/latest rates", "write %20 for a space"),
        ("latest", "/latest\n", "write %20 for a space"),
        ("latest", b"/latest", 'give it a path, "/rates"'),
        ("latest", "/latest/{codes", "it is not a template: .* write {{ for a brace"),
        ("latest", "/latest/codes}", "it is not a template"),
        ("latest", "/{}", r"\{\} is unknown"),
        ("latest", "/{start}", r"\{start\} is unknown: it may name \{codes\}, \{day\}"),
        ("latest", "/{day.nothing}", r"\{day.nothing\} is unknown"),
        ("latest", ("/latest", 10), "give it only a path"),
        ("recent", "/recent", r'give it a path and a number of days, \("/rates", 90\)'),
        ("recent", ("/recent", 0), "give it a path and a number of days"),
        ("recent", ("/recent", "10"), "give it a path and a number of days"),
        ("between", ("/span/{start}/{end}", -1), "give it a path and a number of days"),
        ("between", "/span/{from}", r"\{from\} is unknown"),
        ("yearly", "/{year:abc}", "it is not a template"),
        ("daily", "/day/{date}", r"\{date\} is unknown: it may name .*\{day\}"),
    ],
)
def test_what_is_wrong_is_named(attribute: str, value: object, says: str) -> None:
    with pytest.raises(PluginError, match=f"(?s)^acme: {attribute} is .*{says}"):
        declared(**{attribute: value})


def test_what_is_right_is_taken() -> None:
    made = declared(
        BASE_URL="https://acme.example:8443/api/v1/",
        latest="?of={codes:+}&on={day:%d.%m.%Y}",
        recent=("/recent/{series}", 10),
        between="/{{span}}/{start:%Y%m%d}-{end}",
        yearly="/{year}.csv",
        daily="/días/{day}",
    )
    assert made().base_url == "https://acme.example:8443/api/v1"


@pytest.mark.parametrize("url", ["http://rates acme.example", "http://:80", "http://acme/{day}"])
def test_an_address_of_the_settings_is_checked_too(url: str) -> None:
    with pytest.raises(SettingsError, match=r"^acme: base_url is"):
        declared()(base_url=url)
    assert "s{cret" not in declared()(base_url="http://me:s{cret@localhost:1").base_url
