"""Rules about the mail as a whole: its size, and what must stand in both of its parts.

Units are those of mail programs: 1 KB is 1024 octets.
"""

import re
from collections.abc import Iterator

from newsletter.checks.checked import Checked
from newsletter.checks.mail import Found, Mail
from newsletter.checks.rule import rule
from newsletter.model.finding import Severity
from newsletter.model.rendering import SLOT

KB = 1024
_WORD = re.compile(r"[^\W_]{3,}")
_ADDRESS = re.compile(r"(?<!\S)\S+?(?:://|@)\S+|\[\[\w+\]\]")
_FEWER = "take fewer items, or shorten them and let links lead to the rest"
_IN_SHORT = "tell stories in short, by `stacked: { stories: short }`, or take fewer items"


@rule(
    "html-size",
    Severity.ERROR,
    title="The HTML is not so large that Gmail cuts it",
    source="Gmail clips near 102 KB (hteumeuleu/email-bugs #41)",
    mend=_FEWER,
    limits={"kilobytes": 102},
    mail_only=True,
)
def html_size(checked: Checked, *, kilobytes: float) -> Iterator[Found]:
    """Gmail cuts a mail after about 102 KB, and with it the link to unsubscribe."""
    for language, size in _sizes(checked):
        if size > kilobytes:
            yield _too_large(
                checked,
                f"the {language} edition has {size:.0f} KB of HTML; Gmail cuts it after "
                f"{kilobytes:.0f} KB",
            )


@rule(
    "html-size-near",
    Severity.WARNING,
    title="The HTML leaves room below the size at which Gmail cuts",
    source="the limit of Gmail was seen to vary by a few KB with the encoding",
    mend=_FEWER,
    limits={"kilobytes": 90, "cut": 102},
    mail_only=True,
)
def html_size_near(checked: Checked, *, kilobytes: float, cut: float) -> Iterator[Found]:
    """One more item, and it is too late to make room on the day of sending."""
    for language, size in _sizes(checked):
        if kilobytes < size <= cut:
            yield _too_large(
                checked,
                f"the {language} edition has {size:.0f} KB of HTML; "
                f"it must stay below {cut:.0f} KB",
            )


@rule(
    "message-size",
    Severity.ERROR,
    title="The whole message is small enough for every mail server",
    source="RFC 1870; servers of offices refuse above 10 MB, some above 5",
    mend="make the pictures smaller, or set `pictures: hosted` in newsletter.yaml",
    limits={"megabytes": 5},
    mail_only=True,
)
def message_size(checked: Checked, *, megabytes: float) -> Iterator[Found]:
    """What a server finds too large comes back from it, for all readers of that office."""
    for language, rendering in checked.renderings.items():
        octets = len(rendering.html.encode()) + len(rendering.text.encode())
        octets += sum(len(picture.data) for picture in rendering.pictures)
        size = octets * 4 / 3 / KB**2 if checked.pictures_travel else len(rendering.html) / KB**2
        if size > megabytes:
            yield Found(
                checked.issue_place("sections"),
                f"the {language} message has {size:.1f} MB; {megabytes:.0f} MB pass everywhere",
            )


@rule(
    "text-lines",
    Severity.WARNING,
    title="Lines of the text part have at most 78 characters",
    source="RFC 5322 2.1.1",
    mend="send the text through the filter `wrap`",
    in_html="break the lines of the text part",
    limits={"longest": 78},
    mail_only=True,
)
def text_lines(mail: Mail, *, longest: float) -> Iterator[Found]:
    """Readers of plain text have windows of 80 columns. Addresses may be longer."""
    lines = (mail.text or "").splitlines()
    long = [line for line in lines if len(_ADDRESS.sub("", line).rstrip()) > longest]
    if long:
        yield mail.in_text(
            f"{len(long)} lines of the text of {mail.called} are longer than {longest:.0f} "
            f"characters, the first: “{long[0][:40]}…”"
        )


@rule(
    "text-parity",
    Severity.WARNING,
    title="The text part says what the page says",
    source="SpamAssassin: MPART_ALT_DIFF",
    mend="print every section in the text edition too",
    in_html="let the text part say all that the page says",
    limits={"percent": 80},
    mail_only=True,
)
def text_parity(mail: Mail, *, percent: float) -> Iterator[Found]:
    """A mere teaser is taken for spam, and readers of plain text get less than the others."""
    if mail.text is None:
        return
    shown = dict.fromkeys(_WORD.findall(mail.page.words.casefold()))
    told = set(_WORD.findall(mail.text.casefold()))
    missing = [word for word in shown if word not in told]
    share = 1 - len(missing) / max(len(shown), 1)
    if share * 100 < percent:
        yield mail.in_text(
            f"the text of {mail.called} has {share:.0%} of the words of the page; "
            f"it lacks: {', '.join(missing[:5])} …"
        )


@rule(
    "text-links",
    Severity.ERROR,
    title="Every link of the page stands in the text part too",
    source="RFC 2046 5.1.4: the parts of an alternative say the same",
    mend="print the address of the link in the text edition",
    in_html="write the address into the text part",
    mail_only=True,
)
def text_links(mail: Mail) -> Iterator[Found]:
    """Readers of plain text see where a page would lead, and cannot go there."""
    if mail.text is None:
        return
    told: set[str] = set()
    for link in mail.page.links:
        address = link.href.removeprefix("mailto:").removeprefix("tel:").rstrip("/")
        if link.href.startswith("tel:") or not address or address in told:
            continue
        told.add(address)
        if address not in mail.text and not SLOT.fullmatch(link.href):
            yield mail.at(link.element, f"{link.href} is missing in the text of {mail.called}")


def _too_large(checked: Checked, message: str) -> Found:
    """Return what was found about a size; languages that are stacked can be told in short."""
    stack = checked.composition.stack
    if stack and not any(edition.short for edition in stack.editions):
        return Found(checked.issue_place("editions"), message, _IN_SHORT)
    return Found(checked.issue_place("sections"), message)


def _sizes(checked: Checked) -> Iterator[tuple[str, float]]:
    for language, rendering in checked.renderings.items():
        yield language, len(rendering.html.encode()) / KB
