"""Which alphabet a language is written in, and how much of a text is in it."""

import re

_CYRILLIC = frozenset({"ru", "kk", "ky", "tg", "be", "uk", "mn", "bg", "mk", "sr", "tt"})
_LATIN = frozenset({"en", "fr", "de", "es", "az", "tk", "uz", "tr", "pl", "ro", "lt", "lv", "et"})
_OTHERS = {"hy": "Armn", "ka": "Geor", "ar": "Arab", "fa": "Arab", "he": "Hebr"}
_LETTERS = {
    "Cyrl": re.compile(r"[\u0400-\u052f]"),
    "Latn": re.compile(r"[A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02af\u1e00-\u1eff]"),
    "Armn": re.compile(r"[\u0531-\u0588]"),
    "Geor": re.compile(r"[\u10a0-\u10ff\u1c90-\u1cbf]"),
    "Arab": re.compile(r"[\u0620-\u064a\u066e-\u06d3\u06fa-\u06ff]"),
    "Hebr": re.compile(r"[\u05d0-\u05ea]"),
}
_LETTER = re.compile(r"[^\W\d_]")


def script_of(language: str) -> str:
    """Return the alphabet of a language (ISO 15924); empty when it is not known."""
    main, *subtags = language.split("-")
    for subtag in subtags:
        if subtag in _LETTERS:
            return subtag
    if main in _CYRILLIC:
        return "Cyrl"
    return "Latn" if main in _LATIN else _OTHERS.get(main, "")


def has_own_letters(text: str, language: str) -> bool:
    """Whether `text` has a letter of the alphabet of `language`, which must be known."""
    return bool(_LETTERS[script_of(language)].search(text))


def share_of_own_letters(text: str, language: str) -> float:
    """Return how many of the letters of `text` are of the alphabet of `language`; 1 of none."""
    letters = len(_LETTER.findall(text))
    return len(_LETTERS[script_of(language)].findall(text)) / letters if letters else 1.0


def has_letters(text: str) -> bool:
    """Whether `text` has letters at all."""
    return bool(_LETTER.search(text))
