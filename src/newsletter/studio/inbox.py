"""How an inbox shows a mail before it is opened: sender, subject and preheader, cut as there."""

from dataclasses import dataclass

from newsletter.languages import SEVERAL
from newsletter.model.edition import Html
from newsletter.studio.markup import el
from newsletter.studio.ports import DraftEdition


@dataclass(frozen=True, slots=True)
class Inbox:
    """A kind of inbox: about how many letters it shows of the subject, and of all in the line."""

    name: str
    subject: int
    line: int


INBOXES = {
    "phone": Inbox("Phone", subject=40, line=0),
    "desktop": Inbox("Desktop", subject=70, line=120),
}
"""A phone gives the preheader a line of its own, about as long as that of the subject."""


def inbox_line(edition: DraftEdition, kind: str, scheme: str) -> Html:
    """Return the line of an edition in an inbox of `kind`, in light or dark colours."""
    inbox = INBOXES[kind]
    subject = cut(edition.head.subject_prefix + edition.rendering.subject, inbox.subject)
    room = inbox.line - len(subject) if inbox.line else inbox.subject
    language = edition.rendering.language
    return el(
        "div",
        el("span", edition.head.from_name, class_="sender"),
        el("span", "12:00", class_="time", aria_hidden="true"),
        el("span", subject, class_="subject"),
        el("span", cut(edition.rendering.preheader, room), class_="preheader"),
        class_=f"inbox {kind}",
        data_scheme=scheme,
        role="group",
        lang=language if language != SEVERAL else False,
        aria_label=f"In the inbox of a {inbox.name.lower()}",
    )


def inbox_view(edition: DraftEdition) -> Html:
    """Return the lines of an edition in all inboxes, and what is cut there."""
    shown = (
        el(
            "section",
            el("h3", inbox.name),
            *(inbox_line(edition, kind, scheme) for scheme in ("light", "dark")),
            el("p", _told(edition, inbox), class_="muted"),
        )
        for kind, inbox in INBOXES.items()
    )
    return el("div", *shown, class_="inboxes")


def cut(text: str, room: int) -> str:
    """Return `text` as it is shown where `room` letters fit."""
    return text if len(text) <= room else f"{text[: max(room - 1, 0)].rstrip()}…"


def _told(edition: DraftEdition, inbox: Inbox) -> str:
    subject = edition.head.subject_prefix + edition.rendering.subject
    hidden = len(subject) - inbox.subject
    about = f"The subject has {len(subject)} letters"
    if hidden > 0:
        return f"{about}; of these {hidden} are cut: “…{subject[inbox.subject - 1 :]}”."
    return f"{about} and is shown whole; there is room for about {inbox.subject}."
