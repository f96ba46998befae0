"""Rules about single words and letters that look right and are not."""

import html
import re
import unicodedata
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from newsletter.checks.checked import Checked
from newsletter.checks.escapes import Escape, escape_in, met, shown_on_purpose
from newsletter.checks.mail import Found, Mail
from newsletter.checks.places import Words
from newsletter.checks.rule import rule
from newsletter.compose.markdown import left_as_typed
from newsletter.model.edition import SLOTS, is_slot
from newsletter.model.finding import Severity

_WORD = re.compile(r"[^\W\d_]+")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u02af\u1e00-\u1eff]")
_CYRILLIC = re.compile(r"[\u0400-\u052f]")
_ADDRESS = re.compile(r"(?<!\S)\S+?(?:://|@)\S+")
_HTML = re.compile(r"</?[a-z][a-z0-9-]*(?:\s[^<>]*)?/?>", re.IGNORECASE)
_MARKDOWN = frozenset({"text", "footnote"})
_ANY_MARKDOWN = re.compile(r"\[[^\[\]]+\]\([^()\s]+\)|\*\*\w[^*]*\*\*|~~\w[^~]*~~|^#{1,6} .*")
_DIRECTION = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_BROKEN = re.compile(r"[\x80-\x9f\ufffd]")
_LEFT_OVER = re.compile(
    r"\[\[(?P<slot>[^\[\]\n]{0,60})\]\]"
    r"|\{\{(?:[^{}\n]{0,60}\}\})?|\{%(?:[^%\n]{0,60}%\})?"
    r"|%7B%7B(?:[^\s\"]{0,60}?%7D%7D)?|\*\|(?:\w{0,60}\|\*)?",
    re.IGNORECASE,
)
_MOJIBAKE = re.compile(
    r"(?:[ÐÑ][\u0080-\u00bf\u2010-\u203a\u0152-\u0178ŠšŽž€™]){2,}"  # Cyrillic UTF-8 as Windows-1252
    r"|(?:[РС][\u0080-\u00bf\u0402-\u040f\u0452-\u045f\u2010-\u203a°±Ѓ€™µ]){3,}"  # as 1251
    r"|â€[™œ\u009d\u0153\u0161\u017e“”˜¦]|Ã[\u00a0-\u00bf]|Â[\u00a0-\u00bf]"
)
_REPLACED = re.compile(r"(?<![^\s«“\"(])\?{3,}(?: \?{2,})*|\w\?{2,}\w")


@rule(
    "mixed-letters",
    Severity.WARNING,
    title="No word mixes Latin and Cyrillic letters",
    source="Unicode Technical Standard 39, 5.1; SpamAssassin: MIXED_ES",
    mend="type the word anew in one alphabet",
)
def mixed_letters(checked: Checked) -> Iterator[Found]:
    """A word in Cyrillic with a Latin “c” in it is found by no search and read out wrongly.

    Spam filters take such words for a disguise.
    """
    for words in _all_words(checked):
        for word in _WORD.findall(_ADDRESS.sub(" ", words.text)):
            if (latin := _LATIN.findall(word)) and (cyrillic := _CYRILLIC.findall(word)):
                odd = latin if len(latin) <= len(cyrillic) else cyrillic
                name = "Latin" if odd is latin else "Cyrillic"
                yield Found(
                    words.at(word),
                    f"the word “{word}” mixes two alphabets: {name} {', '.join(odd)}",
                )


@rule(
    "direction",
    Severity.WARNING,
    title="No invisible character turns the text around",
    source="Unicode Technical Report 36, 2.6",
    mend="delete it; it usually comes along when text is copied",
)
def direction(checked: Checked) -> Iterator[Found]:
    """Letters that turn the direction of writing make a text or an address read as another."""
    for words in _all_words(checked):
        if found := _DIRECTION.search(words.text):
            yield Found(
                words.at(found.group()),
                f"an invisible character turns the text around (U+{ord(found.group()):04X})",
            )


@rule(
    "markup",
    Severity.WARNING,
    title="Nobody reads HTML or Markdown as it was typed",
    source="the house",
    mend="write plain words; in `text` and `footnote` also `*emphasis*` and `[links](…)`",
)
def markup(checked: Checked) -> Iterator[Found]:
    """HTML is shown to readers as it was typed, and so is Markdown where only plain words go.

    In `text` and `footnote` it is that which means nothing there: headings, pictures, tables, words
    struck out, and links that became none for a space in them or because they would run something.
    """
    for words in _all_words(checked):
        if piece := _as_typed(words):
            yield Found(
                words.at(piece),
                f"readers will see “{piece[:40]}” as it stands in `{words.key}`",
            )


def _as_typed(words: Words) -> str:
    """Return the first piece of HTML or Markdown that readers see as it was typed."""
    if words.key in _MARKDOWN:
        found = _HTML.search(words.text)
        return found.group() if found else next(left_as_typed(words.text), "")
    found = _HTML.search(words.text) or _ANY_MARKDOWN.search(words.text)
    return found.group() if found else ""


