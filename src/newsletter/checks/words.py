"""Rules about single words and letters that look right and are not."""

import html
import re
from collections.abc import Iterator

from newsletter.checks.checked import HTML_TEMPLATE, TEXT_TEMPLATE, Checked, error, warning
from newsletter.model.edition import SLOTS
from newsletter.model.finding import Finding
from newsletter.model.rendering import Rendering

_WORD = re.compile(r"[^\W\d_]+")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u02af\u1e00-\u1eff]")
_CYRILLIC = re.compile(r"[\u0400-\u052f]")
_ADDRESS = re.compile(r"\S+://\S+|\S+@\S+")
_HTML = re.compile(r"</?[a-z][a-z0-9-]*(?:\s[^<>]*)?/?>", re.IGNORECASE)
_MARKDOWN = frozenset({"text", "footnote"})
_NO_MARKDOWN = re.compile(r"^#{1,6} .*|!\[[^\]]*\]\(", re.MULTILINE)
_ANY_MARKDOWN = re.compile(r"\[[^\[\]]+\]\([^()\s]+\)|\*\*\w[^*]*\*\*")
_DIRECTION = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_BROKEN = re.compile(r"[\x80-\x9f\ufffd]")
_LEFT_OVER = re.compile(
    r"\[\[(?P<slot>[^\[\]\n]{0,60})\]\]"
    r"|\{\{(?:[^{}\n]{0,60}\}\})?|\{%(?:[^%\n]{0,60}%\})?"
    r"|%7B%7B(?:[^\s\"]{0,60}?%7D%7D)?|\*\|(?:\w{0,60}\|\*)?",
    re.IGNORECASE,
)


def mixed_letters(checked: Checked) -> Iterator[Finding]:
    """A word in Cyrillic with a Latin “c” in it is found by no search and read out wrongly.

    Spam filters take such words for a disguise (SpamAssassin's MIXED_ES).
    """
    for language in checked.composition.editions:
        for words in checked.written(language):
            for word in _WORD.findall(_ADDRESS.sub(" ", words.text)):
                if (latin := _LATIN.findall(word)) and (cyrillic := _CYRILLIC.findall(word)):
                    odd = latin if len(latin) <= len(cyrillic) else cyrillic
                    name = "Latin" if odd is latin else "Cyrillic"
                    yield warning(
                        "mixed-letters",
                        words.place,
                        f"the word “{word}” mixes two alphabets: {name} {', '.join(odd)}",
                        "type the word anew in one alphabet",
                    )


def direction(checked: Checked) -> Iterator[Finding]:
    """Letters that turn the direction of writing can make a text or an address read as another.

    Unicode Technical Report 36, 2.6.
    """
    for language in checked.composition.editions:
        for words in checked.written(language):
            if found := _DIRECTION.search(words.text):
                yield warning(
                    "direction",
                    words.place,
                    f"an invisible character turns the text around (U+{ord(found.group()):04X})",
                    "delete it; it usually comes along when text is copied",
                )


def markup(checked: Checked) -> Iterator[Finding]:
    """HTML is shown to readers as it was typed, and so is Markdown where only plain words go."""
    for language in checked.composition.editions:
        for words in checked.written(language):
            found = _HTML.search(words.text) or (
                _NO_MARKDOWN if words.key in _MARKDOWN else _ANY_MARKDOWN
            ).search(words.text)
            if found:
                yield warning(
                    "markup",
                    words.place,
                    f"readers will see “{found.group()[:40]}” as it stands in `{words.key}`",
                    "write plain words; in `text` and `footnote` also *emphasis* and [links](…)",
                )


def broken_letters(checked: Checked) -> Iterator[Finding]:
    """Control characters make Gmail cut even short mails; U+FFFD is a letter that was lost.

    What editors write is refused when it is read; this guards what the theme adds.
    """
    for language, rendering in checked.renderings.items():
        for template, part in _parts(rendering):
            if found := _BROKEN.search(part):
                yield error(
                    "broken-letters",
                    checked.place_of(language, found.group(), template=template),
                    f"a broken character (U+{ord(found.group()):04X}) in the {language} edition",
                    "delete it, and save the file in UTF-8",
                )


def tokens(checked: Checked) -> Iterator[Finding]:
    """Nothing that should have been filled in reaches a reader: “Dear {{name}}” is remembered.

    Looks for our own slots written wrongly, and for the marks of Jinja and of other programs.
    """
    for language, rendering in checked.renderings.items():
        for template, part in _parts(rendering):
            for found in _LEFT_OVER.finditer(part):
                if (slot := found["slot"]) is not None and slot in SLOTS:
                    continue
                known = ", ".join(f"[[{name}]]" for name in SLOTS)
                token = html.unescape(found.group())
                yield error(
                    "tokens",
                    checked.place_of(language, token, token[:2], template=template),
                    f"“{token}” would be sent to readers as it stands ({language})",
                    f"remove it; what is filled in for each reader is {known}",
                )


def _parts(rendering: Rendering) -> tuple[tuple[str, str], ...]:
    """Return both parts of a mail, each with the template it comes from."""
    return ((HTML_TEMPLATE, rendering.html), (TEXT_TEMPLATE, rendering.text))
