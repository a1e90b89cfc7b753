"""How engines of lazy frames differ: in how they take small tables, and in row order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np

from forexhooks.errors import ColumnError
from forexhooks.frames.lazy.keys import COUNT, LARGEST, LARGEST_AMOUNT, WRONG, occurring

if TYPE_CHECKING:
    from forexhooks.frames.arrays import Array

_ROW = "__forexhooks_row"

Step = dict[str, str]
"""New columns: their names, and SQL for each."""


class Engine:
    """An engine of lazy frames: how it takes a table, and how it keeps rows in order."""

    def collected(self, frame: nw.LazyFrame[Any]) -> nw.DataFrame[Any]:
        """The frame, computed."""
        return frame.collect()

    def occurring(
        self, frame: nw.LazyFrame[Any], keys: list[str], amount: str
    ) -> nw.DataFrame[Any]:
        """The keys that occur, as `occurring` in `keys.py` returns them."""
        return self.collected(occurring(frame, keys, nw.col(amount).cast(nw.Float64)))

    def with_day(
        self, frame: nw.LazyFrame[Any], column: str, name: str, zone: str | None
    ) -> nw.LazyFrame[Any]:
        """The frame with the days of its moments: as written, or in a time zone."""
        moment = nw.col(column)
        if zone is not None:
            moment = moment.dt.convert_time_zone(zone).dt.replace_time_zone(None)
        return frame.with_columns(moment.dt.date().alias(name))

    def quoted(self, name: str) -> str:
        """The name of a column in SQL."""
        raise NotImplementedError

    def failing(self, message: str) -> str:
        """SQL, of type double, that fails with this message when it is computed."""
        raise NotImplementedError

    def nearest(self, value: str) -> str:
        """SQL for the nearest double without places; at a midpoint, either."""
        raise NotImplementedError

    def whole(self, value: str) -> str:
        """SQL for a double without places as an integer of at least 38 digits."""
        raise NotImplementedError

    def computed(
        self,
        frame: Any,
        keys: nw.DataFrame[Any],
        values: dict[str, Array],
        steps: list[Step],
        columns: dict[str, str],
    ) -> Any:
        """A native frame with these columns, its rows in their original order.

        Each row first gets the `values` of its keys (without keys, the only ones), and then one
        step after the other.
        """
        raise NotImplementedError


class _DuckDB(Engine):
    def occurring(
        self, frame: nw.LazyFrame[Any], keys: list[str], amount: str
    ) -> nw.DataFrame[Any]:
        # In one query: making a relation from another costs time, more with each one.
        size = f"abs(cast({self.quoted(amount)} as double))"
        found = {COUNT: f"count({self.quoted(amount)})", LARGEST: f"coalesce(max({size}), 0e0)"}
        result = self._aggregated(frame, keys, found)
        if (result[LARGEST].to_numpy() < LARGEST_AMOUNT).all():  # NaN is larger
            return result
        is_usable = f"{size} < {number(LARGEST_AMOUNT)}"
        found[WRONG] = f"count(*) filter (not {is_usable})"
        found[LARGEST] = f"coalesce(max({size}) filter ({is_usable}), 0e0)"
        return self._aggregated(frame, keys, found)

    def _aggregated(
        self, frame: nw.LazyFrame[Any], keys: list[str], found: dict[str, str]
    ) -> nw.DataFrame[Any]:
        by = ", ".join(map(self.quoted, keys))
        listed = f"{by}, {_listed(found, self)}" if by else _listed(found, self)
        table = frame.to_native().aggregate(listed, by).to_arrow_table()
        result: nw.DataFrame[Any] = nw.from_native(table, eager_only=True)
        return result

    def with_day(
        self, frame: nw.LazyFrame[Any], column: str, name: str, zone: str | None
    ) -> nw.LazyFrame[Any]:
        moment = self.quoted(column)
        if zone is not None:
            moment = f"({moment} at time zone '{zone.replace(chr(39), '')}')"
        native = frame.to_native().project(f"*, {moment}::date as {name}")
        result: nw.LazyFrame[Any] = nw.from_native(native)
        return result

    def quoted(self, name: str) -> str:
        return '"' + name.replace('"', '""') + '"'

    def failing(self, message: str) -> str:
        said = message.replace("'", "''")
        return f"error('{said}')"

    def nearest(self, value: str) -> str:
        return f"floor({value} + 0.5e0)"  # which is never -0.0, as round() may be

    def whole(self, value: str) -> str:
        return f"cast({value} as hugeint)"

    def computed(
        self,
        frame: Any,
        keys: nw.DataFrame[Any],
        values: dict[str, Array],
        steps: list[Step],
        columns: dict[str, str],
    ) -> Any:
        first, *further = steps or [{}]
        if keys.columns:
            forexhooks_rates = _table(keys, values)  # noqa: F841 - the query reads it by its name
            added = {name: f"rates.{name}" for name in values} | first
            using = ", ".join(map(self.quoted, keys.columns))
            # A join does not keep the order; this window does.
            sql = (
                f"select numbered.*, {_listed(added, self)} from "  # noqa: S608 # nosec B608
                f"(select *, row_number() over () as {_ROW} from forexhooks_rows) numbered "
                f"left join forexhooks_rates rates using ({using}) order by {_ROW}"
            )
            frame = frame.query("forexhooks_rows", sql)
        else:
            further = [_constants(values), *steps]
        # A projection is read again by each that follows; a query several times more.
        for step in further:
            frame = frame.project(f"*, {_listed(step, self)}")
        return frame.project(_listed(columns, self))


class _Spark(Engine):
    """Spark's rows have no order: there is none to keep."""

    def collected(self, frame: nw.LazyFrame[Any]) -> nw.DataFrame[Any]:
        return frame.collect(backend="pyarrow")

    def with_day(
        self, frame: nw.LazyFrame[Any], column: str, name: str, zone: str | None
    ) -> nw.LazyFrame[Any]:
        from pyspark.sql import functions

        moment = functions.col(column)
        if zone is not None:
            written = moment.cast("timestamp_ntz")
            moment = functions.convert_timezone(
                functions.current_timezone(), functions.lit(zone), written
            )
        native = frame.to_native().withColumn(name, moment.cast("date"))
        result: nw.LazyFrame[Any] = nw.from_native(native)
        return result

    def quoted(self, name: str) -> str:
        return "`" + name.replace("`", "``") + "`"

    def failing(self, message: str) -> str:
        said = message.replace("'", "\\'")
        return f"cast(raise_error('{said}') as double)"

    def nearest(self, value: str) -> str:
        return f"cast(floor({value} + 0.5e0) as double)"

    def whole(self, value: str) -> str:
        return f"cast(cast({value} as bigint) as decimal(38, 0))"

    def computed(
        self,
        frame: Any,
        keys: nw.DataFrame[Any],
        values: dict[str, Array],
        steps: list[Step],
        columns: dict[str, str],
    ) -> Any:
        if keys.columns:
            frame = self._joined(frame, keys, values)
        else:
            steps = [_constants(values), *steps]
        for step in steps:
            frame = frame.selectExpr("*", *(f"{sql} as {name}" for name, sql in step.items()))
        return frame.selectExpr(*(f"{sql} as {self.quoted(name)}" for name, sql in columns.items()))

    def _joined(self, frame: Any, keys: nw.DataFrame[Any], values: dict[str, Array]) -> Any:
        from pyspark.sql import functions
        from pyspark.sql.types import DoubleType, LongType, StructField, StructType

        kinds = [field for name in keys.columns for field in frame.schema if field.name == name]
        kinds += [
            StructField(name, LongType() if column.dtype == np.int64 else DoubleType())
            for name, column in values.items()
        ]
        session, content = frame.sparkSession, _table(keys, values)
        try:  # without Python on the workers, since Spark 4
            table = session.createDataFrame(content, StructType(kinds))
        except TypeError:
            rows = zip(*(column.to_pylist() for column in content.columns), strict=True)
            table = session.createDataFrame(list(rows), StructType(kinds))
        return frame.join(functions.broadcast(table), on=keys.columns, how="left")


