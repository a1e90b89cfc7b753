"""What each engine of lazy frames wants to be told its own way: small tables, and order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np

from forexhooks.errors import ColumnError

if TYPE_CHECKING:
    from forexhooks.frames.arrays import Array

_ROW = "__forexhooks_row"


class Engine:
    """An engine of lazy frames: how it takes a table in, and how it keeps the rows in order."""

    def collected(self, frame: nw.LazyFrame[Any]) -> nw.DataFrame[Any]:
        """The frame, computed."""
        return frame.collect()

    def with_day(
        self, frame: nw.LazyFrame[Any], column: str, name: str, zone: str | None
    ) -> nw.LazyFrame[Any]:
        """The frame with the days of its moments: as they are written, or those of a zone."""
        moment = nw.col(column)
        if zone is not None:
            moment = moment.dt.convert_time_zone(zone).dt.replace_time_zone(None)
        return frame.with_columns(moment.dt.date().alias(name))

    def checked(
        self, frame: nw.LazyFrame[Any], name: str, condition: str, message: str
    ) -> nw.LazyFrame[Any]:
        """The frame, failing with this message where a column of conditions is true."""
        raise NotImplementedError

    def joined(
        self, frame: nw.LazyFrame[Any], keys: nw.DataFrame[Any], values: dict[str, Array]
    ) -> nw.LazyFrame[Any]:
        """The frame with the values of each row's keys; without keys, with the only ones."""
        if not keys.columns:
            constants = {name: float(column[0]) for name, column in values.items()}
            return frame.with_columns(
                nw.lit(None if np.isnan(value) else value, nw.Float64).alias(name)
                for name, value in constants.items()
            )
        native = self._joined(frame.to_native(), keys, values)
        result: nw.LazyFrame[Any] = nw.from_native(native)
        return result

    def _joined(self, frame: Any, keys: nw.DataFrame[Any], values: dict[str, Array]) -> Any:
        raise NotImplementedError

    def finished(self, frame: nw.LazyFrame[Any], columns: list[str]) -> Any:
        """The native frame of these columns, its rows in the order they came in."""
        return frame.select(columns).to_native()


class _DuckDB(Engine):
    def with_day(
        self, frame: nw.LazyFrame[Any], column: str, name: str, zone: str | None
    ) -> nw.LazyFrame[Any]:
        moment = _quoted(column)
        if zone is not None:
            moment = f"({moment} at time zone '{zone.replace(chr(39), '')}')"
        native = frame.to_native().project(f"*, {moment}::date as {name}")
        result: nw.LazyFrame[Any] = nw.from_native(native)
        return result

    def checked(
        self, frame: nw.LazyFrame[Any], name: str, condition: str, message: str
    ) -> nw.LazyFrame[Any]:
        said = message.replace("'", "''")
        failing = f"case when {condition} then error('{said}') else {_quoted(name)} end"
        native = frame.to_native().project(f"* replace ({failing} as {_quoted(name)})")
        result: nw.LazyFrame[Any] = nw.from_native(native)
        return result

    def _joined(self, frame: Any, keys: nw.DataFrame[Any], values: dict[str, Array]) -> Any:
        forexhooks_rates = _table(keys, values)  # noqa: F841 - the query below reads it by its name
        using = ", ".join(map(_quoted, keys.columns))
        added = ", ".join(f"rates.{_quoted(name)}" for name in values)
        # A join keeps no order, and this window does.
        return frame.query(
            "forexhooks_rows",
            f"select numbered.*, {added} from "  # noqa: S608 # nosec B608 - quoted names
            f"(select *, row_number() over () as {_ROW} from forexhooks_rows) numbered "
            f"left join forexhooks_rates rates using ({using})",
        )

    def finished(self, frame: nw.LazyFrame[Any], columns: list[str]) -> Any:
        native = frame.to_native()
        if _ROW in frame.columns:
            native = native.order(_ROW)
        return native.project(", ".join(map(_quoted, columns)))


class _Spark(Engine):
    """Rows of Spark have no order, so that there is none to keep."""

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

    def checked(
        self, frame: nw.LazyFrame[Any], name: str, condition: str, message: str
    ) -> nw.LazyFrame[Any]:
        from pyspark.sql import functions

        failing = functions.raise_error(functions.lit(message)).cast("double")
        value = functions.when(functions.col(condition), failing).otherwise(functions.col(name))
        result: nw.LazyFrame[Any] = nw.from_native(frame.to_native().withColumn(name, value))
        return result

    def _joined(self, frame: Any, keys: nw.DataFrame[Any], values: dict[str, Array]) -> Any:
        from pyspark.sql import functions
        from pyspark.sql.types import DoubleType, StructField, StructType

        kinds = [field for name in keys.columns for field in frame.schema if field.name == name]
        kinds += [StructField(name, DoubleType()) for name in values]
        session, content = frame.sparkSession, _table(keys, values)
        try:  # with no Python on the workers, from Spark 4 on
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
    """The engine of a lazy frame. Raises `ColumnError` for one that is not known."""
    try:
        return _ENGINES[frame.implementation]
    except KeyError:
        raise ColumnError(
            f"lazy frames of {frame.implementation} are not known: collect it, or give one of "
            "polars, DuckDB, dask or PySpark"
        ) from None


def _table(keys: nw.DataFrame[Any], values: dict[str, Array]) -> Any:
    import pyarrow as pa

    table = keys.to_arrow()
    for name, column in values.items():
        table = table.append_column(name, pa.array(column, mask=np.isnan(column)))
    return table


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
