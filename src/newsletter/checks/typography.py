"""Rules about how texts are set and how long they are: what the typographer could not mend.

The typographer sets quotation marks, dashes and spaces when an edition is made; these rules look
at what is left, and at fields that were to stay as they were typed (`verbatim`).
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from newsletter.checks.checked import Checked
from newsletter.checks.mail import Found
from newsletter.checks.places import Words
from newsletter.checks.rule import rule
from newsletter.compose.typography import set_text
from newsletter.model.finding import Severity

_ADDRESS = re.compile(r"(?<!\S)\S+?(?:://|@)\S+|\bwww\.\S+")
_MARKDOWN_LINK = re.compile(r"\]\([^()\s]*\)")
_QUOTES = {
    "en": ("“”‘’'", "«»„"),
    "ru": ("«»„“", "”‘'"),
    "kk": ("«»„“", "”‘'"),
}
"""The quotation marks of a language, and those that do not belong into it."""

_PAIRS = (("«", "»"), ("“", "”"))
_STRAIGHT = re.compile(r'"')
_LOOSE_DASH = re.compile(r"(?<=\S)[ \u00a0]-{1,3}[ \u00a0](?=\S)|(?<=[\w»”])-{2,3}(?=[\w«“])")
_EN_DASH_RU = re.compile(r"(?<=[^\W\d]) – (?=\S)")
_SPACE_BEFORE = re.compile(r"\w[ \u00a0]+[,;:!?.](?=[\s\u00a0]|$)(?![.…])|\([ \u00a0]|[ \u00a0]\)")
_NO_SPACE_AFTER = re.compile(
    r"[^\W\d_]{2,}[,;](?=[^\W\d_])|[^\W\d_]{3,}[.!?](?=[A-ZА-ЯЁ][a-zа-яё])"
)
_TWO_SPACES = re.compile(r"(?<=\S)[ \u00a0]{2,}(?=\S)")
_TWO_MARKS = re.compile(r",,|;;|::|,\.|\.,(?!\.)|(?<!\.)\.\.(?!\.)")
_TWICE = re.compile(r"(?<![\w-])([^\W\d_]{2,})[\s\u00a0]+\1(?![\w-])", re.IGNORECASE)
_MAY_STAND_TWICE = frozenset({"had", "that", "чуть", "едва", "очень", "ещё"})
_NUMBER_SIGN = re.compile(r"(?<!\w)(?:#|N|No\.?)[\s\u00a0]?(?=\d)")
_STOP = re.compile(r"(?<!\.)(?<![A-ZА-ЯЁ])(?<!г)(?<!гг)\.$")
_SHOUTED = re.compile(r"[^\W\d_]{2,}")


@rule(
    "quotation-marks",
    Severity.NOTE,
    title="Quotation marks are those of the language, and each has its pair",
    source="The Chicago Manual of Style 6.9; правила русской орфографии и пунктуации (2006), § 133",
    mend='type straight marks "…": the typographer turns them into those of the language',
)
def quotation_marks(checked: Checked) -> Iterator[Found]:
    """Foreign or lonely marks show that a text was copied and not read."""
    for language, words, text in _set_texts(checked):
        ours, foreign = _QUOTES.get(language.split("-")[0], ("", ""))
        odd = next((letter for letter in text if letter in foreign and letter not in ours), "")
        if found := _STRAIGHT.search(text):
            yield Found(
                words.at(found.group()), f"a straight {found.group()} is left in `{words.key}`"
            )
        elif odd and not (odd in "'’‘" or (language == "en" and odd == "'")):
            yield Found(
                words.at(odd), f"{odd} is not a quotation mark of this language ({language})"
            )
        else:
            for begin, end in _PAIRS:
                if begin in ours and end in ours and text.count(begin) != text.count(end):
                    message = f"{begin} and {end} do not come in pairs in `{words.key}`"
                    yield Found(words.place, message)


@rule(
    "dashes",
    Severity.NOTE,
    title="A dash is a dash, not a hyphen",
    source="The Chicago Manual of Style 6.75; Мильчин, Чельцова: Справочник издателя и автора",
    mend="write – (English) or — (Russian); with spaces around it the typographer does it",
)
def dashes(checked: Checked) -> Iterator[Found]:
    """A hyphen joins words; where it should part them, readers stumble."""
    for language, words, text in _set_texts(checked):
        found = _LOOSE_DASH.search(text) or (
            _EN_DASH_RU.search(text) if language.split("-")[0] in ("ru", "kk") else None
        )
        if found:
            around = text[max(found.start() - 12, 0) : found.end() + 12].strip()
            yield Found(words.at(around), f"a hyphen or a wrong dash stands in “…{around}…”")


@rule(
    "spacing",
    Severity.NOTE,
    title="Spaces stand after signs, not before, and alone",
    source="the house",
    mend="add or delete the space",
)
def spacing(checked: Checked) -> Iterator[Found]:
    """Such slips come from deleting words, and show that the sentence was not read again."""
    for _, words, text in _set_texts(checked):
        for what, pattern in (
            ("a space stands before a sign", _SPACE_BEFORE),
            ("a space is missing after a sign", _NO_SPACE_AFTER),
            ("two spaces stand together", _TWO_SPACES),
            ("two signs stand together", _TWO_MARKS),
        ):
            if found := pattern.search(text):
                around = text[max(found.start() - 10, 0) : found.end() + 10].strip()
                yield Found(words.at(around), f"{what}: “…{around}…”")


@rule(
    "doubled-word",
    Severity.WARNING,
    title="No word stands twice in a row",
    source="the house",
    mend="delete one of the two",
)
def doubled_word(checked: Checked) -> Iterator[Found]:
    """“The the” is overlooked by everybody who wrote it, and by nobody who reads it."""
    for _, words, text in _set_texts(checked):
        for found in _TWICE.finditer(text):
            if found[1].casefold() not in _MAY_STAND_TWICE:
                yield Found(words.at(found.group()), f"“{found.group()}” stands there twice")


@rule(
    "number-sign",
    Severity.NOTE,
    title="Numbers of things are written as the language does",
    source="the house: No. 189 in English, № 189 in Russian",
    mend="write No. in English, № in Russian",
)
def number_sign(checked: Checked) -> Iterator[Found]:
    """# is a sign of programmers; “N 189” is a typewriter's."""
    for language, words, text in _set_texts(checked):
        found = _NUMBER_SIGN.search(text)
        if found and not (language == "en" and found.group().startswith("No")):
            yield Found(
                words.at(found.group().strip()), f"“{found.group().strip()}” stands for a number"
            )


