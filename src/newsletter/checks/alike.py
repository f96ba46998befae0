"""Rules about editions held against each other, and about what each must show."""

from collections.abc import Iterator

from newsletter.checks.checked import Checked
from newsletter.checks.mail import Found, Mail
from newsletter.checks.page import one_line
from newsletter.checks.places import Words, plain, undressed
from newsletter.checks.rule import rule
from newsletter.checks.scripts import (
    has_letters,
    has_own_letters,
    script_of,
    share_of_own_letters,
)
from newsletter.model.finding import Severity
from newsletter.model.place import Place

_NAMES = frozenset({"url", "email", "website", "phone", "fax", "person", "publisher", "partners"})
"""Keys whose words may be the same in every language."""


@rule(
    "item-shown",
    Severity.ERROR,
    title="Every item of the issue stands in both parts of every edition",
    source="RFC 2046 5.1.4: the parts of an alternative say the same",
    mend="print its title in the layout of its section; `section.items` has all items",
    mail_only=True,
)
def item_shown(checked: Checked) -> Iterator[Found]:
    """A layout that draws only the first of two items loses a story, and nobody notices."""
    for key, mail in checked.mails.items():
        page, text = undressed(mail.page.words), undressed(mail.text or "")
        for entry, item in _worded(checked, mail):
            title = plain(item)
            if title not in page:
                yield Found(entry, f"the {key} page does not show the item “{item[:50]}”")
            elif title not in text:
                yield Found(entry, f"the {key} text does not show the item “{item[:50]}”")


@rule(
    "same-order",
    Severity.ERROR,
    title="All editions show the same items in the same order",
    source="the house",
    mend="let the template draw the items in the order of the section in every language",
    mail_only=True,
)
def same_order(checked: Checked) -> Iterator[Found]:
    """Readers of two languages speak of “the third story”, and mean different ones."""
    first = ""
    orders: dict[str, list[str]] = {}
    for language, mail in checked.mails.items():
        orders[language] = _order(checked, mail)
        first = first or language
        if orders[language] != orders[first]:
            yield mail.whole(f"the items of the {language} page come in another order than {first}")


@rule(
    "same-pictures",
    Severity.ERROR,
    title="All editions show the same pictures in the same order",
    source="the house",
    mend="let the template draw the picture of an item in every language",
    mail_only=True,
)
def same_pictures(checked: Checked) -> Iterator[Found]:
    """A picture in one language alone was forgotten in the other."""
    first: tuple[str, list[str]] | None = None
    for language, mail in checked.mails.items():
        shown = [each.get("src", "") for each in mail.page.all("img")]
        first = first or (language, shown)
        if shown != first[1]:
            count = len(shown)
            message = f"the pictures of the {language} page are not those of {first[0]}"
            if count != len(first[1]):
                there = f"the {first[0]} page {len(first[1])}"
                message = f"the {language} page shows {count} pictures, {there}"
            yield mail.whole(message)


@rule(
    "untranslated",
    Severity.WARNING,
    title="Every text is in the language of its block",
    source="the house",
    mend="translate it; if it is meant to be so, let the same words stand in `verbatim` too",
    limits={"words": 3},
)
def untranslated(checked: Checked, *, words: float) -> Iterator[Found]:
    """A block that was copied to be translated, and forgotten, goes to thousands of readers.

    Told by the alphabet, and by a text that is the same in two languages.
    """
    languages = checked.composition.issue.languages
    said: dict[tuple[object, ...], tuple[str, str]] = {}
    for language in languages:
        for each in checked.written(language):
            count = len([word for word in each.text.split() if any(map(str.isalpha, word))])
            if each.key in _NAMES or count < words or language not in each.path:
                continue
            where = (each.item, each.marks.file, *(part for part in each.path if part != language))
            other, text = said.setdefault(where, (language, one_line(each.text)))
            if other != language and text == one_line(each.text):
                yield _found(each, f"is the same in {language} and {other}")
            elif _is_foreign(each.text, language):
                yield _found(each, f"has no letter of the alphabet of {language}")


@rule(
    "text-language",
    Severity.ERROR,
    title="The text part is in the language of the edition",
    source="RFC 2046 5.1.4; SpamAssassin: UNWANTED_LANGUAGE_BODY",
    mend="let the template print the words of the edition",
    in_html="write the text part in the language of the page",
    limits={"percent": 50},
    mail_only=True,
)
def text_language(mail: Mail, *, percent: float) -> Iterator[Found]:
    """A text part left in the other language is read by those who have asked for plain text."""
    if not mail.text or len(mail.languages) != 1 or not script_of(mail.language):
        return
    share = share_of_own_letters(mail.text, mail.language)
    if share * 100 < percent:
        yield mail.in_text(f"only {share:.0%} of the text are letters of {mail.language}")


def _found(words: Words, message: str) -> Found:
    return Found(words.place, f"`{words.key}` {message}: “{words.text[:40].strip()}”")


def _is_foreign(text: str, language: str) -> bool:
    known = bool(script_of(language))
    return known and has_letters(text) and not has_own_letters(text, language)


def _worded(checked: Checked, mail: Mail) -> Iterator[tuple[Place, str]]:
    for language in mail.languages:
        for entry, item in checked.items(language):
            yield entry.marks.at(language, "title"), item.title


def _order(checked: Checked, mail: Mail) -> list[str]:
    """Return the ids of the items by where their headlines stand in the page.

    Of items with one headline nobody can say which is which.
    """
    said: dict[str, set[str]] = {}
    for language in checked.composition.issue.languages:
        for entry, item in checked.items(language):
            said.setdefault(plain(item.title), set()).add(entry.id)
    doubtful = {each for ids in said.values() if len(ids) > 1 for each in ids}
    headings = mail.page.all("h1", "h2", "h3", "h4", "h5", "h6")
    shown = [said.get(plain(mail.page.text(heading)), set()) for heading in headings]
    return [each for ids in shown for each in ids if each not in doubtful]
