"""Providers that post what comes back, in `newsletter.yaml`: `returns: webhooks:`.

Every field has its meaning beside it; the reference in `docs/` is generated from here.
"""

from typing import Annotated

from pydantic import AfterValidator, Field

from newsletter.model.written import Line, Written, refuse

_ARN = r"^arn:aws(-cn|-us-gov)?:sns:[a-z0-9-]{3,40}:[0-9]{12}:[A-Za-z0-9_-]{1,256}$"
_LEAST_OF_A_KEY = 80  # letters of base64: an ECDSA key on the smallest curve has more


def _public_key(text: str) -> str:
    key = "".join(text.split())
    if len(key) < _LEAST_OF_A_KEY or "-" in key:
        raise refuse(
            "is not the key that SendGrid shows",
            "copy it whole from Settings, Mail Settings, Event Webhook, without BEGIN and END",
        )
    return key


Topic = Annotated[str, Field(pattern=_ARN)]
_OF_A_FILE = "outside version control, readable by its owner alone; each line is one that holds."


class SesWebhook(Written):
    """Amazon SES, which publishes by Amazon SNS."""

    topics: tuple[Topic, ...] = Field(
        min_length=1,
        description="Topics of SNS (arn:aws:sns:REGION:ACCOUNT:NAME) that are ours; nothing of "
        "another one is taken.",
    )


class MailgunWebhook(Written):
    """Mailgun."""

    key_file: Line | None = Field(
        None,
        description=f"File with the HTTP webhook signing key, {_OF_A_FILE} "
        "NEWSLETTER_RETURNS_MAILGUN_KEY goes over it.",
    )


class PostmarkWebhook(Written):
    """Postmark, which signs nothing: it shows a password."""

    secret_file: Line | None = Field(
        None,
        description=f"File with the password of the webhook, {_OF_A_FILE} "
        "NEWSLETTER_RETURNS_POSTMARK_KEY goes over it.",
    )


class SendGridWebhook(Written):
    """SendGrid."""

    public_key: Annotated[Line, AfterValidator(_public_key)] = Field(
        description="Public key of the signed event webhook, as SendGrid shows it; no secret."
    )


class BrevoWebhook(Written):
    """Brevo, which signs nothing: it shows a token or a password."""

    secret_file: Line | None = Field(
        None,
        description=f"File with the token of the webhook, {_OF_A_FILE} "
        "NEWSLETTER_RETURNS_BREVO_KEY goes over it.",
    )


class Webhooks(Written):
    """Providers whose posts `newsletter serve` takes, at `/returns/PROVIDER`."""

    ses: SesWebhook | None = Field(None, description="Amazon SES.")
    mailgun: MailgunWebhook | None = Field(None, description="Mailgun.")
    postmark: PostmarkWebhook | None = Field(None, description="Postmark.")
    sendgrid: SendGridWebhook | None = Field(None, description="SendGrid.")
    brevo: BrevoWebhook | None = Field(None, description="Brevo.")
