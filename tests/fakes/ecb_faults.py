"""Files of the ECB with a fault, as data: one row a fault. All else in them is in order.

They are those of Monday, 2026-11-02, the first day after the bundle.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from fakes.ecb import LAST, MONDAY, TUESDAY, csv, days_of_publication, published, xml, zipped

ENTITIES = b'<!DOCTYPE x [<!ENTITY a "1.1">%s]>' % b"".join(
    b'<!ENTITY %c "&%c;&%c;&%c;">' % (each + 1, each, each, each) for each in range(97, 119)
)
HEAD, NEWEST, *OLDER = csv(published(days_of_publication(MONDAY))).splitlines()
CELLS = NEWEST.split(",")
AT = HEAD.split(",").index("CNY")


def rate_of_cad(rate: str) -> bytes:
    return xml(published([MONDAY], CAD=rate))


def lines(head: str, newest: str) -> bytes:
    return zipped("\n".join([head, newest, *OLDER, ""]))


def encrypted(content: bytes) -> bytes:
    """Flagged as encrypted, in the local header and in the directory."""
    at = content.index(b"PK\1\2") + 8
    return content[:6] + b"\1" + content[7:at] + b"\1" + content[at + 1 :]


WELL = xml(published([MONDAY]))
WELL_ZIP = zipped(csv(published([MONDAY])))


class Bad(NamedTuple):
    """A file with a fault, what is said of it, and why that does not hold yet."""

    content: bytes
    says: str


OF_THE_DAILY: dict[str, Bad] = {
    "HTML with 200": Bad(b"<!DOCTYPE html><title>Sign in</title><p>Hello.", "not the ECB's XML"),
    "an empty file": Bad(b"", "not the ECB's XML"),
    "truncated": Bad(WELL[:-40], "not the ECB's XML"),
    "truncated between days": Bad(WELL.rpartition(b"\t</Cube>")[0], "not the ECB's XML"),
    "no observations": Bad(xml({}), "no observations"),
    "a day without any": Bad(xml({MONDAY: {}}), "no observations"),
    "JSON": Bad(b'{"error": "down"}', "not the ECB's XML"),
    "entity expansion": Bad(ENTITIES + b"<x>&w;</x>", "not the ECB's XML"),
    "an external entity": Bad(
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>', "not the ECB's XML"
    ),
    "a future day": Bad(xml(published([TUESDAY])), "2026-11-03"),
    "no day": Bad(WELL.replace(b"2026-11-02", b"2026-13-01"), "2026-13-01"),
    "0": Bad(rate_of_cad("0"), "CAD"),
    "0.000": Bad(rate_of_cad("0.000"), "CAD"),
    "negative": Bad(rate_of_cad("-1.5606"), "CAD"),
    "NaN": Bad(rate_of_cad("NaN"), "CAD"),
    "sNaN": Bad(rate_of_cad("sNaN"), "CAD"),
    "Infinity": Bad(rate_of_cad("Infinity"), "CAD"),
    "a comma": Bad(rate_of_cad("1,5606"), "not a day, a code"),
    "no rate": Bad(rate_of_cad(""), "not a day, a code"),
    "EUR in EUR": Bad(xml(published([MONDAY], EUR="1")), "EUR/EUR"),
    "a code in lower case": Bad(xml(published([MONDAY], usd="1.1")), "not a day, a code"),
    "a day twice": Bad(
        WELL.replace(b"\t</Cube>\n</", b"<Cube time='2026-11-02'><Cube currency='USD' rate='1.2'/>"
                     b"</Cube></Cube>\n</"), "two values of EUR/USD"
    ),
    "few currencies": Bad(xml({MONDAY: {"USD": "1.1", "CAD": "1.5"}}), "2 currencies for"),
    "an underscore": Bad(rate_of_cad("1_1.6"), "not a day, a code"),
    "5000 digits": Bad(xml(published([MONDAY], NEW="1" * 5000)), "NEW"),
    "a new currency of 1e3": Bad(xml(published([MONDAY], NEW="1e3")), "NEW"),
    "too many places": Bad(rate_of_cad("1.56060000000000000"), "CAD"),
    "the first day of all": Bad(
        xml({**published([MONDAY]), date(1, 1, 1): {"USD": "1.1"}}), "0001-01-01"
    ),
    "a day before 1999": Bad(
        xml({**published([MONDAY]), date(1926, 11, 2): {"USD": "1.1"}}), "1926"
    ),
    "all of them off": Bad(
        xml({MONDAY: {code: str(Decimal(rate) * 99) for code, rate in LAST.items()}}),
        "0 currencies for",
    ),
}  # fmt: skip
"""Faults of the file of one day, by name."""

OF_THE_HISTORY: dict[str, Bad] = {
    "HTML with 200": Bad(b"<!DOCTYPE html><p>Hello.", "not a zip"),
    "an empty file": Bad(b"", "not a zip"),
    "truncated": Bad(WELL_ZIP[:-30], "not a zip"),
    "bytes changed": Bad(WELL_ZIP[:80] + b"!" + WELL_ZIP[81:], ""),
    "encrypted": Bad(encrypted(WELL_ZIP), "not a zip"),
    "two files": Bad(zipped(csv(published([MONDAY])), "b.csv"), "ValueError"),
    "nothing in it": Bad(zipped(""), "no observations"),
    "no lines": Bad(zipped(HEAD + "\n"), "no observations"),
    "no text": Bad(zipped(b"\xff" * 99 + b"\n"), "UnicodeDecodeError"),
    "a line cut off": Bad(lines(HEAD, NEWEST[:60]), "cut off"),
    "cut within its last number": Bad(zipped(csv(published([MONDAY]))[:-4]), "cut off"),
    "a line cut within its last number": Bad(lines(HEAD, NEWEST[:-3]), "cut off"),
    "a line too long": Bad(
        lines(HEAD, ",".join([*CELLS[:AT], "7.0", *CELLS[AT:]])), "line of 2026-11-02"
    ),
    "a column twice": Bad(lines(HEAD + "USD,", NEWEST + "1.2,"), "the same name"),
    "no days": Bad(lines(HEAD.replace("Date", "Datum"), NEWEST), "not a day"),
    "NaN": Bad(lines(HEAD, NEWEST.replace("1.1173", "NaN")), "not a day, a code"),
    "a future day": Bad(zipped(csv(published([TUESDAY]))), "2026-11-03"),
}  # fmt: skip
"""Faults of the file of all days, by name."""