_ENGINES = {
    nw.Implementation.POLARS: Engine(),
    nw.Implementation.DUCKDB: _DuckDB(),
    nw.Implementation.PYSPARK: _Spark(),
    nw.Implementation.PYSPARK_CONNECT: _Spark(),
}


def engine_of(frame: nw.LazyFrame[Any]) -> Engine:
    """The engine of a lazy frame. Raises `ColumnError` for an unknown one."""
    try:
        return _ENGINES[frame.implementation]
    except KeyError:
        raise ColumnError(
            f"lazy frames of {frame.implementation} cannot be converted: collect the frame, or "
            "give one of polars, DuckDB, dask or PySpark"
        ) from None


def _table(keys: nw.DataFrame[Any], values: dict[str, Array]) -> Any:
    import pyarrow as pa

    table = keys.to_arrow()
    for name, column in values.items():
        table = table.append_column(name, pa.array(column, mask=np.isnan(column)))
    return table


def _constants(values: dict[str, Array]) -> Step:
    return {
        name: "cast(null as double)" if np.isnan(column[0]) else _constant(column[0])
        for name, column in values.items()
    }


def _constant(value: Any) -> str:
    return number(value) if value.dtype == np.float64 else f"cast({value} as bigint)"


def _listed(columns: dict[str, str], engine: Engine) -> str:
    return ", ".join(f"{sql} as {engine.quoted(name)}" for name, sql in columns.items())


def number(value: float) -> str:
    """A double in SQL: without an exponent it would be a decimal."""
    text = repr(float(value))
    return text if "e" in text else f"{text}e0"
