"""Files of amounts, converted piece by piece in bounded memory. Needs `frames` and pyarrow.

A format reads a file in `Batch`es and writes what became of them, other columns untouched:
`csvs.py` (with `headers.py` and `scanning.py`), `ndjson.py`, `parquet.py`. `texts.py` reads and
writes amounts as text, exactly. `packing.py` knows what others unpack. `job.py` runs it.
"""
