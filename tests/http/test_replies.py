"""What a provider sent, read to the digit."""

from __future__ import annotations

import contextlib
import gzip
import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Context, Decimal, Inexact, localcontext
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faults import Acme, in_time
from forexhooks.errors import DriverError, MalformedResponseError, TransientError
from forexhooks.http import Reply, csv_of, json_of, moment_of, value_of, xml_of
from forexhooks.http.deadline import OutOfTimeError, check_time, reading_until
from providers import Provider, reply


@given(st.integers(1, 10**40), st.integers(0, 20), st.integers(0, 6), st.data())
def test_a_rate_of_many_units_is_that_of_one_to_the_digit(
    digits: int, places: int, zeros: int, data: st.DataObject
) -> None:
    stated = Decimal((0, tuple(map(int, str(digits))), -places))
    if not -30 <= stated.adjusted() - zeros <= stated.adjusted() <= 30:
        return
    per = data.draw(st.sampled_from([10**zeros, str(10**zeros), Decimal(10**zeros), f"1e{zeros}"]))
    with localcontext(Context(prec=3)):
        value = value_of(f"{stated:f}", per=per)
    with localcontext(Context(prec=100)):
        assert value * 10**zeros == stated


@pytest.mark.parametrize(
    ("per", "of_one"),
    [
        (4, "0.35"),
        (20, "0.07"),
        ("31.1034768", "0.04501104519607917273094048444"),
        (3, "0.4666666666666666666666666667"),
    ],
)
def test_any_number_of_units_above_0_will_do(per: object, of_one: str) -> None:
    with localcontext(Context(prec=3)) as context:
        assert str(value_of("1.4", per=per)) == of_one
        assert not context.flags[Inexact]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("76,8903", "76.8903"), ("1.234,56", "1234.56"), ("1 234,5", "1234.5"),
        ("1\u00a0234 567", "1234567"), ("12", "12"), ("  0,05 ", "0.05"),
        ("5,39256E-05", "0.0000539256"), ("1 234,5E-05", None),
        ("1.23", None), ("1,2,3", None), ("1.234.5,6", None), (",5", None), ("", None),
        ("-1,5", None), ("0,00", None),
    ],
)  # fmt: skip
def test_decimal_commas(text: str, value: str | None) -> None:
    if value is None:
        with pytest.raises(ValueError, match="is not a rate"):
            value_of(text, decimal=",")
    else:
        assert str(value_of(text, decimal=",")) == value
        assert value_of("2", per=text, decimal=",") == Decimal(2) / Decimal(value)
    with pytest.raises(ValueError, match=r"decimal=','"):
        value_of("76,8903")


@pytest.mark.parametrize(
    ("content_type", "body", "text"),
    [
        ("text/csv; charset=windows-1251", "рубль".encode("cp1251"), "рубль"),
        ('text/csv; charset="ISO-8859-2"; header=present', "zł".encode("latin2"), "zł"),
        ("text/csv; charset=no-such", "zł".encode(), "zł"),
        ("text/csv; charset=base64", "zł".encode(), "zł"),
        ("text/csv", "\ufeffzł".encode(), "zł"),
        ("text/csv; charset=utf-8", b"\xff\xfe", "\ufffd\ufffd"),
    ],
)
def test_the_charset_is_honoured(content_type: str, body: bytes, text: str) -> None:
    assert Reply(200, {"content-type": content_type}, body).text == text


