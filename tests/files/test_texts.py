"""Amounts in text, as people write them: read exactly, and never guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from converting import TO_EUR, Convert

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


@pytest.mark.parametrize(
    ("amount", "options"),
    [
        ("1,23", ("--thousands", ",")),
        ("1,2345", ("--thousands", ",")),
        ("1.5", ("--decimal", ",")),
        ("1'000", ()),
        ("$5", ()),
        ("5 USD", ()),
        ("(5)", ()),
        ("1e400", ()),
        ("1" * 31, ()),
        ("0." + "1" * 41, ()),
        ("Infinity", ()),
        ("--5", ()),
        (".", ()),
        ("", ("--decimal", ",")),
    ],
)
def test_amounts_are_never_guessed(
    convert: Convert, tmp_path: Path, amount: str, options: tuple[str, ...]
) -> None:
    (tmp_path / "a.csv").write_text(f'amount,ccy,day\n"{amount}",USD,2026-10-30\n')
    code, _, _ = convert("a.csv", *TO_EUR, *options, "-o", "b.csv", "--rejects", "r.csv")
    converted = (tmp_path / "b.csv").read_text().splitlines()[1:]
    if amount == "":  # none is no wrong one
        assert (code, converted) == (0, ['"",USD,2026-10-30,'])
    else:
        assert (code, converted) == (3, [])
        assert amount[:30] in (tmp_path / "r.csv").read_text()


@pytest.mark.parametrize(
    ("amount", "options"),
    [
        ("1 234,5", ("--thousands", " ", "--decimal", ",")),
        ("1\u00a0234,5", ("--thousands", " ", "--decimal", ",")),
        ("1\u202f234,5", ("--thousands", " ", "--decimal", ",")),
        ("1\u2009234.5", ("--thousands", "\u00a0")),
        ("1\u2019234.50", ("--thousands", "'")),
        ("1'234.50", ("--thousands", "\u2019")),
    ],
)
def test_signs_that_people_do_not_tell_apart(
    convert: Convert, tmp_path: Path, amount: str, options: tuple[str, ...]
) -> None:
    (tmp_path / "a.csv").write_text(f'amount,ccy,day\n"{amount}",EUR,2026-10-30\n')
    code, out, err = convert("a.csv", *TO_EUR, *options)
    assert code == 0, err
    assert out.splitlines()[1].rpartition("2026-10-30,")[2].strip('"') in ("1234.50", "1234,50")


@pytest.mark.parametrize(
    ("amount", "options", "said"),
    [
        ("1.234,56", ("--decimal", ","), "'1.234,56' is not written like 1234,56"),
        ("1 234,56", ("--decimal", ","), "'1 234,56' is not written like 1234,56"),
        ("1,2,3", ("--decimal", ","), "'1,2,3' is not written like 1234,56"),
        (",", ("--decimal", ","), "',' is not written like 1234,56"),
        ("x", ("--decimal", ",", "--thousands", "."), "'x' is not written like 1.234,56"),
        ("1.234,56", (), "'1.234,56' is not written like 1234.56: say how it is, with --thousands"),
        ("1\u2019234", (), "is not written like 1234.56: say how it is, with --thousands"),
    ],
)
def test_what_is_not_understood_is_quoted_as_it_is_written(
    convert: Convert, tmp_path: Path, amount: str, options: tuple[str, ...], said: str
) -> None:
    (tmp_path / "a.csv").write_text(f'amount,ccy,day\n"{amount}",USD,2026-10-30\n')
    code, _, err = convert("a.csv", *TO_EUR, *options)
    assert code == 1
    assert said in " ".join(err.split())
