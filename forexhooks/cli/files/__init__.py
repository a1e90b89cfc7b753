"""Converts files of amounts piece by piece, in bounded memory. Needs the extra `files`.

A format reads a file in `Batch`es and writes the results; other columns stay unchanged: `csvs.py`
(with `headers.py` and `scanning.py`), `ndjson.py`, `parquet.py`. `number_format.py` rewrites
amounts as programs write them, for `frames` to read. `open_file.py` opens the input,
`compressed.py` recognizes compressed files, and `job.py` runs it all.
"""
