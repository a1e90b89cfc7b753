"""The store gives back every observation as published, and notices damage."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zipfile
import zlib
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import forexhooks
from forexhooks import Observation
from forexhooks_ecb import BUNDLE, ECB
from forexhooks_ecb.files import history_of
from forexhooks_ecb.grid import Grid
from forexhooks_ecb.pack import pack
from forexhooks_ecb.store import Store, packed
from patience import CHILD_LIMIT

# In the shape of eurofxref-hist.csv: newest first, N/A, and a comma at the end of each line.
CSV = """Date,USD,JPY,ISK,IDR,TRL,
2008-12-15,1.3494,122.2,N/A,15193.96,N/A,
2008-12-12,1.334,121.83,290,14857.1,N/A,
2008-12-09,1.2895,119.48,N/A,14235,N/A,
2005-01-03,1.3507,138.7,83.51,12566.6,N/A,
2004-12-31,1.3621,139.65,83.6,N/A,1836200,
"""

observations = st.dictionaries(
    st.tuples(
        st.dates(date(1999, 1, 4), date(2040, 1, 1)), st.sampled_from(["USD", "JPY", "XAU", "ISK"])
    ),
    st.builds(
        lambda digits, places: Decimal(digits).scaleb(-places),
        st.integers(1, 2**28 - 1),
        st.integers(0, 15),
    ),
    min_size=1,
    max_size=40,
).map(lambda values: [Observation(on, "EUR", code, v) for (on, code), v in values.items()])


def published_in_csv(text: str = CSV) -> list[Observation]:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("eurofxref-hist.csv", text)
    return list(history_of(archive.getvalue()))


def zipped(text: str, path: Path) -> str:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("eurofxref-hist.csv", text)
    return str(path)


def given_back(path: Path) -> list[Observation]:
    driver = ECB(bundle=str(path))
    found = list(driver.table().observations())
    driver.close()
    return found


def test_a_small_history_is_given_back_with_its_digits(tmp_path: Path) -> None:
    store = tmp_path / "store"
    pack(zipped(CSV, tmp_path / "hist.zip"), str(store))
    published = published_in_csv()
    assert len(published) == 18
    assert sorted(map(str, given_back(store))) == sorted(map(str, published))


def test_the_same_history_gives_the_same_bytes(tmp_path: Path) -> None:
    head, *lines = CSV.splitlines()
    turned = "\n".join([head, *lines[::-1], ""])
    for name, text in (("one", CSV), ("two", turned)):
        pack(zipped(text, tmp_path / "hist.zip"), str(tmp_path / name))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_damaged_store_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "store").write_bytes(b"damaged")
    assert pack(zipped(CSV, tmp_path / "hist.zip"), str(tmp_path / "store")) == []
    assert len(given_back(tmp_path / "store")) == 18


def test_what_has_changed_is_said(tmp_path: Path) -> None:
    store = str(tmp_path / "store")
    assert pack(zipped(CSV, tmp_path / "hist.zip"), store) == []
    assert pack(zipped(CSV, tmp_path / "hist.zip"), store) == []
    head, *lines = CSV.replace("121.83", "121.84").replace(",290,", ",N/A,").splitlines()
    lines = ["2008-12-16,1.3654,123.1,N/A,15400,N/A,", "2008-12-17,1.4,1,N/A,1,N/A,", *lines[:-1]]
    changed = pack(zipped("\n".join([head, *lines, ""]), tmp_path / "hist.zip"), store)
    assert changed == [
        "new: 2 days, 2008-12-16 to 2008-12-17",
        "gone: 1 days, 2004-12-31 to 2004-12-31",
        "gone: TRL",
        "corrected: 2008-12-12 ISK 290 -> none",
        "corrected: 2008-12-12 JPY 121.83 -> 121.84",
    ]


@given(observations)
def test_every_observation_is_given_back(
    tmp_path_factory: pytest.TempPathFactory, published: list[Observation]
) -> None:
    store = tmp_path_factory.mktemp("store") / "store"
    store.write_bytes(packed(Grid.of(published)))
    assert sorted(map(str, given_back(store))) == sorted(map(str, published))
    assert packed(Grid.of(published[::-1])) == store.read_bytes()


@given(observations, st.dates(date(1999, 1, 1), date(2020, 1, 1)), st.integers(0, 4000))
def test_it_answers_as_a_table_of_the_same_observations_does(
    tmp_path_factory: pytest.TempPathFactory, published: list[Observation], on: date, gap: int
) -> None:
    store = tmp_path_factory.mktemp("store") / "store"
    store.write_bytes(packed(Grid.of(published)))
    driver = ECB(bundle=str(store))
    plain = forexhooks.RateTable(published, driver="ecb", profile=ECB.profile)
    for pair in (("EUR", "USD"), ("JPY", "EUR"), ("USD", "XAU"), ("ISK", "JPY")):
        answers = []
        for table in (driver.table(), plain):
            try:
                answers.append(str(table.get_rate(*pair, on, gap)))
            except forexhooks.ForexError as error:
                answers.append(str(error))
        assert answers[0] == answers[1]
    driver.close()


@pytest.mark.parametrize(
    ("observation", "says"),
    [
        (Observation(date(2020, 1, 2), "USD", "EUR", Decimal(1)), "the base must be EUR"),
        (Observation(date(2020, 1, 2), "EUR", "USD", Decimal(0)), "value 0"),
        (Observation(date(2020, 1, 2), "EUR", "USD", Decimal(-1)), "value -1"),
        (Observation(date(2020, 1, 2), "EUR", "USD", Decimal("NaN")), "value NaN"),
        (Observation(date(2020, 1, 2), "EUR", "USD", Decimal(2**28)), "value 268435456"),
        (Observation(date(2020, 1, 2), "EUR", "USD", Decimal("1e-16")), "decimal places"),
        (Observation(date(2020, 1, 2), "EUR", "USD", Decimal("1e3")), "decimal places"),
        (Observation(date(2020, 1, 2), "EUR", "USD", Decimal("Infinity")), "value Infinity"),
        (Observation(date(2020, 1, 2), "EUR", "DOGES", Decimal(1)), "DOGES"),
    ],
)
def test_what_it_cannot_keep_exactly_is_refused(observation: Observation, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        packed(Grid.of([observation]))


def test_two_values_of_one_day_are_refused() -> None:
    day = date(2020, 1, 2)
    with pytest.raises(ValueError, match="USD"):
        packed(Grid.of([Observation(day, "EUR", "USD", Decimal(value)) for value in (1, 2)]))


def test_days_too_far_apart_are_refused() -> None:
    days = (date(2020, 1, 2), date(2300, 1, 2))
    with pytest.raises(ValueError, match="day"):
        packed(Grid.of([Observation(day, "EUR", "USD", Decimal(1)) for day in days]))


def test_a_store_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no observations"):
        packed(Grid.of([]))


def test_damage_is_noticed_and_named(tmp_path: Path) -> None:
    whole = packed(Grid.of(published_in_csv()))
    store = tmp_path / "eurofxref.store"
    damaged = {"empty": b"", "five bytes": whole[:5], "another file": b"PK\3\4" + whole[4:]}
    damaged |= {f"cut at {size}": whole[:size] for size in range(8, len(whole), 7)}
    damaged |= {
        f"bit of byte {at}": whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
        for at in range(len(whole))
    }
    for how, content in damaged.items():
        store.write_bytes(content)
        manager = forexhooks.ForexManager()
        manager.register(ECB(bundle=str(store)))
        fx = forexhooks.open("ecb", manager=manager)
        with pytest.raises(forexhooks.MalformedResponseError) as noticed:
            fx.get_rate("USD", "JPY", on=date(2008, 12, 12))
        assert str(store) in str(noticed.value), how
        assert noticed.value.driver == "ecb"
    store.write_bytes(whole)
    assert fx.get_rate("EUR", "ISK", on=date(2008, 12, 14)).value == 290


def test_a_missing_store_is_named(tmp_path: Path) -> None:
    driver = ECB(bundle=str(tmp_path / "nowhere"))  # nothing is read before the first question
    with pytest.raises(forexhooks.MalformedResponseError, match=r"nowhere.*install") as missing:
        driver.table()
    assert missing.value.driver == "ecb"


def test_a_closed_driver_reads_the_store_again(tmp_path: Path) -> None:
    store = tmp_path / "store"
    store.write_bytes(packed(Grid.of(published_in_csv())))
    driver, day = ECB(bundle=str(store)), date(2008, 12, 12)
    driver.close()  # never opened: nothing to do
    table = driver.table()
    assert driver.table() is table
    driver.close()
    driver.close()
    store.write_bytes(packed(Grid.of([Observation(day, "EUR", "USD", Decimal("1.5"))])))
    assert driver.table().get_rate("EUR", "USD", day).value == Decimal("1.5")
    assert table.get_rate("EUR", "USD", day).value == Decimal("1.334")
    driver.close()


WHOLE = packed(Grid.of(published_in_csv()))
PAIRS = list(permutations(["EUR", "USD", "JPY", "ISK", "IDR", "TRL"], 2))
RESEALED = st.lists(
    st.tuples(st.integers(12, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=8
)


def sealed(content: bytearray) -> bytes:
    """With the right checksum of whatever it is."""
    content[8:12] = zlib.crc32(content[12:]).to_bytes(4, "little")
    return bytes(content)


@pytest.mark.filterwarnings("ignore::forexhooks.StaleRateWarning")
@given(RESEALED, st.dates(date(1998, 1, 1), date(2030, 1, 1)), st.integers(0, 9999))
def test_a_store_with_a_right_checksum_over_nonsense(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]], on: date, gap: int
) -> None:
    """Every question comes to its end, with an answer not from the future or an error of ours."""
    content = bytearray(WHOLE)
    for at, byte in changes:
        content[at] = byte
    store = tmp_path_factory.mktemp("store") / "store"
    store.write_bytes(sealed(content))
    try:
        opened = Store(str(store), "ecb", ECB.profile)
    except forexhooks.MalformedResponseError:
        return
    day = on.toordinal()
    for column in opened.columns.values():
        newest = column.newest(day, day - gap)
        assert newest is None or day - gap <= newest <= day
        assert all(day - gap <= each <= day for each in column.days(day - gap, day))
        column.scaled(1, date.max.toordinal())
    with forexhooks.ForexManager() as manager:
        manager.register(ECB(bundle=str(store)))
        fx = forexhooks.open("ecb", manager=manager)
        for base, quote in PAIRS:
            with suppress(forexhooks.ForexError):
                assert fx.get_rate(base, quote, on, max_gap=gap).on <= on


CROSS = """
import sys
from datetime import date
from forexhooks import RateUnavailableError
from forexhooks_ecb import ECB
try:
    print(ECB(bundle=sys.argv[1]).table().get_rate("USD", "JPY", date(2020, 1, 2)))
