"""The stage of an issue's page: its chosen editions side by side, each in the chosen view."""

import hashlib
from urllib.parse import urlencode

from newsletter.languages import SEVERAL
from newsletter.model.edition import Html
from newsletter.studio.choice import WIDTHS, Choice
from newsletter.studio.findings import marks_of
from newsletter.studio.guard import SANDBOX
from newsletter.studio.inbox import INBOXES, inbox_line, inbox_view
from newsletter.studio.letter import letter_bytes, read_letter
from newsletter.studio.lettering import letter_view, size
from newsletter.studio.live import Look
from newsletter.studio.mail import mail_text, slot_values
from newsletter.studio.markup import el
from newsletter.studio.ports import DraftEdition
from newsletter.studio.source import listing

GAP = 24
"""Pixels between two editions."""

_READABLE = 560  # pixels for a view whose width is not that of a mail

_NOTHING = (
    "There is nothing to see yet. Mend what is listed under Findings and save; this page follows."
)
_MANNERS = {
    "light": "light",
    "dark": "dark",
    "partial": "forced dark, in part",
    "full": "forced dark, in full",
}


def stage(slug: str, look: Look, choice: Choice) -> Html:
    """Return the editions that are to be seen."""
    editions = {
        language: edition
        for language, edition in look.shown.editions.items()
        if choice.edition == language or (not choice.edition and not edition.variant)
    }
    if not editions:
        return el("div", el("p", _NOTHING, class_="empty"), id="stage")
    if choice.view == "findings":
        return el("div", id="stage", data_view=choice.view)
    return el(
        "div",
        *(article(slug, look, choice, language) for language in editions),
        id="stage",
        class_="stale" if look.is_stale else "fresh",
        data_view=choice.view,
        data_width=choice.width,
        data_scheme="light" if choice.scheme == "light" else "dark",
        data_needs=room_for(choice, len(editions)),
    )


def room_for(choice: Choice, editions: int) -> int:
    """Return how many pixels the editions take side by side."""
    width = WIDTHS[choice.width] if choice.view in ("mail", "text") else _READABLE
    return editions * width + (editions - 1) * GAP


def article(slug: str, look: Look, choice: Choice, language: str) -> Html:
    """Return one edition; without `slug` nothing in it leads to the server."""
    edition = look.shown.editions[language]
    written = edition.rendering.language
    gets_it = choice.reader.language and look.shown.edition_for(choice.reader) == language
    return el(
        "article",
        el(
            "header",
            el("h2", edition.name, lang=written if written != SEVERAL else False),
            el("span", "The chosen reader gets this one", class_="badge note") if gets_it else "",
            _alone(slug, edition, choice, language),
        ),
        *_body(slug, look, choice, language),
        id=f"edition-{language}-{choice.view}{'' if slug or choice.lines == 'laid' else '-sent'}",
        data_language=language,
        data_view=choice.view,
        data_lines=choice.lines if choice.view == "source" else False,
    )


def mail_address(slug: str, language: str, choice: Choice, digest: str, marks: str = "") -> str:
    """Return the address of a mail; it changes with all that can be seen of it."""
    asked = {
        "scheme": choice.scheme,
        "pictures": "" if choice.pictures == "on" else choice.pictures,
        "reader": choice.reader.key,
        "marks": marks,
        "digest": digest[:12],
    }
    given = {name: value for name, value in asked.items() if value}
    return f"/mail/{slug}/{language}.html?{urlencode(given)}"


def _body(slug: str, look: Look, choice: Choice, language: str) -> tuple[Html, ...]:
    edition = look.shown.editions[language]
    marks = marks_of(look, language)
    if choice.view == "text":
        text = mail_text(look.shown, language, choice.reader)
        label = f"Plain text in {edition.name}"
        return _facts(edition), el(
            "pre", text, class_="text", tabindex=0, role="region", aria_label=label
        )
    if choice.view == "inbox":
        return (inbox_view(edition),)
    if choice.view == "source":
        page, _ = edition.rendering.filled(slot_values(edition, choice.reader))
        return (listing(page, marks, choice.lines, f"Source of {edition.name}"),)
    if choice.view == "message":
        letter = read_letter(letter_bytes(edition, choice.reader))
        address = f"/mail/{slug}/{language}.eml?{urlencode({'reader': choice.reader.key})}"
        return (letter_view(letter, language, edition.name, address if slug else ""),)
    if not slug:
        lines = (inbox_line(edition, kind, "light") for kind in INBOXES)
        return *lines, _facts(edition), _frame(edition, choice)
    named = repr([(element, [name for name, _ in found]) for element, found in marks.items()])
    digest = hashlib.sha256(named.encode()).hexdigest()[:12] if marks else ""
    address = mail_address(slug, language, choice, edition.rendering.digest, digest)
    return _inbox(edition, choice), _facts(edition), _frame(edition, choice, src=address)


def _frame(edition: DraftEdition, choice: Choice, **source: str) -> Html:
    """Return the frame with the mail; what its findings are marked with is put over it."""
    pictures = "" if choice.pictures == "on" else ", pictures off"
    title = f"Mail in {edition.name}, {choice.width} width, {_MANNERS[choice.scheme]}{pictures}"
    return el("div", el("iframe", title=title, sandbox=SANDBOX, **source), class_="frame")


def _alone(slug: str, edition: DraftEdition, choice: Choice, key: str) -> Html:
    rendering = edition.rendering
    if choice.view == "text":
        reader = urlencode({"reader": choice.reader.key})
        address = f"/mail/{slug}/{key}.txt?{reader}"
    elif choice.view == "mail":
        address = mail_address(slug, key, choice, rendering.digest)
    else:
        return Html()
    if not slug:
        return Html()
    label = f"Open alone: {edition.name}"
    return el("a", "Open alone", href=address, target="_blank", aria_label=label, class_="alone")


def _inbox(edition: DraftEdition, choice: Choice) -> Html:
    kind = "desktop" if choice.width == "desktop" else "phone"
    return inbox_line(edition, kind, "light" if choice.scheme == "light" else "dark")


def _facts(edition: DraftEdition) -> Html:
    rendering = edition.rendering
    pictures = rendering.pictures
    facts = {
        "HTML": size(len(rendering.html.encode())),
        "text": size(len(rendering.text.encode())),
    }
    if pictures:
        name = "1 picture" if len(pictures) == 1 else f"{len(pictures)} pictures"
        facts[name] = size(sum(len(picture.data) for picture in pictures))
    return el(
        "dl",
        *(el("div", el("dt", name), el("dd", value)) for name, value in facts.items()),
        el("div", el("dt", "digest"), el("dd", el("code", rendering.digest[:12]))),
        class_="facts",
        title=f"SHA-256 of the rendering: {rendering.digest}",
    )
