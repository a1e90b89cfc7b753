"""Histories as files for other programs: a function for each format, and `FORMATS` for all."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from forexhooks import CurrencyError, RateError
from forexhooks.cli.history_style import Style
from forexhooks.cli.printing import rate_as_json
from forexhooks.rates.history import day_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence  # noqa: TC004

    from forexhooks import History, Rate

    Write = Callable[[Sequence[History], int | None, "About"], str | bytes]

# Neither program needs quotes around letters alone, or around a sign like $ or €.
_PLAIN = re.compile(r"[A-Za-z]+|[$\xa2-\xa5\u20a0-\u20cf]")
_BEANCOUNT = re.compile(r"[A-Z][A-Z0-9'._-]{0,22}[A-Z0-9]")


class About(NamedTuple):
    """What is known about histories besides their rates.

    `note` says how periods were summed up, such as "mean of each month"; it is empty for days.
    `sides` maps the driver's series to their sides. `style` says how to write the rates.
    """

    note: str = ""
    sides: Mapping[str, str] = {}
    style: Style = Style()


def value_of(rate: Rate, places: int | None) -> str:
    """The value with all its digits, or rounded once, half-even, to decimal places.

    Raises `RateError` if it would round to 0.
    """
    if places is None:
        return f"{rate.value:f}"
    rounded = rate.convert(1, places=places)
    if not rounded:
        raise RateError(
            f"1 {rate.base} = {rate.value:f} {rate.quote} on {rate.on} rounds to 0: use more "
            "--places, or leave it out",
            driver=rate.driver,
            base=rate.base,
            quote=rate.quote,
            on=rate.on,
        )
    return f"{rounded:f}"


def _rates(histories: Iterable[History]) -> Iterable[Rate]:
    return chain.from_iterable(histories)


def _csv(histories: Sequence[History], places: int | None, about: About) -> str:
    import csv
    import io

    rates = list(_rates(histories))
    further: dict[str, list[Any]] = {
        "until": [rate.until or "" for rate in rates],
        "series": [rate.series or "" for rate in rates],
        "side": [_side_of(rate, about.sides) for rate in rates],
    }
    further = {name: column for name, column in further.items() if any(column)}
    text = io.StringIO()
    rows = csv.writer(text, delimiter=about.style.delimiter, lineterminator="\n")
    rows.writerow(("on", "base", "quote", "value", "driver", "kind", *further))
    for at, rate in enumerate(rates):
        value = about.style.number(value_of(rate, places))
        more = (column[at] for column in further.values())
        rows.writerow((day_of(rate), rate.base, rate.quote, value, rate.driver, rate.kind, *more))
    return text.getvalue()


def _side_of(rate: Rate, sides: Mapping[str, str]) -> str:
    """Bid or ask; empty for a mid or an unknown side."""
    side = sides.get(rate.series or "", rate.series)
    return side if side in ("bid", "ask") else ""


def _json(histories: Sequence[History], _: int | None, __: About) -> str:
    import json

    rates = [rate_as_json(rate) for rate in _rates(histories)]
    return json.dumps(rates, indent=2, ensure_ascii=False) + "\n"


def _ndjson(histories: Sequence[History], _: int | None, __: About) -> str:
    import json

    rates = (rate_as_json(rate) for rate in _rates(histories))
    return "".join(f"{json.dumps(rate, ensure_ascii=False)}\n" for rate in rates)


def _prices(line: str, name: Callable[[str], str]) -> Write:
    """A writer of one line for each rate."""

    def write(histories: Sequence[History], places: int | None, about: About) -> str:
        names = about.style.names
        return "".join(
            line.format(
                on=day_of(rate),
                base=name(names.get(rate.base, rate.base)),
                value=about.style.number(value_of(rate, places)),
                quote=name(names.get(rate.quote, rate.quote)),
            )
            for rate in _rates(histories)
        )

    return write


def _quoted(code: str) -> str:
    return code if _PLAIN.fullmatch(code) else f'"{code}"'


def _beancount_name(code: str) -> str:
    if _BEANCOUNT.fullmatch(code):
        return code
    raise CurrencyError(
        f"beancount cannot write the currency {code!r}: its names are 2 to 24 capital letters, "
        "digits and ' . _ -, starting with a letter; give another name with --commodity "
        "CODE=NAME, or use another format"
    )


def _gnucash(histories: Sequence[History], _: int | None, about: About) -> str:
    from forexhooks.cli.gnucash import statements

    return "".join(f"{line}\n" for line in statements(histories, about.note))


def _parquet(histories: Sequence[History], _: int | None, __: About) -> bytes:
    import io

    from forexhooks.frames import from_history
    from forexhooks.support.optional import imported

    parquet = imported("pyarrow.parquet", "'forexhooks[frames]' pyarrow")
    content = io.BytesIO()
    parquet.write_table(from_history(_rates(histories), "pyarrow"), content)
    return content.getvalue()


class HistoryFormat(NamedTuple):
    """How histories are written for another program.

    `write` takes histories, decimal places (None: all digits), and an `About`. A file name that
    ends in one of `suffixes` selects the format. `rounds` says whether --places applies. `style`
    lists the options of `Style` that apply. `price_line` matches every line of a file that has
    only prices; a file with other lines is taken for an account book.
    """

    write: Write
    suffixes: tuple[str, ...]
    rounds: bool = False
    style: tuple[str, ...] = ()
    price_line: re.Pattern[bytes] | None = None


FORMATS = {
    "csv": HistoryFormat(_csv, (".csv",), rounds=True, style=("--delimiter", "--decimal")),
    "json": HistoryFormat(_json, (".json",)),
    "ndjson": HistoryFormat(_ndjson, (".ndjson", ".jsonl")),
    "beancount": HistoryFormat(
        _prices("{on} price {base} {value} {quote}\n", _beancount_name),
        (".beancount", ".bean"),
        rounds=True,
        style=("--commodity",),
        price_line=re.compile(rb"\d{4}-\d\d-\d\d price \S+ +[\d.]+ \S+"),
    ),
    "ledger": HistoryFormat(
        _prices("P {on} 00:00:00 {base} {value} {quote}\n", _quoted),
        (".ledger",),
        rounds=True,
        style=("--commodity", "--decimal"),
        price_line=re.compile(rb"P \d{4}-\d\d-\d\d 00:00:00 \S+ [\d.,]+ \S+"),
    ),
    "hledger": HistoryFormat(
        _prices("P {on} {base} {value} {quote}\n", _quoted),
        (".hledger", ".journal"),
        rounds=True,
        style=("--commodity", "--decimal"),
        price_line=re.compile(rb"P \d{4}-\d\d-\d\d \S+ [\d.,]+ \S+"),
    ),
    "gnucash-sql": HistoryFormat(
        _gnucash,
        (".sql",),
        price_line=re.compile(rb"--.*|BEGIN;|COMMIT;|(INSERT INTO|DELETE FROM) .*;"),
    ),
    "parquet": HistoryFormat(_parquet, (".parquet",)),
}

BY_SUFFIX = {suffix: name for name, each in FORMATS.items() for suffix in each.suffixes}
"""The format for each suffix of a file's name."""

TAKERS = {
    option: [name for name, each in FORMATS.items() if option in each.style]
    for option in ("--delimiter", "--decimal", "--commodity")
}
"""For each option of `Style`, the formats it applies to."""
