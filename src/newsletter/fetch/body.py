"""Bodies, unpacked and measured as they come, so that a bomb is thrown away while it is small."""

import zlib
from collections.abc import Iterable, Iterator

_PIECE = 1 << 20
_GZIP = 16 + zlib.MAX_WBITS


class BadBody(ValueError):
    """A body that is too big or cannot be unpacked; `refused` tells whether it is too big."""

    def __init__(self, why: str, *, refused: bool = False) -> None:
        self.refused = refused
        super().__init__(why)


def read_body(chunks: Iterable[bytes], encoding: str, limit: int) -> bytes:
    """Return the body, unpacked; raises BadBody when it has more than `limit` bytes."""
    pieces: list[bytes] = []
    size = 0
    for piece in _unpacked(_measured(chunks, limit), encoding.strip().lower()):
        size += len(piece)
        if size > limit:
            raise too_big(limit)
        pieces.append(piece)
    return b"".join(pieces)


def too_big(limit: int) -> BadBody:
    """Return the refusal of a body with more than `limit` bytes."""
    return BadBody(f"sends more than {limit / 1_000_000:g} MB", refused=True)


def _measured(chunks: Iterable[bytes], limit: int) -> Iterator[bytes]:
    """Pass chunks on; also what unpacks to nothing ends at the limit."""
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise too_big(limit)
        yield chunk


def _unpacked(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    if encoding in ("", "identity"):
        return iter(chunks)
    if encoding in ("gzip", "x-gzip"):
        return _gunzipped(chunks)
    raise BadBody(f"is packed as “{encoding[:20]}”, which was not asked for")


def _gunzipped(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Unpack piece by piece; several packed parts in a row are one body (RFC 1952 2.2)."""
    unpacker = zlib.decompressobj(_GZIP)
    try:
        for chunk in chunks:
            waiting = chunk
            while waiting:
                if unpacker.eof:
                    unpacker = zlib.decompressobj(_GZIP)
                yield unpacker.decompress(waiting, _PIECE)
                waiting = unpacker.unconsumed_tail or unpacker.unused_data
    except zlib.error:
        raise BadBody("is said to be packed as gzip and is not") from None
    if not unpacker.eof:
        raise BadBody("breaks off in the middle")
