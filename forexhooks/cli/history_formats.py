"""Histories as files for other programs."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Any

from forexhooks import CurrencyError, RateError
from forexhooks.cli.printing import rate_as_json
from forexhooks.rates.history import day_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from forexhooks import History, Rate

# Letters alone need no quotes, in either program.
_PLAIN = re.compile(r"[A-Za-z]+")
_BEANCOUNT = re.compile(r"[A-Z][A-Z0-9'._-]{0,22}[A-Z0-9]")


def value_of(rate: Rate, places: int | None) -> str:
    """The value with all its digits, or rounded once, half-even, to so many decimal places.

    Raises `RateError` where that would be 0.
    """
    if places is None:
        return f"{rate.value:f}"
    rounded = rate.convert(1, places=places)
    if not rounded:
        raise RateError(
            f"1 {rate.base} = {rate.value:f} {rate.quote} on {rate.on} rounds to 0: ask for more "
            "--places, or none",
            driver=rate.driver,
            base=rate.base,
            quote=rate.quote,
            on=rate.on,
        )
    return f"{rounded:f}"


def _rates(histories: Iterable[History]) -> Iterable[Rate]:
    return chain.from_iterable(histories)


def _csv(histories: Sequence[History], places: int | None, _: str) -> str:
    import csv
    import io

    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("on", "base", "quote", "value", "driver", "kind"))
    for rate in _rates(histories):
        value = value_of(rate, places)
        rows.writerow((day_of(rate), rate.base, rate.quote, value, rate.driver, rate.kind))
    return text.getvalue()


def _json(histories: Sequence[History], _: int | None, __: str) -> str:
    import json

    rates = [rate_as_json(rate) for rate in _rates(histories)]
    return json.dumps(rates, indent=2, ensure_ascii=False) + "\n"


def _ndjson(histories: Sequence[History], _: int | None, __: str) -> str:
    import json

    rates = (rate_as_json(rate) for rate in _rates(histories))
    return "".join(f"{json.dumps(rate, ensure_ascii=False)}\n" for rate in rates)


def _prices(line: str, name: Callable[[str], str]) -> Any:
    """A writer of one line for each rate."""

    def write(histories: Sequence[History], places: int | None, _: str) -> str:
        return "".join(
            line.format(
                on=day_of(rate),
                base=name(rate.base),
                value=value_of(rate, places),
                quote=name(rate.quote),
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
        f"beancount has no way to write the currency {code!r}: it begins with a letter, and has "
        "2 to 24 characters; take another format"
    )


def _gnucash(histories: Sequence[History], _: int | None, note: str) -> str:
    from forexhooks.cli.gnucash import statements

    return "".join(f"{line}\n" for line in statements(histories, note))


def _parquet(histories: Sequence[History], _: int | None, __: str) -> bytes:
    import io

    from forexhooks.frames import from_history
    from forexhooks.support.optional import imported

    parquet = imported("pyarrow.parquet", "'forexhooks[frames]' pyarrow")
    content = io.BytesIO()
    parquet.write_table(from_history(_rates(histories), "pyarrow"), content)
    return content.getvalue()


FORMATS: dict[str, Callable[[Sequence[History], int | None, str], str | bytes]] = {
    "csv": _csv,
    "json": _json,
    "ndjson": _ndjson,
    "beancount": _prices("{on} price {base} {value} {quote}\n", _beancount_name),
    "ledger": _prices("P {on} 00:00:00 {base} {value} {quote}\n", _quoted),
    "hledger": _prices("P {on} {base} {value} {quote}\n", _quoted),
    "gnucash-sql": _gnucash,
    "parquet": _parquet,
}
"""By its name, what writes a format.

Of histories, with decimal places or (None) all digits, and a note of what was taken of which
period, such as "mean of each month"; empty for days.
"""

WITH_PLACES = {"csv", "beancount", "ledger", "hledger"}
"""The formats whose values may be rounded; the others keep all digits."""

BY_SUFFIX = {
    ".csv": "csv",
    ".json": "json",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".beancount": "beancount",
    ".bean": "beancount",
    ".ledger": "ledger",
    ".hledger": "hledger",
    ".journal": "hledger",
    ".sql": "gnucash-sql",
    ".parquet": "parquet",
}
"""The format that a file's name asks for."""
