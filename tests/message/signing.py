"""An office that signs, and dkimpy as the first of three who verify what it signed."""

from functools import cache

import dkim

from newsletter.message.compile import CompiledMessage, compile_message
from newsletter.message.dkim import Signer
from newsletter.message.dkimkeys import KeyKind, make_key, read_key
from newsletter.model.rendering import Rendering
from tests.message import samples

DOMAIN = "example.org"
MOMENT = 1_790_000_000


@cache
def pem(kind: KeyKind) -> bytes:
    """Return a key, the same in the whole run."""
    return make_key(kind).encode()


@cache
def signer(*kinds: KeyKind) -> Signer:
    """Return a Signer with a key of each of `kinds`; with none named, with both."""
    keys = tuple(read_key(pem(kind), kind, f"test-{kind}") for kind in kinds or KeyKind)
    return Signer(domain=DOMAIN, keys=keys, clock=lambda: MOMENT)


def signed(rendering: Rendering, by: Signer | None = None) -> CompiledMessage:
    """Return a mail that is signed with both keys, or by `by`."""
    return compile_message(rendering, samples.head(), by or signer())


def answer(name: bytes, timeout: int = 5) -> bytes | None:
    """Answer as the DNS of the office does."""
    known = {record.name: record.value for record in signer().records}
    found = known.get(name.decode().rstrip("."))
    return found.encode() if found else None


def verdicts(mail: bytes) -> list[bool]:
    """Return what dkimpy says of each signature of a mail, the first one first."""
    checked = dkim.DKIM(mail)
    count = sum(name.lower() == b"dkim-signature" for name, _ in checked.headers)
    return [verify(mail, number) for number in range(count)]


def verify(mail: bytes, number: int) -> bool:
    """Return what dkimpy says of one signature; one that it cannot even read does not hold."""
    try:
        return bool(dkim.DKIM(mail).verify(idx=number, dnsfunc=answer))
    except dkim.DKIMException:
        return False
