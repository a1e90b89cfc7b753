"""Whatever a file holds, it is read or refused in our words: settings, plugins, amounts, the cache.

What providers send is fuzzed in `http/test_replies.py`, locks in `service/locks/test_lock.py`. A
minute of all this runs with the suite; for an hour of it:
`pytest --hypothesis-profile "by hand" tests/test_fuzzed.py tests/http/test_replies.py …`.
"""

from __future__ import annotations

import contextlib
import io
import json
import sqlite3
import tempfile
import tomllib
import zipfile
from pathlib import Path

import click
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from forexhooks import ForexError, PluginLoadError, Settings, SettingsError
from forexhooks.cli.convert_file import command as convert_file
from forexhooks.http.cache import Cache
from forexhooks.plugins.loading.staging import new_home, remove, staged_by
from forexhooks.plugins.loading.targets import Order
from forexhooks.support.ownership import ownership_problem
from forexhooks.support.settings import checked_base_url, without_user
from forexhooks.support.text import in_lines, in_one_line, printable

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=30)
TOML = st.sampled_from(
    ["default_driver", "offline", "extensions", "drivers", "drivers.ecb", "base_url", "=", "[", "]",
     '"', "ecb", "true", "1", "\n", ".", ",", "{", "}", "#", " "]
)  # fmt: skip


@given(st.lists(TOML, max_size=20).map("".join) | st.text(max_size=60))
def test_settings(text: str) -> None:
    try:
        content = tomllib.loads(text)
    except ValueError:
        return
    with contextlib.suppress(SettingsError):
        settings = Settings({}, content)
        for driver in settings.drivers():
            settings.of_driver(driver, ["base_url", "store"])


@given(st.text(max_size=60) | st.from_regex(r"https?://[a-z:@/%?#]{0,20}", fullmatch=True))
def test_addresses(text: str) -> None:
    with contextlib.suppress(SettingsError):
        address, user = without_user(checked_base_url(text, "acme"))
        assert address.startswith("http")
        assert user is None or "@" not in address.split("://")[1].split("/")[0]


def staged(path: Path) -> None:
    """Stage it: what goes wrong is an error in our words."""
    home = new_home()
    try:
        with contextlib.suppress(PluginLoadError):
            staged_by(Order(path), home)
    finally:
        remove(home)


METADATA = st.sampled_from(
    ["Metadata-Version: 2.1", "Name: acme", "Version: 1", "Requires-Dist: x", "Requires-Dist: ;",
     "Requires-Python: >=3", "Requires-Python: ?", "", " ", "\0", "Name:", "é"]
)  # fmt: skip
ENTRIES = st.sampled_from(["[forexhooks]", "acme = acme", "acme = a b", "= x", "[", "acme", "[x]"])


@given(
    NAMES,
    st.dictionaries(
        st.sampled_from(["acme.py", "../up.py", "/top.py", "a/b.py", "acme.data/purelib/x.py"]),
        st.binary(max_size=20),
        max_size=3,
    ),
    st.lists(METADATA, max_size=4),
    st.lists(ENTRIES, max_size=3),
    st.none() | st.tuples(st.integers(0, 400), st.binary(min_size=1, max_size=8)),
)
def test_wheels(
    name: str,
    files: dict[str, bytes],
    metadata: list[str],
    entries: list[str],
    damage: tuple[int, bytes] | None,
) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for member, inner in files.items():
            archive.writestr(member, inner)
        archive.writestr("acme-1.dist-info/METADATA", "\n".join(metadata))
        archive.writestr("acme-1.dist-info/entry_points.txt", "\n".join(entries))
    changed = bytearray(content.getvalue())
    if damage is not None:
        changed[damage[0] : damage[0] + len(damage[1])] = damage[1]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "wheels", "acme-1-py3-none-any.whl")
        path.parent.mkdir()
        path.write_bytes(changed)
        staged(path)
        assert [each.name for each in Path(folder).rglob("*")] == ["wheels", path.name]
        odd = Path(folder, name)
        with contextlib.suppress(OSError, ValueError):
            odd.write_bytes(changed)
            staged(odd)


CELLS = st.sampled_from(
    ["1.25", "1,234.5", "-", "", "USD", "EUR", "XXX", "2026-10-30", "2026-13-01", '"', '""', "\0",
     "é", "\u0661", "1e9", "amount", "ccy", "day"]
) | st.text(max_size=4)  # fmt: skip
OPTIONS = ["--amount", "amount", "--currency", "ccy", "--on", "day", "--to", "EUR", "-o", "-"]


def converted(content: bytes, kind: str) -> None:
    """Run the command on it: what goes wrong is an error in our words."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"rows.{kind}")
        path.write_bytes(content)
        done = CliRunner().invoke(convert_file, [str(path), *OPTIONS], standalone_mode=False)
        error = done.exception
        assert error is None or isinstance(error, ForexError | click.ClickException), error


@given(
    st.lists(st.lists(CELLS, max_size=4).map(",".join), max_size=5).map("\n".join),
    st.sampled_from(["utf-8", "utf-16", "cp1252"]),
)
def test_csv_files(rows: str, encoding: str) -> None:
    converted(f"amount,ccy,day\n{rows}".encode(encoding, "replace"), "csv")


RECORDS = st.dictionaries(
    st.sampled_from(["amount", "ccy", "day", "note"]), CELLS | st.integers() | st.none(), max_size=4
)


@given(st.lists(RECORDS.map(json.dumps) | st.text(max_size=12), max_size=5).map("\n".join))
def test_ndjson_files(lines: str) -> None:
    converted(lines.encode("utf-8", "replace"), "ndjson")


@given(st.binary(max_size=60) | st.text(max_size=60))
def test_rows_of_the_cache(value: bytes | str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/acme.sqlite"
        Cache(path).close()  # type: ignore[no-untyped-call]
        with contextlib.closing(sqlite3.connect(path)) as rows:
            rows.execute("INSERT INTO responses VALUES ('key', ?, NULL)", (value,))
            rows.commit()
        cache = Cache(path)
        assert cache.get_response("key") is None
        cache.close()  # type: ignore[no-untyped-call]


@given(st.text())
def test_text_of_others(text: str) -> None:
    assert printable(text).isprintable()
    assert in_one_line(text).isprintable()
    assert all(each.isprintable() or each in "\n\t" for each in in_lines(text))
    if text.isprintable():
        assert printable(text) == text


@given(st.lists(st.sampled_from(["a", "b", "link", "loop", "..", "."]), min_size=1, max_size=6))
def test_paths(parts: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "a" / "b").mkdir(parents=True)
        (home / "a" / "link").symlink_to("../a/b")
        (home / "loop").symlink_to("loop")
        with contextlib.suppress(OSError):
            assert ownership_problem(str(home.joinpath(*parts))) is None
