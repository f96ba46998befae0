"""What an office says of what comes back, in `newsletter.yaml`: `returns:`.

Every field has its meaning beside it; the reference in `docs/` is generated from here.
"""

from typing import Annotated, Self

from pydantic import Field, model_validator

from newsletter.model.webhooks import Webhooks
from newsletter.model.written import Line, Whole, Written, refuse

Percent = Annotated[float, Field(gt=0, le=100)]


class MailboxText(Written):
    """One mailbox to which bounces and complaints come."""

    name: Line = Field(description="What messages and reports call it.")
    address: Line | None = Field(
        None,
        description="Where it is: imaps://user@host/INBOX, pop3s://user@host, maildir:///path or "
        "mbox:///path. Its password is not written here.",
    )
    address_file: Line | None = Field(
        None,
        description="File that holds the address with its password, instead of `address`; outside "
        "version control, readable by its owner alone.",
    )
    move_to: Line | None = Field(
        None,
        description="IMAP folder into which reports go once they are kept; letters by people stay. "
        "When left out, all stays where it is.",
    )

    @model_validator(mode="after")
    def _has_one_address(self) -> Self:
        if bool(self.address) == bool(self.address_file):
            raise refuse(
                f"the mailbox {self.name} needs one address",
                "write `address:` or `address_file:` below its name",
            )
        return self


class ReturnsSettings(Written):
    """What comes back: where it is taken from, and what is done about it."""

    webhooks: Webhooks = Field(
        default_factory=Webhooks,
        description="Providers whose posts `newsletter serve` takes, at `/returns/PROVIDER`.",
    )
    mailboxes: tuple[MailboxText, ...] = Field(
        (), description="Mailboxes that `newsletter returns fetch` and `run` empty."
    )
    every_minutes: Annotated[Whole, Field(ge=1, le=1440)] = Field(
        5, description="How often `newsletter returns run` looks where nothing tells it of news."
    )
    soft_issues: Annotated[Whole, Field(ge=2, le=20)] = Field(
        3,
        description="Issues running for which a mailbox may be full or a server away; then nobody "
        "writes there any more. A mere delay counts half.",
    )
    complaints_percent: Percent = Field(
        0.3, description="Readers of one provider who call an issue spam, from which it is too bad."
    )
    unknown_percent: Percent = Field(
        5, description="Mails to readers that one provider does not know, likewise."
    )
    refused_percent: Percent = Field(
        5, description="Mails that are refused because of us (spam, policy, block lists), likewise."
    )
    pause: bool = Field(
        True, description="Whether a send in which a share is too large is paused until you look."
    )

    @model_validator(mode="after")
    def _names_mailboxes_once(self) -> Self:
        names = [each.name for each in self.mailboxes]
        if twice := next((name for name in names if names.count(name) > 1), ""):
            raise refuse(f"has two mailboxes with the name {twice}", "give each a name of its own")
        return self
