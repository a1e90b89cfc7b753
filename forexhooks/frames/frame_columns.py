"""The columns of an eager frame, read with the frame's own library.

narwhals knows many more libraries. It is used for those, for types, and for rare cases: for a small
frame, the detour through it costs more than the conversion.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np

from forexhooks.errors import ColumnError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forexhooks.frames.arrays import Array

_FRAMES = {"pandas": "DataFrame", "polars": "DataFrame", "pyarrow": "Table"}


def library_of(frame: Any) -> str | None:
    """`pandas`, `polars` or `pyarrow`, if it is an eager frame of one of them."""
    for library, name in _FRAMES.items():
        module = sys.modules.get(library)
        if module is not None and isinstance(frame, getattr(module, name, ())):
            return library
    return None


def known_by(frame: Any, **options: Any) -> Any:
    """The frame, eager or lazy, as narwhals represents it.

    Raises:
        ColumnError: It is not a frame, or two of its columns have the same name.
    """
    try:
        return nw.from_native(frame, **options)
    except nw.exceptions.DuplicateError as error:
        raise ColumnError(
            f"the frame has several columns of one name: {' '.join(str(error).split())}"
        ) from error
    except TypeError as error:
        raise ColumnError(
            f"a {type(frame).__name__} cannot be converted: give a frame of pandas, polars, "
            "pyarrow, DuckDB, dask or PySpark"
        ) from error


class Column:
    """One column: `native` in its own library, `known` in narwhals."""

    def __init__(self, name: str, native: Any, library: str | None) -> None:
        self.name: str = name
        self.native: Any = native
        self.library: str | None = library

    @cached_property
    def known(self) -> nw.Series[Any]:
        """The column in narwhals."""
        return nw.from_native(self.native, series_only=True)

    @cached_property
    def dtype(self) -> Any:
        """Its type in narwhals. Raises `ColumnError` if narwhals does not know it."""
        native = self.native
        kind = native.type if self.library == "pyarrow" else native.dtype
        try:
            # For objects and categories, narwhals looks at the values.
            if self.library == "pandas" and kind.kind == "O" and kind != "str":
                return self.known.dtype
            return _dtype(self.library, kind) if self.library else self.known.dtype
        except ValueError as error:
            kind = getattr(self.native, "type", "another type")
            raise ColumnError(
                f"the column {self.name!r} is of {kind}, which is not understood ({error}): cast it"
            ) from error

    @property
    def is_pandas_like(self) -> bool:
        """Whether NaN means missing."""
        return self.library == "pandas" or (
            self.library is None and self.known.implementation.is_pandas_like()
        )

    @property
    def has_nulls(self) -> bool:
        """Whether any row is null."""
        if self.library == "pyarrow":
            return bool(self.native.null_count)
        return bool((self.native if self.library == "polars" else self.known).null_count())

    def to_numpy(self) -> Array:
        """Its values as a numpy array, without a copy if possible."""
        native: Any = self.native
        if self.library == "pandas" and isinstance(native.dtype, np.dtype):
            return native.values  # type: ignore[no-any-return]
        if self.library == "pyarrow" and native.num_chunks == 1:
            native = native.chunk(0)
            return native.to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]
        if self.library in ("pyarrow", "polars"):
            return native.to_numpy()  # type: ignore[no-any-return]
        return self.known.to_numpy()  # narwhals knows the nulls of pandas' own types


@lru_cache(256)
def _dtype(library: str, kind: Any) -> Any:
    """The type of columns of this kind, in narwhals' terms."""
    module = sys.modules[library]
    if library == "pyarrow":
        empty = module.chunked_array([], kind)
    else:
        empty = module.Series([], dtype=kind)
    return nw.from_native(empty, series_only=True).dtype


class FrameColumns(Mapping[str, Any]):
    """The columns of an eager frame and their types, each looked up once, when needed.

    Raises:
        ColumnError: It is not an eager frame, two columns have the same name, or narwhals does not
            know a type.
    """

    def __init__(self, frame: Any) -> None:
        self.library: str | None = library_of(frame)
        if self.library is None:
            frame = known_by(frame, eager_only=True).to_native()
            self.library = library_of(frame)
        self.native: Any = frame
        """The frame itself."""
        columns: Any = frame.column_names if self.library == "pyarrow" else frame.columns
        self._names = list(columns)
        self._known: dict[str, Column] = {}
        if len(set(self._names)) < len(self._names):
            known_by(frame)  # raises the error

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.native)

    def column(self, name: str) -> Column:
        """The column itself."""
        found = self._known.get(name)
        if found is None:
            native = self.native
            column = native.get_column(name) if self.library == "polars" else native[name]
            found = self._known[name] = Column(name, column, self.library)
        return found

    def __getitem__(self, name: str) -> Any:
        return self.column(name).dtype

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