except RateUnavailableError as error:
    print(type(error).__name__)
"""


def test_a_store_whose_index_points_ahead(tmp_path: Path) -> None:
    """Each currency would say that its newest day is one after the other's, and so on for ever."""
    observed = [("USD", 1), ("JPY", 2), ("USD", 3), ("JPY", 4)]
    grid = Grid.of(
        Observation(date(2020, 1, day), "EUR", code, Decimal(2)) for code, day in observed
    )
    content = bytearray(packed(grid))
    after_columns = 28 + 2 * 8
    content[after_columns : after_columns + 8] = struct.pack("<4H", 0, 2, 1, 3)
    store = tmp_path / "store"
    store.write_bytes(sealed(content))
    command = [sys.executable, "-c", CROSS, str(store)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=CHILD_LIMIT, check=False)
    assert (done.stdout, done.stderr) == ("RateUnavailableError\n", "")


def test_the_bundle_is_packed_from_its_own_observations() -> None:
    table = ECB().table()
    assert packed(Grid.of(table.observations())) == Path(BUNDLE).read_bytes()
    assert table.newest is not None and table.newest - date(1999, 1, 4) > timedelta(10_000)


def test_a_history_that_is_cut_off_is_refused_or_right_as_far_as_it_goes() -> None:
    whole, refused = published_in_csv(), 0
    for size in range(len(CSV)):
        try:
            found = published_in_csv(CSV[:size])
        except ValueError:
            refused += 1
            continue
        assert CSV[size - 1] == "\n"
        assert found == whole[: len(found)]
    assert refused == len(CSV) - 4  # it is whole after each line with values, but for the last


def test_packing_without_a_place_to_write_to_leaves_the_bundle_alone(tmp_path: Path) -> None:
    before = Path(BUNDLE).read_bytes()
    command = [sys.executable, "-m", "forexhooks_ecb.pack", zipped(CSV, tmp_path / "hist.zip")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=CHILD_LIMIT, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1].endswith("error: the following arguments are required: OUT")
    assert Path(BUNDLE).read_bytes() == before


def test_packing_from_the_command_line(tmp_path: Path) -> None:
    source, store = zipped(CSV, tmp_path / "hist.zip"), tmp_path / "store"
    command = [sys.executable, "-m", "forexhooks_ecb.pack", source, str(store)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=CHILD_LIMIT, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert store.read_bytes() == packed(Grid.of(published_in_csv()))
