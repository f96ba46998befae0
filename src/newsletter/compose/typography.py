"""Quotation marks, dashes and non-breaking spaces, as each language wants them.

Works on text between tags, never on tags or addresses, and changes nothing the second time. Rules
are data by language: a language without rules of its own gets quotation marks and the rules that
hold everywhere. Whether a hyphen between numbers is a dash is decided in `ranges`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from newsletter.compose.ranges import set_ranges

NBSP = "\u00a0"
BOUNDARY = "\ue000"
"""Stands for a tag when several pieces of text are set together; every rule sees through it."""

_PART = rf'[^\s"«»“”„{BOUNDARY}]+'  # quotation marks around an address are not part of it
_ADDRESS = re.compile(rf"(?:https?://|mailto:|www\.){_PART}|{_PART}@{_PART}\.{_PART}")
_RULES = list[tuple[re.Pattern[str], str]]


@dataclass(frozen=True, slots=True)
class _Manner:
    """How a language sets its text: outer and inner quotation marks, and its own rules."""

    quotes: tuple[str, str, str, str]
    rules: tuple[tuple[re.Pattern[str], str], ...] = ()


def _rules(*pairs: tuple[str, str]) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(pattern), replacement) for pattern, replacement in pairs)


_FIRST = _rules(  # before quotation marks are set: these are none
    (r"(?<![\w'])(\d{1,2})'[ ](\d{1,2})\"(?!\w)", f"\\1′{NBSP}\\2″"),  # feet and inches
    (r"(?<![\w'])(\d{1,2})'(\d{1,2})\"(?!\w)", r"\1′\2″"),
)
_EVERYWHERE = _rules(
    (r"\.\.\.", "…"),
    (  # frost; an amount alone could be a dash that lacks its space
        rf"(?<![^\s({BOUNDARY}])(?<!\d[ \u00a0])-(?=\d+(?:[.,]\d+)?[ \u00a0]?(?:°|градус|degrees))",
        "−",
    ),
    (r"№[ \u00a0]?(?=\d)", f"№{NBSP}"),
    (r"(?<=\d)[ ](?=(?:%|°|€|\$|£))", NBSP),
)
_MONTHS_EN = "January|February|March|April|May|June|July|August|September|October|November|December"
_MONTHS_RU = "января|февраля|марта|апреля|мая|июня|июля|августа|сентября|октября|ноября|декабря"
_SHORT_RU = (
    "в|во|на|с|со|к|ко|о|об|обо|от|ото|до|из|изо|за|по|у|и|а|но|не|ни|для|при|без|под|над|про"
    "|или|что|как"
)
_ABBREVIATED_RU = "гг|вв|др|пр|тыс|руб|коп|чел|стр|см|им|ул|мин|сек|англ|рус|нем"
_EN = _rules(
    (rf"(?<=[\w”])({BOUNDARY}*)'(?={BOUNDARY}*\w)", r"\1’"),
    (r"(?<!\w)'(?=\d0s\b)", "’"),  # '90s
    (r"(?<=\w )'n'(?= \w)", "’n’"),
    (r"(?i)(?<!\w)'(?=(?:tis|twas|til|em|cause)\b)", "’"),
    (r"(?<![\w’'])'(?=[^\s'])([^'“”]{0,200}?[^\s'])'(?![\w'])", r"‘\1’"),
    (rf"(?<=s)({BOUNDARY}*)'(?={BOUNDARY}*(?:[\s,.;:!?)”]|$))", r"\1’"),
    (r"(?<=[^\s\d\-–—])[ \u00a0](?:-{1,3}|—)[ ](?=[^\s\-–—])", f"{NBSP}– "),
    (r"\b(No\.|Nos\.|p\.|pp\.|Mr|Mrs|Ms|Dr|Prof\.)[ ](?=[\w“])", rf"\1{NBSP}"),
    (rf"(?<!\d)(\d{{1,2}})[ ](?=(?:{_MONTHS_EN})\b)", rf"\1{NBSP}"),
    (r"\b([A-Z]\.)[ ](?=[A-Z][a-z])", rf"\1{NBSP}"),
    (r"(?<=\d)[ ](?=(?:million|billion|per cent|percent)\b)", NBSP),
)
_DASHES = _rules(
    (r"(?<=[^\s\-–—])[ \u00a0](?:-{1,3}|–|—)[ ](?=[^\s\-–—])", f"{NBSP}— "),
    (r"^(?:-{1,3}|–)[ ](?=[^\s\-–—])", "— "),
)
_RU = _DASHES + _rules(
    # The full stop follows the quotation mark, but that of an abbreviation (2015 г.) stays.
    (rf'(?<![\w.])(?!(?:{_ABBREVIATED_RU}|[А-яЁё])\.)(\w+)\.(["»])(?![.\w])', r"\1\2."),
    (r"(?<!\d)(\d{1,3})[ ](?=\d{3}(?!\d))", rf"\1{NBSP}"),  # 10 000
    (rf"(?i)(?<![\w\-])({_SHORT_RU})[ ](?=[\w«„“(№−])", rf"\1{NBSP}"),
    (r"(?i)(?<=\w)[ ](?=(?:же|ли|бы|ж|б)(?![\w\-]))", NBSP),
    (r"(?<=\d)[ ](?=(?:г\.|гг\.|г\b|год|века?\b|в\.|тыс\.|млн|млрд|руб|чел\.|стр\.|с\.))", NBSP),
    (rf"(?<!\d)(\d{{1,2}})[ ](?=(?:{_MONTHS_RU})\b)", rf"\1{NBSP}"),
    (r"(?<![\w])(г|ул|д|оф|пр|стр|тел|см|им|гл|ст|п|с)\.[ ](?=[\w«])", rf"\1.{NBSP}"),
    (r"(?<![\w])([А-ЯЁ]\.)[ ]?(?=[А-ЯЁ]\.)", rf"\1{NBSP}"),
    (r"(?<![\w])([А-ЯЁ]\.)[ ]?(?=[А-ЯЁ][а-яё])", rf"\1{NBSP}"),
    (r"(?<![\w])т\.[ ]?(?=[едпк]\.)", f"т.{NBSP}"),
)
_MONTHS_KK = "қаңтар|ақпан|наурыз|сәуір|мамыр|маусым|шілде|тамыз|қыркүйек|қазан|қараша|желтоқсан"
_KK = _DASHES + _rules(
    (r"(?<!\d)(\d{1,3})[ ](?=\d{3}(?!\d))", rf"\1{NBSP}"),
    (rf"(?<!\d)(\d{{1,2}})[ ](?=(?:{_MONTHS_KK}))", rf"\1{NBSP}"),
    (r"(?<=\d)[ ](?=(?:ж\.|жыл|ғ\.|мың|млн|млрд|бет|адам|теңге))", NBSP),
    (r"(?i)(?<=\w)[ ](?=(?:мен|бен|пен|ма|ме|ба|бе|па|пе|да|де|та|те)(?![\w\-]))", NBSP),
    (r"(?<![\w])([А-ЯЁӘҒҚҢӨҰҮҺІ]\.)[ ]?(?=[А-ЯЁӘҒҚҢӨҰҮҺІ]\.)", rf"\1{NBSP}"),
    (r"(?<![\w])([А-ЯЁӘҒҚҢӨҰҮҺІ]\.)[ ]?(?=[А-ЯЁӘҒҚҢӨҰҮҺІ][а-яёәғқңөұүһі])", rf"\1{NBSP}"),
)
_GUILLEMETS = ("«", "»", "„", "“")
_MANNERS: dict[str, _Manner] = {
    "en": _Manner(("“", "”", "‘", "’"), _EN),
    "ru": _Manner(_GUILLEMETS, _RU),
    "az": _Manner(("“", "”", "‘", "’")),
    "ka": _Manner(("„", "“", "‚", "‘")),
    "hy": _Manner(_GUILLEMETS),
    "kk": _Manner(_GUILLEMETS, _KK),
    **dict.fromkeys(("be", "ky", "tg", "uz-Cyrl"), _Manner(_GUILLEMETS, _DASHES)),
}
_DEFAULT = _Manner(("“", "”", "‘", "’"))


def set_text(text: str, language: str) -> str:
    """Return `text` as `language` sets it."""
    return set_pieces([text], language)[0]


def set_pieces(pieces: list[str], language: str) -> list[str]:
    """Set texts that stand side by side with tags between them, as one text."""
    joined = BOUNDARY.join(piece.replace(BOUNDARY, "") for piece in pieces)
    return _set(joined, language).split(BOUNDARY)


@lru_cache(maxsize=4096)  # a save changes one text of an issue, and all of them are set again
def _set(joined: str, language: str) -> str:
    manner = _MANNERS.get(language) or _MANNERS.get(language.split("-")[0], _DEFAULT)
    return _outside_addresses(joined, lambda text: _apply(text, manner, language))


def _apply(text: str, manner: _Manner, language: str) -> str:
    for pattern, replacement in _FIRST:
        text = pattern.sub(replacement, text)
    text = _quote(text, manner.quotes)  # early: the rules look for the marks of the language
    text = set_ranges(text, language)
    for pattern, replacement in (*_EVERYWHERE, *manner.rules):
        text = pattern.sub(replacement, text)
    return text


def _quote(text: str, quotes: tuple[str, str, str, str]) -> str:
    """Turn straight double quotation marks into the outer and inner ones of the language."""
    outer, outer_end, inner, inner_end = quotes
    depth = 0
    result: list[str] = []
    for position, letter in enumerate(text):
        mark = letter
        if letter == '"':
            opens = _opens(text, position)
            deeper = depth > 0 if opens else depth > 1
            pair = (inner, inner_end) if deeper else (outer, outer_end)
            mark = pair[0] if opens else pair[1]
            depth = depth + 1 if opens else max(depth - 1, 0)
        elif letter == outer:
            depth += 1
        elif letter == outer_end:
            depth = max(depth - 1, 0)
        result.append(mark)
    return "".join(result)


def _opens(text: str, position: int) -> bool:
    """Whether the quotation mark at `position` opens: nothing or a gap stands before it."""
    before = text[:position].rstrip(BOUNDARY)[-1:]
    after = text[position + 1 :].lstrip(BOUNDARY)[:1]
    return (not before or before.isspace() or before in '([{—–-«„“"/') and bool(after.strip())


def _outside_addresses(text: str, change: Callable[[str], str]) -> str:
    """Apply `change` to what lies between web and mail addresses."""
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(found.group())
        return "\ue001"

    changed = change(_ADDRESS.sub(keep, text.replace("\ue001", "")))
    for address in kept:
        changed = changed.replace("\ue001", address, 1)
    return changed
