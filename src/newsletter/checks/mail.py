"""Rules about the mail as readers and mail programs get it: both parts, complete and alike."""

import re
from collections.abc import Iterator

from newsletter.checks.checked import HTML_TEMPLATE, TEXT_TEMPLATE, Checked, error, warning
from newsletter.checks.page import one_line
from newsletter.model.finding import Finding

KB = 1024
HTML_SIZE = 102 * KB
HTML_SIZE_WARNED = 90 * KB
LINE_LENGTH = 78
OVERLAP = 0.8
UNSUBSCRIBE = "[[unsubscribe_url]]"
_WORD = re.compile(r"[^\W_]{3,}")
_ADDRESS = re.compile(r"\S+://\S+|\S+@\S+|\[\[\w+\]\]")


def html_size(checked: Checked) -> Iterator[Finding]:
    """Gmail cuts a mail after about 102 KB, and with it the link to unsubscribe."""
    place = checked.issue_place("sections")
    for language, rendering in checked.renderings.items():
        size = len(rendering.html.encode())
        message = f"the {language} edition has {size / KB:.0f} KB of HTML"
        remedy = "take fewer items, or shorten them and let links lead to the rest"
        if size > HTML_SIZE:
            yield error("html-size", place, f"{message}; Gmail cuts it after 102 KB", remedy)
        elif size > HTML_SIZE_WARNED:
            yield warning("html-size", place, f"{message}; it must stay below 102 KB", remedy)


def unsubscribe(checked: Checked) -> Iterator[Finding]:
    """Both parts have a link to unsubscribe that can be seen: readers' right, and senders' luck.

    Google's and Yahoo's rules for senders ask for it besides the header of RFC 8058; a reader who
    does not find it presses “spam”.
    """
    for language, rendering in checked.renderings.items():
        links = checked.pages[language].links
        if not any(link.href == UNSUBSCRIBE and link.label for link in links):
            yield error(
                "unsubscribe",
                checked.template(),
                f"the {language} edition has no visible link to unsubscribe",
                'write <a href="{{ slots.unsubscribe_url }}"> with words in it',
            )
        if UNSUBSCRIBE not in rendering.text:
            yield error(
                "unsubscribe",
                checked.template(TEXT_TEMPLATE),
                f"the text of the {language} edition has no address to unsubscribe",
                "write {{ slots.unsubscribe_url }} in a line of its own",
            )


def postal_address(checked: Checked) -> Iterator[Finding]:
    """Both parts name the sender's postal address, as laws on mass mail ask (CAN-SPAM 5(a)(5))."""
    for language, rendering in checked.renderings.items():
        lines = checked.composition.editions[language].publisher.address
        parts = (
            (HTML_TEMPLATE, checked.pages[language].words),
            (TEXT_TEMPLATE, one_line(rendering.text)),
        )
        for template, words in parts:
            missing = [line for line in lines if one_line(line) not in words]
            if missing:
                yield error(
                    "postal-address",
                    checked.template(template),
                    f"the {language} edition lacks of the postal address: {'; '.join(missing)}",
                    "print every line of edition.publisher.address",
                )


def page_language(checked: Checked) -> Iterator[Finding]:
    """The page names its language, so that it is read out in the right voice (WCAG 2.2 3.1.1)."""
    for language in checked.renderings:
        given = checked.pages[language].language
        if given != language:
            yield error(
                "page-language",
                checked.template(),
                f"the {language} edition says that its language is “{given}”",
                'write <mjml lang="{{ edition.language }}" dir="{{ edition.direction }}">',
            )


def page_title(checked: Checked) -> Iterator[Finding]:
    """The page has a title: screen readers begin with it, browsers show it (WCAG 2.2 2.4.2)."""
    for language in checked.renderings:
        if not checked.pages[language].title:
            yield error(
                "page-title",
                checked.template(),
                f"the {language} edition has no title",
                "write <mj-title>{{ edition.subject }}</mj-title> into <mj-head>",
            )


def text_lines(checked: Checked) -> Iterator[Finding]:
    """Lines of the text part have at most 78 characters, but for addresses (RFC 5322 2.1.1)."""
    for language, rendering in checked.renderings.items():
        long = [
            line
            for line in rendering.text.splitlines()
            if len(_ADDRESS.sub("", line).rstrip()) > LINE_LENGTH
        ]
        if long:
            yield warning(
                "text-lines",
                checked.template(TEXT_TEMPLATE),
                f"{len(long)} lines of the {language} text are longer than {LINE_LENGTH} "
                f"characters, the first: “{long[0][:40]}…”",
                "send the text through the filter `wrap`",
            )


def text_parity(checked: Checked) -> Iterator[Finding]:
    """The text part says what the page says; a mere teaser is taken for spam (MPART_ALT_DIFF)."""
    for language, rendering in checked.renderings.items():
        shown = dict.fromkeys(_WORD.findall(checked.pages[language].words.casefold()))
        told = set(_WORD.findall(rendering.text.casefold()))
        missing = [word for word in shown if word not in told]
        share = 1 - len(missing) / max(len(shown), 1)
        if share < OVERLAP:
            yield warning(
                "text-parity",
                checked.template(TEXT_TEMPLATE),
                f"the text of the {language} edition has {share:.0%} of the words of the page; "
                f"it lacks: {', '.join(missing[:5])} …",
                "print every section in the text edition too",
            )
