"""As whom a mail is looked at: nobody in particular, an invented reader, or a subscriber.

A reader gives a mail its greeting and its address, never its links: those of the preview end with
a word where a token would stand, so that a click unsubscribes nobody, whoever was chosen.
"""

from collections.abc import Iterable
from dataclasses import dataclass

SAMPLE_ADDRESS = "reader@example.org"

_NAMES = {
    "en": "Anna Smith",
    "ru": "Иван Соколов",
    "kk": "Айгүл Нұрланова",
}
"""An invented name in each language that has one here; the others borrow the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Somebody who may get a mail; `key` stands in the address of the page, `label` in the list.

    `language` is empty when it does not matter which edition they would get.
    """

    key: str
    label: str
    name: str = ""
    language: str = ""
    address: str = SAMPLE_ADDRESS


NOBODY = Reader(key="", label="A reader without a name")
"""Who is meant when nobody was chosen."""

_ODD = (
    Reader(
        key="long",
        label="A long name",
        name="Aleksandra-Konstantina Maximilianovna Rozhdestvenskaya-Bogolyubova",
    ),
    Reader(key="signs", label="A name with signs", name="O’Neil & Sons <“Press”>"),
)


def sample_readers(languages: Iterable[str]) -> tuple[Reader, ...]:
    """Return the invented readers of an issue: without a name, one a language, odd names."""
    named = (
        Reader(
            key=f"sample-{language}",
            label=f"{_NAMES.get(language, _NAMES['en'])}, reads {language}",
            name=_NAMES.get(language, _NAMES["en"]),
            language=language,
        )
        for language in languages
    )
    return (NOBODY, *named, *_ODD)
