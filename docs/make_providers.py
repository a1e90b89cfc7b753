"""Make `providers.md` from the profiles of the built-in drivers: run it to write the page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from babel import Locale

from forexhooks.plugins.built_ins import BUILT_INS
from forexhooks.plugins.discovery import Found

if TYPE_CHECKING:
    from forexhooks import Profile, Rule

PAGE = Path(__file__).with_name("providers.md")

_HEAD = """\
# The providers

This page lists the built-in drivers and rules: first by country, then in one table, then each \
with its terms. [Choose a driver](howto/choose.md) helps you decide. The page is made from the \
drivers' profiles by `docs/make_providers.py`.

## By country

The drivers of each country's authorities, and the [rules](official-rates.md) that its law \
prescribes for a purpose. Rules of the European Union also hold in its member states. \
`forexhooks drivers --country PL --purpose vat` lists the same.

| country | drivers | rules |
|---|---|---|
"""

_ALL = """
## All drivers

| driver | publishes | history | when | needs |
|---|---|---|---|---|
"""


_NEXT = "\nNext: [The command line and settings](command-line.md).\n"
_EVERY = {
    "day": "daily",
    "week": "weekly",
    "month": "monthly",
    "quarter": "quarterly",
    "year": "yearly",
}


def page() -> str:
    """The text of the page."""
    plugins = {name: Found(name, BUILT_INS[name], "built-in").plugin() for name in BUILT_INS}
    rules: dict[str, Rule] = {
        name: plugin.forex_driver_rule(name)  # type: ignore[attr-defined]
        for name, plugin in plugins.items()
        if not isinstance(plugin, type)
    }
    profiles: dict[str, Profile] = {
        name: plugin.profile  # type: ignore[attr-defined]
        for name, plugin in plugins.items()
        if isinstance(plugin, type)  # the others are rules
    }
    rows = [_row(name, profile) for name, profile in profiles.items()]
    sections = [_section(name, profile) for name, profile in profiles.items()]
    countries = {each.country for each in (*profiles.values(), *rules.values())} - {None}
    by_country = [_of_country(f"{each}", profiles, rules) for each in countries]
    head = _HEAD + "".join(sorted(by_country)) + _ALL + "".join(rows)
    return head + "".join(sections) + _NEXT


def _of_country(country: str, profiles: dict[str, Profile], rules: dict[str, Rule]) -> str:
    drivers = [_linked(name) for name, each in profiles.items() if each.country == country]
    laws = [
        f"`{name}`: {', '.join(each.purposes)}, from `{each.source}`"
        for name, each in rules.items()
        if each.country == country
    ]
    return f"| {_name_of(country)} | {', '.join(drivers)} | {'; '.join(laws)} |\n"


def _linked(name: str) -> str:
    return f"[`{name}`](#{name})"


def _name_of(country: str) -> str:
    return f"{Locale('en').territories[country]} ({country})"


def _with_links(text: str) -> str:
    return re.sub(r"https?://\S+[^\s.,;)]", r"<\g<0>>", text)


def _row(name: str, profile: Profile) -> str:
    cells = (_linked(name), profile.publishes, _history(profile), _when(profile), _needs(profile))
    return f"| {' | '.join(map(str, cells))} |\n"


def _history(profile: Profile) -> str:
    if profile.latest_only:
        return "the latest only"
    begins = "as far back as the source goes"
    if profile.history_from is not None:
        begins = f"from {profile.history_from}"
    return f"{begins}, a request for each day" if profile.day_by_day else begins


def _when(profile: Profile) -> str:
    if profile.url is None:
        return "no schedule"
    if profile.published_at is None:
        return f"{_EVERY[profile.frequency]}, by the end of the day ({profile.zone})"
    return f"{_EVERY[profile.frequency]}, {profile.published_at:%H:%M} ({profile.zone})"


def _series(name: str, profile: Profile) -> str:
    return ", ".join(f"`{name}:{each.name}`" for each in profile.series)


def _needs(profile: Profile) -> str:
    return _with_links(profile.key or "no key")


def _section(name: str, profile: Profile) -> str:
    has_provider = profile.url is not None
    facts = {
        "Country": profile.country and _name_of(profile.country),
        "Crosses go through": profile.pivot or "any currency that both have a rate in",
        "Series": _series(name, profile),
        "The latest is kept for": f"{profile.time_to_live.total_seconds() / 60:g} minutes"
        if has_provider
        else None,
        "Attribution": profile.attribution or "none required",
        "Terms": _with_links(profile.terms or "not known"),
        "Format": None
        if not has_provider
        else "checked against the provider's real responses"
        if profile.verified
        else "from its documentation; not checked against real responses",
    }
    listed = "".join(f"- {fact}: {said}\n" for fact, said in facts.items() if said)
    title = f"[{profile.title}]({profile.url})" if has_provider else profile.title
    return f"\n## {name}\n\n{title}\n\n{listed}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
