"""Who may post what comes back: the seals of the providers that newsletter.yaml names.

`cryptography` and what fetches are imported where they are used, for they are slow to import and
most offices do without.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.config import RETURNS_KEYS, Config
from newsletter.errors import WrongUsage
from newsletter.keyfiles import read_private
from newsletter.model.webhooks import Webhooks
from newsletter.returns.postbox import Postbox
from newsletter.returns.spool import Spool

if TYPE_CHECKING:
    from newsletter.returns.providers.seals import Seal
    from newsletter.signatures import Verifier

_LEAST = 16
"""Letters that a secret has to have: shorter ones can be guessed."""


def postbox(config: Config, webhooks: Webhooks) -> Postbox:
    """Return what takes the posts of the providers that are named.

    Raises WrongUsage or NewsletterError when a key is missing or cannot be used.
    """
    if webhooks == Webhooks():
        return Postbox()
    return Postbox(dict(_seals(config, webhooks)), Spool(config.state))


def _seals(config: Config, webhooks: Webhooks) -> "Iterator[tuple[str, Seal]]":
    from newsletter.returns.providers.seals import (  # noqa: PLC0415
        MailgunSeal,
        SendGridSeal,
        SharedSecret,
    )

    if webhooks.ses:
        from newsletter.returns.providers.sns import SnsSeal  # noqa: PLC0415

        yield "ses", SnsSeal(webhooks.ses.topics, _visit)
    if webhooks.mailgun:
        yield "mailgun", MailgunSeal(_secrets(config, "mailgun", webhooks.mailgun.key_file))
    if webhooks.postmark:
        secrets = _secrets(config, "postmark", webhooks.postmark.secret_file)
        yield "postmark", SharedSecret(secrets)
    if webhooks.brevo:
        yield "brevo", SharedSecret(_secrets(config, "brevo", webhooks.brevo.secret_file))
    if webhooks.sendgrid:
        yield "sendgrid", SendGridSeal(_sendgrid_key(webhooks.sendgrid.public_key))


def _sendgrid_key(public_key: str) -> "Verifier":
    from newsletter.signatures import ecdsa_verifier  # noqa: PLC0415

    try:
        return ecdsa_verifier(public_key)
    except ValueError as fault:
        raise WrongUsage(
            f"newsletter.yaml: `returns`, `webhooks`, `sendgrid`: the key {fault}",
            "copy it whole from SendGrid, without BEGIN and END",
        ) from None


def _secrets(config: Config, provider: str, file: str | None) -> list[str]:
    """Return the secrets of a provider: those of the environment, or else those of the file."""
    variable = RETURNS_KEYS[provider]
    if given := config.returns_keys.get(provider):
        return _long_enough(variable, [given.strip()])
    key = "key_file" if provider == "mailgun" else "secret_file"
    where = f"newsletter.yaml: `returns`, `webhooks`, `{provider}`"
    if not file:
        raise WrongUsage(
            f"{where}: there is no secret by which {provider} is known",
            f"name a file with it (`{key}`), or set {variable}",
        )
    path = config.root / Path(file).expanduser()
    raw = read_private(path, f"mend `{key}` in newsletter.yaml, or write the secret into the file")
    try:
        lines = raw.decode().split("\n")
    except UnicodeDecodeError:
        raise WrongUsage(f"{path}: is not text in UTF-8", "write the secret into it") from None
    return _long_enough(str(path), [each.strip() for each in lines if each.strip()])


def _long_enough(source: str, secrets: list[str]) -> list[str]:
    if not secrets or min(map(len, secrets)) < _LEAST:
        raise WrongUsage(
            f"{source}: a secret has to have at least {_LEAST} letters",
            "make one with: openssl rand -hex 24",
        )
    return secrets


def _visit(url: str) -> bytes:
    from newsletter.fetch import FetchFailed, FetchLimits, fetch  # noqa: PLC0415

    # SNS waits 15 seconds for an answer.
    limits = FetchLimits(size=100_000, seconds=8, connect=4, redirects=0)
    found = fetch(url, limits=limits)
    if not found.ok:
        raise FetchFailed(url, f"answers {found.status}")
    return found.data
