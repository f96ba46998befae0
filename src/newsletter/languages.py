"""Language tags (BCP 47) and what a language calls itself; Babel is loaded only when asked."""

import re

_TAG = re.compile(r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$")
_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur", "ps", "ug", "yi"})


SEVERAL = "mul"
"""Stands for the language of a mail that is written in several (ISO 639-2)."""


def is_tag(text: str) -> bool:
    """Whether `text` is written like a language tag: en, ru, kk, uz-Cyrl, pt-BR."""
    return bool(_TAG.fullmatch(text))


def own_name(tag: str) -> str:
    """Return the language's own name for itself, with a capital: English, Русский, Қазақ тілі."""
    from babel import Locale  # noqa: PLC0415 (slow to import, and not needed for --help)

    if tag == SEVERAL:
        return "All languages"
    name = Locale.parse(tag, sep="-").get_display_name(tag.replace("-", "_")) or tag
    return name[:1].upper() + name[1:]


def name_in(tag: str, language: str) -> str:
    """Return what a language is called in another: English, английский, ағылшын тілі."""
    from babel import Locale  # noqa: PLC0415 (slow to import, and not needed for --help)

    return Locale.parse(tag, sep="-").get_display_name(language.replace("-", "_")) or tag


def decimal(number: float, tag: str) -> str:
    """Return `number` with one digit after the point, as the language writes it: 1.2 or 1,2."""
    from babel.numbers import format_decimal  # noqa: PLC0415 (slow to import)

    return format_decimal(number, format="#,##0.0", locale=tag.replace("-", "_"))


def direction(tag: str) -> str:
    """Return `ltr` or `rtl`, as the attribute `dir` wants it."""
    return "rtl" if tag.split("-")[0] in _RIGHT_TO_LEFT else "ltr"
