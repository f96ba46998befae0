"""Reads what any provider posted: never an error, never for long."""

import hashlib
from collections.abc import Callable, Mapping

from newsletter.model.returns import Posted, Report, ReportKind
from newsletter.returns.providers.brevo import NAME as BREVO
from newsletter.returns.providers.brevo import read_brevo
from newsletter.returns.providers.mailgun import NAME as MAILGUN
from newsletter.returns.providers.mailgun import read_mailgun
from newsletter.returns.providers.postmark import NAME as POSTMARK
from newsletter.returns.providers.postmark import read_postmark
from newsletter.returns.providers.sendgrid import NAME as SENDGRID
from newsletter.returns.providers.sendgrid import read_sendgrid
from newsletter.returns.providers.ses import NAME as SES
from newsletter.returns.providers.ses import read_ses
from newsletter.returns.providers.shapes import NotRead

_READERS: Mapping[str, Callable[[bytes], list[Posted]]] = {
    SES: read_ses,
    MAILGUN: read_mailgun,
    POSTMARK: read_postmark,
    SENDGRID: read_sendgrid,
    BREVO: read_brevo,
}
PROVIDERS = tuple(_READERS)
"""Whose posts are understood."""


def read_posted(provider: str, raw: bytes) -> list[Posted]:
    """Return the events in what `provider` posted; what cannot be read is one that says so."""
    try:
        found = _READERS[provider](raw)
    except NotRead as fault:
        found = []
        why = f"{provider}: what was posted {fault}"
    else:
        why = f"{provider}: what was posted holds no event"
    return found or [
        Posted(
            report=Report(kind=ReportKind.OTHER, reporter=provider, evidence=why[:200]),
            event_id=f"{provider}:{hashlib.sha256(raw).hexdigest()[:40]}",
        )
    ]