@rule(
    "title-length",
    Severity.WARNING,
    title="A headline is short enough to be one",
    source="the house; more than two lines on a phone",
    mend="shorten it; the lead can say the rest",
    limits={"longest": 90},
)
def title_length(checked: Checked, *, longest: float) -> Iterator[Found]:
    """A headline of three lines pushes its own story off the screen."""
    for _, words, text in _set_texts(checked):
        if words.key == "title" and len(text) > longest:
            yield Found(
                words.place, f"the headline has {len(text)} characters; {longest:.0f} read best"
            )


@rule(
    "title-form",
    Severity.NOTE,
    title="A headline has no full stop, and is not in capitals",
    source="the house",
    mend="write it like a sentence, without the stop at its end",
)
def title_form(checked: Checked) -> Iterator[Found]:
    """Capitals are slower to read, and a screen reader may spell them."""
    for _, words, text in _set_texts(checked):
        if words.key not in ("title", "heading"):
            continue
        shouted = _SHOUTED.findall(text)
        if _STOP.search(text):
            yield Found(words.place, f"“{text[:40]}” ends with a full stop")
        elif len(shouted) > 2 and all(word.isupper() for word in shouted):
            yield Found(words.place, f"“{text[:40]}” is in capitals")


@rule(
    "text-length",
    Severity.NOTE,
    title="Texts fit the place they stand in",
    source="the house",
    mend="shorten it, or move a part of it into `text`",
    limits={"lead": 320, "heading": 45, "label": 80, "credit": 120, "quote": 500},
)
def text_length(
    checked: Checked, *, lead: float, heading: float, label: float, credit: float, quote: float
) -> Iterator[Found]:
    """A lead that is a story, or a label that is a sentence, is skipped by readers."""
    longest = {
        "lead": lead,
        "heading": heading,
        "label": label,
        "image_credit": credit,
        "credit": credit,
        "quote": quote,
    }
    for _, words, text in _set_texts(checked):
        if len(text) > longest.get(words.key, len(text)):
            yield Found(
                words.place,
                f"`{words.key}` has {len(text)} characters; {longest[words.key]:.0f} fit well",
            )


def _set_texts(checked: Checked) -> Iterator[tuple[str, Words, str]]:
    """Yield each text that editors wrote, as readers get it, without addresses."""
    verbatim = _verbatim(checked)
    for language in checked.composition.issue.languages:
        for words in checked.written(language):
            if words.key in ("url", "email", "website", "phone", "fax", "signed_by"):
                continue
            as_typed = (words.item, language, *words.path[1:2]) in verbatim
            yield language, words, _without_addresses(words.text, "" if as_typed else language)


def _verbatim(checked: Checked) -> set[tuple[str, ...]]:
    """Return item (none for the issue), language and name of the fields to leave as they are."""
    found: set[tuple[str, ...]] = {
        ("", language, field)
        for language, block in checked.composition.issue.texts.items()
        for field in block.verbatim
    }
    for entry in checked.entries():
        for language, text in entry.item.texts.items():
            found |= {(entry.id, language, field) for field in text.verbatim}
    return found


@lru_cache(maxsize=8192)
def _without_addresses(text: str, language: str) -> str:
    """Return `text` as `language` sets it, or as it was typed when none is given."""
    readers_get = set_text(text, language) if language else text
    return _ADDRESS.sub("·", _MARKDOWN_LINK.sub("]", readers_get)).strip()