@rule(
    "composed-letters",
    Severity.WARNING,
    title="Letters with marks are one character each",
    source="Unicode Standard Annex 15 (NFC); Charmod 3",
    mend="type the word anew; texts copied from a PDF or a Mac often have such letters",
)
def composed_letters(checked: Checked) -> Iterator[Found]:
    """An “й” of two characters looks the same, but no search finds it, and some fonts break it."""
    for words in _all_words(checked):
        if not unicodedata.is_normalized("NFC", words.text):
            word = next(
                (each for each in words.text.split() if not unicodedata.is_normalized("NFC", each)),
                words.text,
            )
            yield Found(words.at(word), f"the word “{word}” is spelt with loose marks")


@rule(
    "mojibake",
    Severity.ERROR,
    title="No text was read in a wrong encoding",
    source="UTF-8 read as Windows-1251 or 1252; letters that an encoding has not become ???",
    mend="copy the text anew from its source, or save that file in UTF-8 first",
)
def mojibake(checked: Checked) -> Iterator[Found]:
    """“Ð¿Ñ€” was once “пр”: whoever copied it chose the wrong encoding. Nobody can read it."""
    for words in _all_words(checked):
        if found := _MOJIBAKE.search(words.text) or _REPLACED.search(words.text):
            yield Found(
                words.at(found.group()),
                f"“{found.group()[:20]}” is a text in a wrong encoding",
            )


@rule(
    "broken-letters",
    Severity.ERROR,
    title="The mail has no control characters and no lost letters",
    source="hteumeuleu/email-bugs #41; The Unicode Standard 23.1 and 23.8",
    mend="delete it, and save the file in UTF-8",
)
def broken_letters(mail: Mail) -> Iterator[Found]:
    """Control characters make Gmail cut even short mails; U+FFFD is a letter that was lost.

    What editors write is refused when it is read; this guards what the theme adds.
    """
    if found := _BROKEN.search(mail.html):
        place = mail.typed(found.group()) or mail.tag_before(found.start())
        yield Found(place, _broken(found, mail))
    if found := _BROKEN.search(mail.text or ""):
        yield mail.in_text(_broken(found, mail), fragment=found.group())


def _broken(found: re.Match[str], mail: Mail) -> str:
    return f"a broken character (U+{ord(found.group()):04X}) in {mail.called}"


@rule(
    "tokens",
    Severity.ERROR,
    title="Nothing is left that should have been filled in",
    source="the house",
    mend="remove it; what is filled in for each reader is "
    + ", ".join(f"[[{name}]]" for name in SLOTS),
    in_html="remove it, or let the program that sends the mail fill it in",
)
def tokens(mail: Mail) -> Iterator[Found]:
    """“Dear {{name}}” is remembered.

    Looks for our own slots written wrongly, and for the marks of Jinja and of other programs.
    """
    for found in _LEFT_OVER.finditer(mail.html):
        if not _is_slot(mail, found):
            token = html.unescape(found.group())
            place = mail.typed(token) or mail.tag_before(found.start())
            yield Found(place, _left_over(token, mail))
    for found in _LEFT_OVER.finditer(mail.text or ""):
        if not _is_slot(mail, found):
            yield mail.in_text(_left_over(found.group(), mail), fragment=found.group())


@rule(
    "escapes",
    Severity.ERROR,
    title="Nobody reads signs that were meant for a program",
    source="HTML 13.1.4 (character references); ECMA-262 12.9.4 (escapes in strings)",
    mend="write the character itself; in a text, put what is to be shown so between backticks",
    in_html="write the character itself; what is to be shown so goes into <code>",
)
def escapes(mail: Mail) -> Iterator[Found]:
    r"""A screen reader spells `No.\u{a0}1` out, sign by sign, where a space was meant.

    A program wrote the text for another one, or it was copied from a file of data: `\u00a0`, `\n`,
    `\"`, `&nbsp;`. Looks at texts and at what is read out or shown on demand: `alt`, `title`,
    `aria-label`. What may be a path of Windows (`C:\new`) or a login is let be.
    """
    for element, attribute, words in met(mail.page):
        if found := escape_in(words):
            yield _met(mail, element, attribute, found)
    on_purpose = shown_on_purpose(mail.page)
    for line in (mail.text or "").splitlines():
        if (found := escape_in(line)) and found.sign not in on_purpose:
            yield mail.in_text(_as_it_stands(found), fragment=found.word)
    if found := escape_in(mail.subject or ""):
        yield Found(mail.origin.subject(), _as_it_stands(found))


def _met(mail: Mail, element: Element, attribute: str, found: Escape) -> Found:
    """Return what was found where somebody typed it, or else in the tag that has it."""
    message = _as_it_stands(found)
    if place := mail.typed(found.word) or mail.typed(found.sign):
        return Found(place, message, spot=mail.spot(element))
    if attribute:
        return mail.at_tag(element, f"{message} in `{attribute}`")
    return mail.at_words(element, message)


def _as_it_stands(found: Escape) -> str:
    return f"readers meet “{found.word}” as it stands"


def _is_slot(mail: Mail, found: re.Match[str]) -> bool:
    return mail.ours and is_slot(found["slot"] or "")


def _left_over(token: str, mail: Mail) -> str:
    where = f" ({mail.language})" if mail.ours else ""
    return f"“{token}” would be sent to readers as it stands{where}"


def _all_words(checked: Checked) -> Iterator[Words]:
    for language in checked.composition.issue.languages:
        yield from checked.written(language)