@pytest.mark.parametrize(
    ("content_type", "declared"), [("text/xml", "windows-1251"), ("text/xml; charset=cp1251", "")]
)
def test_xml_in_the_encoding_it_declares_or_that_of_the_header(
    content_type: str, declared: str
) -> None:
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    body = f'{head}<a xmlns="urn:x"><b name="рубль">76,8903</b></a>'.encode("cp1251")
    root = xml_of(Reply(200, {"content-type": content_type}, body))
    assert [each.get("name") for each in root.iterfind("{*}b")] == ["рубль"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("<html><p>Sign in.</p></html>", "a page of HTML"),
        ('<html xmlns="http://www.w3.org/1999/xhtml"/>', "a page of HTML"),
        ("<a><b></a>", "not XML"),
        ('<?xml version="1.0" encoding="no-such"?><a/>', "not XML"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "DTDForbidden"),
        ("<a>" + "<b/>" * 2_000_001 + "</a>", "more than 1,000,000"),
    ],
)
def test_what_is_no_xml_or_would_blow_up(body: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        xml_of(Reply(200, {}, body.encode()))


def test_csv_of_another_delimiter_with_a_preamble_in_another_encoding() -> None:
    body = "Kursliste\n\nDAG;NAVN;KURS\n2026-10-30;æ;1,4\n".encode("latin-1")
    rows = csv_of(Reply(200, {}, body), ["KURS"], delimiter=";", skip=2, encoding="latin-1")
    assert rows == [{"DAG": "2026-10-30", "NAVN": "æ", "KURS": "1,4"}]


@pytest.mark.parametrize("per", [0, -10, "x", None, "0", Decimal("NaN"), "1e99999999"])
def test_a_number_of_units_that_is_none_is_refused(per: object) -> None:
    with pytest.raises(ValueError, match=r"^per=.*a power of ten$"):
        value_of("1.4", per=per)


@pytest.mark.parametrize("page", ["<!DOCTYPE html><p>Sign in.", "\n<html>\n<p>a,b\n1,2\n", "<x/>"])
def test_a_page_is_no_csv(page: str) -> None:
    with pytest.raises(ValueError, match="not like CSV"):
        csv_of(Reply(200, {}, page.encode()))


def test_rows_by_their_columns() -> None:
    body = '\ufeffday,rate\r\n2026-10-30,"1,4"\r\n'
    assert csv_of(Reply(200, {}, body.encode())) == [{"day": "2026-10-30", "rate": "1,4"}]
    assert csv_of(Reply(200, {}, body.encode()), ["rate", "day"]) == csv_of(
        Reply(200, {}, body.encode())
    )
    assert csv_of(Reply(200, {}, b"")) == csv_of(Reply(200, {}, b""), ["day"]) == []


def test_columns_that_are_missing_are_named() -> None:
    with pytest.raises(ValueError, match=r"no column RATE, CODE: its first line names DAY, Rate$"):
        csv_of(Reply(200, {}, b"DAY,Rate\n2026-10-30,1.4\n"), ["RATE", "DAY", "CODE"])


@pytest.mark.parametrize(
    "number",
    [
        "1e1000000",
        "-1e1000000",
        "1e-1000000",
        "1e99999999999999999999",
        "0e1000000",
        "9" * 5000,
        "0." + "0" * 5000 + "1",
    ],
)
@pytest.mark.parametrize("within", ["%s", "[%s]", '{"a": {"b": %s}}'])
def test_a_number_of_no_sane_size_is_refused_where_it_is_parsed(number: str, within: str) -> None:
    with pytest.raises(ValueError, match="is not a number of a plausible size"):
        json_of(Reply(200, {}, (within % number).encode()))
    with pytest.raises(ValueError, match=r"not a number|not a rate"):
        value_of(number)


def test_numbers_that_a_double_has_are_read() -> None:
    document = json_of(Reply(200, {}, b"[1.7976931348623157e308, 5e-324, 0, -0.0, 123]"))
    assert document == [*map(Decimal, ("1.7976931348623157e308", "5e-324", "0", "0", "123"))]


@pytest.mark.parametrize(
    "raw",
    [
        "1_5",
        "\u0661",
        "1.\u0662",
        "\uff11",
        "0x10",
        "1e",
        ".",
        "",
        "  ",
        "Infinity",
        True,
        0,
        1.5,
        None,
    ],
)
def test_what_only_python_takes_for_a_number_is_no_rate(raw: object) -> None:
    said = "is not a rate"
    if isinstance(raw, float):
        said += " but a float, whose digits are not those published"
    with pytest.raises(ValueError, match=said):
        value_of(raw)


@pytest.mark.parametrize(
    "raw",
    ["1_5", "\u0661", True, False,
     0, "0", Decimal(0), Decimal(-1), 1793361600, 1793361600.0, None, "",
     "1e9", Decimal("1e400"), Decimal("NaN"), Decimal("Infinity"), "9" * 19,
     Decimal("0.5"), Decimal("1e-400"), Decimal("253402300800"), [], "-1", "+1", "1.5"],
)  # fmt: skip
def test_what_is_no_timestamp(raw: object) -> None:
    for milliseconds in (False, True):
        if raw != Decimal("253402300800") or not milliseconds:
            with pytest.raises(ValueError, match="is not a timestamp"):
                moment_of(raw, milliseconds=milliseconds)


def test_timestamps() -> None:
    moment = datetime(2026, 10, 30, 12, 0, 1, tzinfo=UTC)
    assert moment_of("1793361601") == moment_of(Decimal("1793361601.9")) == moment
    assert moment_of(Decimal(1793361601999), milliseconds=True) == moment
    assert moment_of("253402300799").year == 9999


@pytest.mark.parametrize("body", ["[" * 100_000, '{"a":' * 100_000, "[" * 100_000 + "]" * 100_000])
def test_what_is_nested_too_deeply_is_refused(body: str) -> None:
    with pytest.raises(ValueError, match="nested too deeply"):
        json_of(Reply(200, {}, body.encode()))


@pytest.mark.parametrize(
    ("read", "body"),
    [
        (json_of, b"[" + b"[]," * 1_000_001 + b"0]"),
        (json_of, b"[" + b"{}," * 1_000_001 + b"0]"),
        (json_of, b"[" + b"1," * 2_000_001 + b"1]"),
        (csv_of, b"a\n" + b"1\n" * 2_000_001),
        (csv_of, b"a\r" + b"1\r" * 2_000_001),
        (csv_of, b"a" + b"," * 2_000_001 + b"\n"),
        (xml_of, b"<a>" + b"<a/>" * 1_000_001 + b"</a>"),
        (xml_of, b"<a " + b"".join(b"a%x='' " % each for each in range(1_000_001)) + b"/>"),
    ],
)
def test_what_would_fill_the_memory_is_refused(
    read: Callable[[Reply], object], body: bytes
) -> None:
    with pytest.raises(ValueError, match=r"more than [12],000,000 values"):
        read(Reply(200, {}, body))


@pytest.mark.parametrize(
    ("read", "body"),
    [
        (json_of, b"[" + b'{"a": 1.5},' * 300_000 + b"0]"),
        (csv_of, b"a,b\n" + b"1,2\n" * 400_000),
        (xml_of, b"<a>" + b"<a/>" * 900_000 + b"</a>"),
    ],
)
def test_the_deadline_covers_reading(read: Callable[[Reply], object], body: bytes) -> None:
    with pytest.raises(OutOfTimeError), reading_until(monotonic() + 0.01):
        read(Reply(200, {}, body))
    check_time()


@pytest.mark.parametrize("body", ["day,rate\n2026-10-30,1", 'day,rate\n2026-10-30,"1\n', "day"])
def test_a_csv_that_is_cut_off_is_refused(body: str) -> None:
    with pytest.raises(ValueError, match=r"may be cut off|not CSV"):
        csv_of(Reply(200, {}, body.encode()))


def test_files_without_a_last_line_end_are_read_where_they_are_all_so() -> None:
    body = Reply(200, {}, b"day,rate\n2026-10-30,10.2345")
    assert csv_of(body, open_end=True) == [{"day": "2026-10-30", "rate": "10.2345"}]


# Whatever comes, it is read or a ValueError


@given(st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_any_body_is_read_or_refused(body: bytes) -> None:
    for read in (json_of, csv_of):
        with contextlib.suppress(ValueError):
            read(Reply(200, {}, body))


DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(DOCUMENTS)
def test_what_is_read_of_json_has_no_float(document: object) -> None:
    def numbers_of(value: object) -> Iterator[object]:
        if isinstance(value, dict):
            value = list(value.values())
        if isinstance(value, list):
            for each in value:
                yield from numbers_of(each)
        elif not isinstance(value, str | bool | None):
            yield value

    text = json.dumps(document)
    try:
        read = json_of(Reply(200, {}, text.encode()))
    except ValueError:
        assert "NaN" in text or "Infinity" in text
        return
    for number in numbers_of(read):
        assert isinstance(number, Decimal)
        assert abs(number.adjusted()) <= 400
        int(number)


@given(st.text(max_size=60) | st.from_regex("[-+]?[0-9_.eE\u0661]{1,20}", fullmatch=True))
def test_any_text_is_a_rate_a_moment_or_refused(text: str) -> None:
    with contextlib.suppress(ValueError):
        value = value_of(text)
        assert value > 0 and text.isascii() and "_" not in text
    with contextlib.suppress(ValueError):
        assert moment_of(text).timestamp() == int(text) and text.isascii() and text.isdigit()


# As a user meets it


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        # It is refused, or on a slow machine given up.
        (b"[" + b"[]," * 5_000_000 + b"0]", DriverError),
        (b"a\n" + b"1\n" * 5_000_000, DriverError),
        (b'{"day": "2026-10-30", "rate": 1e1000000}', MalformedResponseError),
    ],
    ids=["empty lists", "short lines", "a large number"],
)
def test_a_body_costs_no_more_than_its_time(
    sent: bytes, error: type[Exception], provider: Provider
) -> None:
    packed = gzip.compress(sent, compresslevel=1)
    provider.answer = lambda asked: reply(packed, Content_Encoding="gzip")
    acme = Acme(base_url=provider.url, time_limit=2)
    ask = acme.fetch_csv if sent.startswith(b"a") else acme.fetch_json
    with in_time(), pytest.raises(error):
        int(ask("/latest")["rate"])
    acme.close()


def test_a_parser_that_takes_long_is_given_up(provider: Provider) -> None:
    def slowly(reply: Reply) -> Iterator[int]:
        for number in range(1000):
            time.sleep(0.05)
            yield number

    acme = Acme(base_url=provider.url, time_limit=0.2)
    provider.answer = lambda asked: reply("{}")
    with in_time(), pytest.raises(TransientError, match="a whole response in time"):
        acme.http.fetch("/latest", parse=slowly)
    acme.close()
