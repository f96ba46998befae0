"""Compares one text in two languages, as the gate does with one field of an item."""

from newsletter.translations.differences import Side, differences
from newsletter.translations.fields import Text

COUNTRIES = {
    "am": {"en": "Armenia", "ru": "Армения", "kk": "Армения"},
    "ge": {"en": "Georgia", "ru": "Грузия", "kk": "Грузия"},
    "kz": {"en": "Kazakhstan", "ru": "Казахстан", "kk": "Қазақстан"},
    "kg": {"en": "Kyrgyzstan", "ru": "Кыргызстан", "kk": "Қырғызстан"},
    "ru": {"en": "Russian Federation", "ru": "Российская Федерация", "kk": "Ресей Федерациясы"},
}


def compare(
    source: str, target: str, one: str = "en", other: str = "ru", *, key: str = "text"
) -> str:
    """Return what differs between two texts, all sentences in one; empty when nothing does."""
    here, there = Text((one, key), key, source), Text((other, key), key, target)
    sides = Side(one, COUNTRIES, (source,)), Side(other, COUNTRIES, (target,))
    return "; ".join(differences(here, there, *sides))
