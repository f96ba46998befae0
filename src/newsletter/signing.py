"""Who signs mails here: the keys that `dkim` names, and new ones.

`cryptography` is imported where it is used, for it is slow to import and most sends do without.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.address import parse_address
from newsletter.config import Config
from newsletter.errors import NewsletterError, WrongUsage
from newsletter.keyfiles import make_private, read_private
from newsletter.message.dkim import Signer, SigningKey
from newsletter.model.settings import Settings

if TYPE_CHECKING:
    from newsletter.message.dkimkeys import KeyKind


def signing_domain(settings: Settings) -> str:
    """Return the domain that vouches for mails: the one set, or that of the sender's address."""
    named = settings.dkim.domain if settings.dkim else None
    return named or parse_address(settings.sender.address).domain


def signer(config: Config, settings: Settings) -> Signer | None:
    """Return who signs mails here; none when that is left to the relay.

    Raises NewsletterError when a key cannot be used.
    """
    dkim = settings.dkim
    if dkim is None:
        return None
    from newsletter.message.dkimkeys import KeyKind  # noqa: PLC0415

    keys = [_signing_key(config, dkim.key_file, KeyKind.RSA, dkim.selector)]
    if second := dkim.ed25519:
        keys.append(_signing_key(config, second.key_file, KeyKind.ED25519, second.selector))
    return Signer(domain=signing_domain(settings), keys=tuple(keys))


def make_signing_key(file: Path, kind: "KeyKind", selector: str) -> SigningKey:
    """Make a key in `file` and return it; raises WrongUsage when there is a file already."""
    from newsletter.message.dkimkeys import make_key, read_key  # noqa: PLC0415

    pem = make_key(kind)
    try:
        make_private(file, pem)
    except FileExistsError:
        raise WrongUsage(
            f"{file} is there already, and a key is never made over another",
            "choose another SELECTOR: a new key needs a name of its own in the DNS",
        ) from None
    return read_key(pem.encode(), kind, selector)


def _signing_key(config: Config, name: str, kind: "KeyKind", selector: str) -> SigningKey:
    from newsletter.message.dkimkeys import read_key  # noqa: PLC0415

    file = config.root / Path(name).expanduser()
    make_one = f"newsletter dkim new-key SELECTOR{' --ed25519' if kind == 'ed25519' else ''}"
    pem = read_private(
        file, f"mend `key_file` in newsletter.yaml, restore it from your backup, or {make_one}"
    )
    try:
        return read_key(pem, kind, selector)
    except ValueError as fault:
        raise NewsletterError(
            f"{file}: {fault}", f"name another file in newsletter.yaml, or make one: {make_one}"
        ) from None
