"""The words of a Notice: as the office writes them, and as a template is given them."""

from dataclasses import dataclass, field

from pydantic import Field

from newsletter.model.edition import EditionPublisher, RichText, doc
from newsletter.model.written import Line, Prose, Translated, Written


class NoticeText(Written):
    """The words of a Notice in one language; {lists}, {office} and {days} are filled in."""

    subject: Line = Field(description="Subject of the mail.")
    preheader: Line = Field(description="The line that inboxes show after the subject.")
    heading: Line = Field(description="Heading.")
    text: Prose = Field(description="The message, above the button.")
    button: Line | None = Field(None, description="Words on the button, if there is one.")
    after: Prose | None = Field(None, description="What stands below the button.")


class NoticeFile(Translated):
    """`notices/KIND.yaml` of a theme: one kind of Notice, for each language its words."""

    texts: dict[str, NoticeText] = Field(min_length=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeView:
    """`notice` in notice.mjml.j2 and notice.txt.j2: a mail to one reader."""

    kind: str = field(metadata=doc("confirm, welcome, goodbye, change or changed."))
    language: str = field(metadata=doc("Language tag, for `lang`."))
    direction: str = field(metadata=doc("ltr or rtl, for `dir`."))
    subject: str = field(metadata=doc("Subject of the mail."))
    preheader: str = field(metadata=doc("The line that inboxes show after the subject."))
    heading: str = field(metadata=doc("Heading."))
    text: RichText = field(metadata=doc("The message."))
    button: str = field(metadata=doc("Words on the button that leads to `slots.action_url`."))
    after: RichText | None = field(metadata=doc("What stands below the button, if anything."))
    publisher: EditionPublisher = field(metadata=doc("Who publishes the newsletter."))


NOTICE_SLOTS: dict[str, str] = {
    "action_url": "Where the button leads.",
}
"""What differs from reader to reader in a Notice; written `[[name]]`."""
