"""The words of the public pages by language: gettext catalogues, read by Babel.

English is the language of the templates. A translator edits `locales/LANGUAGE/pages.po`; nothing
has to be compiled.
"""

import gettext
import io
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALES = Path(__file__).parent / "locales"
SOURCE = "en"


def known_languages() -> tuple[str, ...]:
    """Return the languages in which there are words."""
    return (SOURCE, *sorted(path.parent.name for path in LOCALES.glob("*/pages.po")))


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """Return the words in one of `known_languages`."""
    if language == SOURCE:
        return gettext.NullTranslations()
    with (LOCALES / language / "pages.po").open("rb") as file:
        written = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, written)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def choose(offered: tuple[str, ...], *wishes: str) -> str:
    """Return the first of `wishes` that is offered, else the first that is offered.

    A wish is a tag, or several by order of preference as a browser says them (RFC 9110 12.5.4).
    """
    for wish in wishes:
        for tag in _tags(wish):
            for found in (tag, tag.split("-")[0]):
                if found in offered:
                    return found
    return offered[0]


def _tags(wish: str) -> list[str]:
    """Return the tags in a header Accept-Language, the most wanted first."""
    weighed: list[tuple[float, str]] = []
    for part in wish[:1000].split(","):
        tag, _, weight = part.partition(";")
        try:
            value = float(weight.strip().removeprefix("q=")) if weight.strip() else 1.0
        except ValueError:
            continue
        if value > 0:
            weighed.append((value, tag.strip()))
    return [tag for _, tag in sorted(weighed, key=lambda each: -each[0])]
