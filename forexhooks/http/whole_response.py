"""Whole responses: bodies that are read within their limits, without keys."""

from __future__ import annotations

import io
import zlib
from typing import TYPE_CHECKING, Any

from urllib3 import HTTPHeaderDict, HTTPResponse
from urllib3.exceptions import DecodeError, ProtocolError

from forexhooks.http.request import CutShortError, TooLargeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from forexhooks.http.request import Attempt

_GZIP = 16 + zlib.MAX_WBITS
_CHUNK = 16 * 1024
_OF_THE_WAY = ("content-encoding", "content-length", "transfer-encoding")  # of the transfer
_NOBODY_SENDS_BACK = ("set-cookie", "set-cookie2")


def whole_response(raw: Any, attempt: Attempt) -> HTTPResponse:
    """Read a response of urllib3, and return one that has the whole body, without keys."""
    headers = HTTPHeaderDict()
    for name, value in raw.headers.items():
        if name.lower() not in (*_OF_THE_WAY, *_NOBODY_SENDS_BACK):
            headers.add(name, attempt.keys.concealed(value))
    return HTTPResponse(
        io.BytesIO(attempt.keys.concealed_in(_body(raw, attempt))),
        headers,
        raw.status,
        version=raw.version,
        reason=attempt.keys.concealed(raw.reason or ""),
        preload_content=False,
    )


def _body(raw: Any, attempt: Attempt) -> bytes:
    """The body, decompressed, within the limits of the attempt."""
    length = raw.headers.get("Content-Length", "")
    encoding = attempt.keys.concealed(raw.headers.get("Content-Encoding", ""))
    total = int(length) if length.isdigit() and not encoding else None
    body = bytearray()
    try:
        unpack = _unpacking(encoding, attempt.most_bytes)
        while chunk := raw.read(_CHUNK, decode_content=False):
            body += unpack(chunk)
            if len(body) > attempt.most_bytes:
                raise TooLargeError
            if attempt.progress is not None and raw.status == 200:
                attempt.progress(len(body), total)
            attempt.remaining()
        attempt.remaining()  # a cut connection looks like the end of a body without a length
        unpack(b"")
    except BaseException as error:
        raw.close()  # the rest would be read as the next response
        if isinstance(error, ProtocolError):
            raise CutShortError(str(error)) from error
        raise
    attempt.uses(None)
    return bytes(body)


def _unpacking(encoding: str, most_bytes: int) -> Callable[[bytes], bytes]:
    """A function that decompresses a body piece by piece; given nothing, it checks for its end.

    urllib3 takes a truncated body for a complete one.
    """
    if encoding.strip().lower() in ("", "identity"):
        return bytes
    if encoding.strip().lower() not in ("gzip", "x-gzip"):
        raise DecodeError(f"it is compressed as {encoding!r}")
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
