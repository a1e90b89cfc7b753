"""Bodies: read within their bounds, and unpacked."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from urllib3.exceptions import DecodeError

from forexhooks.http.request import TooLargeError

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

    from forexhooks.http.request import Attempt

_GZIP = 16 + zlib.MAX_WBITS
_CHUNK = 16 * 1024


def read_body(response: requests.Response, attempt: Attempt) -> None:
    """Read the body of a response, as requests does, but within the bounds of the attempt."""
    raw = response.raw
    length = response.headers.get("Content-Length", "")
    total = int(length) if length.isdigit() and "Content-Encoding" not in response.headers else None
    body = bytearray()
    try:
        unpack = _unpacking(response.headers.get("Content-Encoding", ""), attempt.most_bytes)
        while chunk := raw.read(_CHUNK, decode_content=False):
            body += unpack(chunk)
            if len(body) > attempt.most_bytes:
                raise TooLargeError
            if attempt.progress is not None and response.status_code == 200:
                attempt.progress(len(body), total)
            attempt.remaining()
        attempt.remaining()  # a connection that was cut ends like one without a length
        unpack(b"")
    except BaseException:
        raw.close()  # what is still to come would be read as the next answer
        raise
    attempt.uses(None)
    raw.release_conn()
    # As requests itself leaves a response whose content was read.
    response._content = bytes(body)  # noqa: SLF001
    response._content_consumed = True  # type: ignore[attr-defined]  # noqa: SLF001


def _unpacking(encoding: str, most_bytes: int) -> Callable[[bytes], bytes]:
    """What unpacks a body piece by piece, and (given nothing) sees to it that its end was there.

    urllib3 takes what was cut off for the whole of it.
    """
    if encoding.strip().lower() in ("", "identity"):
        return bytes
    if encoding.strip().lower() not in ("gzip", "x-gzip"):
        raise DecodeError(f"it is packed as {encoding!r}")
    unpacker = zlib.decompressobj(_GZIP)

    def unpack(chunk: bytes) -> bytes:
        nonlocal unpacker
        unpacked = b""
        if not chunk and not unpacker.eof:
            raise DecodeError("it is cut off")
        try:
            while chunk and len(unpacked) <= most_bytes:
                if unpacker.eof:  # one more member
                    unpacker = zlib.decompressobj(_GZIP)
                unpacked += unpacker.decompress(chunk, most_bytes + 1)
                chunk = unpacker.unconsumed_tail or unpacker.unused_data
        except zlib.error as error:
            raise DecodeError(str(error)) from error
        return unpacked

    return unpack
