"""Files of amounts, converted piece by piece in bounded memory. Needs the extra `files`.

A format reads a file in `Batch`es and writes what became of them, other columns untouched:
`csvs.py` (with `headers.py` and `scanning.py`), `ndjson.py`, `parquet.py`. `number_format.py` makes
amounts such as programs write them, and `frames` reads them. `opening.py` opens what is read, and
`compressed.py` knows what others unpack. `job.py` runs it.
"""
