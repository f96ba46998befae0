"""Signed tokens that a link or a return path carries: opaque, bound to one purpose, never guessed.

A token is `key id (1 octet) | purpose (1) | numbers (1 to 10 each) | MAC (16)`. Numbers are written
seven bits to an octet, for a return path has little room. The MAC is HMAC-SHA-256 cut to 128 bits
over everything before it. Old keys stay in the ring, so links of past issues work
for ever; new tokens are signed with the newest key.
"""

import base64
import binascii
import contextlib
import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from pathlib import Path

from newsletter.errors import NewsletterError
from newsletter.keyfiles import make_private

_MAC_OCTETS = 16
_BLOCK = 64  # octets that SHA-256 takes at a time
_BASE_32 = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = tuple(a + b for a in _BASE_32 for b in _BASE_32)  # base64.b32encode is half as fast


class Purpose(IntEnum):
    """What a token allows; a token for one purpose is worthless for another."""

    UNSUBSCRIBE = 1
    PREFERENCES = 2
    RETURN = 3
    CONFIRM = 4
    CHANGE = 5
    RESUBSCRIBE = 6
    FORM = 7


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Keys by their id; the highest id signs."""

    keys: dict[int, bytes]

    def sign(self, purpose: Purpose, *numbers: int) -> bytes:
        """Return the token for `numbers` (each 0 to 2**64-1) as bytes."""
        key_id = max(self.keys)
        octets = [key_id, purpose]
        for number in numbers:
            _pack(number, octets)
        head = bytes(octets)
        return head + self._mac(key_id, head)

    def verify(self, purpose: Purpose, token: bytes) -> tuple[int, ...] | None:
        """Return the numbers that `token` carries, or none when it is not ours for `purpose`."""
        head, mac = token[:-_MAC_OCTETS], token[-_MAC_OCTETS:]
        if len(head) < 2 or head[0] not in self.keys:
            return None
        if not hmac.compare_digest(mac, self._mac(head[0], head)) or head[1] != purpose:
            return None
        return _unpack(head[2:])

    def digest(self, text: str) -> str:
        """Return a keyed hash of `text` that outlives what it stands for (a suppressed Address).

        The oldest key is used, so that the hash never changes when keys are rotated.
        """
        return _hmac(self.keys[min(self.keys)], text.encode()).hex()

    def digester(self) -> Callable[[str], str]:
        """Return a function that does what `digest` does, in half the time, for long lists."""
        inner, outer = (each.copy for each in _padded(self.keys[min(self.keys)]))

        def digest(text: str) -> str:
            begun, ended = inner(), outer()
            begun.update(text.encode())
            ended.update(begun.digest())
            return ended.hexdigest()

        return digest

    @property
    def fingerprint(self) -> str:
        """A name for these keys that tells nothing about them and stays when they are rotated."""
        return self.digest("fingerprint")[:32]

    def _mac(self, key_id: int, head: bytes) -> bytes:
        return _hmac(self.keys[key_id], head)[:_MAC_OCTETS]


def _hmac(key: bytes, text: bytes) -> bytes:
    """Return HMAC-SHA-256 (RFC 2104); `hmac.digest` lets other threads in each time it is called.

    A mail needs four, and what is the same in all of them is done once.
    """
    inner, outer = _padded(key)
    begun, ended = inner.copy(), outer.copy()
    begun.update(text)
    ended.update(begun.digest())
    return ended.digest()


@lru_cache(maxsize=16)
def _padded(key: bytes) -> "tuple[hashlib._Hash, hashlib._Hash]":
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    inner, outer = (bytes(octet ^ mask for octet in block) for mask in (0x36, 0x5C))
    return hashlib.sha256(inner), hashlib.sha256(outer)


def _pack(number: int, octets: list[int]) -> None:
    """Add `number` seven bits to an octet, the lowest first; the last octet is below 128."""
    while number > 0x7F:
        octets.append(number & 0x7F | 0x80)
        number >>= 7
    octets.append(number)


def _unpack(octets: bytes) -> tuple[int, ...]:
    """Return the numbers that `_pack` wrote one after the other; the MAC says they are ours."""
    numbers: list[int] = []
    number = shift = 0
    for octet in octets:
        number |= (octet & 0x7F) << shift
        shift += 7
        if octet < 0x80:
            numbers.append(number)
            number = shift = 0
    return tuple(numbers)


def to_url(token: bytes) -> str:
    """Return `token` in the letters that need no escaping in a web address (RFC 4648 5)."""
    return base64.urlsafe_b64encode(token).decode().rstrip("=")


def from_url(text: str) -> bytes:
    """Return the token that `to_url` wrote; empty when `text` cannot be one.

    The last letter has bits that say nothing: with others than zero it is not what was written.
    """
    try:
        token = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
    return token if to_url(token) == text else b""


def to_local_part(token: bytes) -> str:
    """Return `token` in letters that survive a mail server that folds case (RFC 4648 6)."""
    count = -(-8 * len(token) // 5)
    width = 5 * (count + count % 2)
    bits = int.from_bytes(token) << width - 8 * len(token)
    return "".join([_PAIRS[bits >> place & 1023] for place in range(width - 10, -10, -10)])[:count]


def from_local_part(text: str) -> bytes:
    """Return the token that `to_local_part` wrote; empty when `text` cannot be one."""
    try:
        token = base64.b32decode(text.upper() + "=" * (-len(text) % 8))
    except (binascii.Error, ValueError):
        return b""
    return token if to_local_part(token) == text.lower() else b""


def load_key_ring(file: Path) -> KeyRing:
    """Read the keys in `file`, one `id:hex` a line.

    Raises NewsletterError when it is missing or a line is not a key.
    """
    keys: dict[int, bytes] = {}
    for number, line in enumerate(_read(file).split(), start=1):
        key_id, _, key = line.partition(":")
        try:
            keys[int(key_id)] = bytes.fromhex(key)
        except ValueError:
            keys = {}
        if not keys or len(key) < 32 or not 0 < int(key_id) < 256:
            raise NewsletterError(
                f"{file}:{number}: not a key",
                "each line is a number from 1 to 255, a colon and at least 32 hexadecimal digits; "
                "restore the file from your backup, for links in past issues need its keys",
            )
    if not keys:
        raise NewsletterError(f"{file}: holds no key", "restore it from your backup")
    return KeyRing(keys)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii", errors="replace")
    except FileNotFoundError:
        raise NewsletterError(
            f"{file}: the key file is missing",
            "restore it from your backup (links in past issues and the do-not-mail list need it)",
        ) from None
    except OSError as fault:
        raise NewsletterError(
            f"{file}: cannot be read: {fault.strerror}", "give yourself the right to read it"
        ) from None


def make_key_file(file: Path) -> None:
    """Make `file` with one new key, unless it is there.

    It is never there in part, and only its owner reads it.
    """
    if file.exists():
        return
    with contextlib.suppress(FileExistsError):  # another process was first: then its key counts
        make_private(file, f"1:{secrets.token_hex(32)}\n")
