"""An Issue in one language, with every name, date and picture resolved: what templates are given.

Each field is documented where it is defined; `docs/reference/template-variables.md` is generated
from here, and a theme may rely on these names.
"""

import datetime
from dataclasses import dataclass, field


def doc(text: str) -> dict[str, str]:
    """Return the metadata that documents a template variable."""
    return {"doc": text}


class Html(str):
    """Text that is HTML already: templates print it as it stands."""

    __slots__ = ()

    def __html__(self) -> str:
        """Tell Jinja not to escape it."""
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class RichText:
    """A text written in Markdown."""

    html: Html = field(metadata=doc("As HTML: paragraphs, lists, links; already escaped."))
    plain: str = field(metadata=doc("As plain text; links as “label (address)”."))


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionLink:
    """A link below an item."""

    label: str = field(metadata=doc("What the reader sees."))
    url: str = field(metadata=doc("Where it leads."))


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionImage:
    """A picture of an item."""

    src: str = field(
        metadata=doc("Address for `src`: a part of the mail (cid:…) or a web address.")
    )
    alt: str = field(metadata=doc("What the picture shows."))
    credit: str = field(metadata=doc("Who made it."))
    width: int = field(metadata=doc("Width of the file in pixels (twice the width shown)."))
    height: int = field(metadata=doc("Height of the file in pixels."))


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionItem:
    """One item of the pool in one language; what its kind has not, or was left out, is empty."""

    id: str = field(metadata=doc("Name of the item's file without .yaml."))
    kind: str = field(
        metadata=doc("news, announcement, event, publication, project, vacancy or interview.")
    )
    date: datetime.date = field(metadata=doc("Day of the item."))
    date_text: str = field(metadata=doc("That day in words: 17 March 2015, 17 марта 2015 г."))
    countries: tuple[str, ...] = field(metadata=doc("Names of its countries."))
    topics: tuple[str, ...] = field(metadata=doc("Names of its topics."))
    title: str = field(metadata=doc("Headline."))
    lead: str = field(default="", metadata=doc("One or two sentences."))
    text: RichText | None = field(default=None, metadata=doc("The story."))
    image: EditionImage | None = field(default=None, metadata=doc("The picture."))
    links: tuple[EditionLink, ...] = field(default=(), metadata=doc("Links below the story."))
    footnote: RichText | None = field(default=None, metadata=doc("A note below the story."))
    period_text: str = field(
        default="", metadata=doc("First to last day in words, for events and projects.")
    )
    deadline_text: str = field(default="", metadata=doc("Last day to respond or apply, in words."))
    place: str = field(default="", metadata=doc("Where an event or a post is."))
    publisher: str = field(default="", metadata=doc("Who published a publication."))
    pages: int = field(default=0, metadata=doc("Number of its pages; 0 when not known."))
    partners: str = field(default="", metadata=doc("Partners of a project."))
    quote: str = field(default="", metadata=doc("Words quoted, with quotation marks."))
    person: str = field(default="", metadata=doc("Who said them."))
    position: str = field(default="", metadata=doc("Title of that person."))


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionGroup:
    """Items under one label, for example a country."""

    label: str = field(metadata=doc("Name of the group; empty when items are not grouped."))
    items: tuple[EditionItem, ...] = field(metadata=doc("Items of the group."))


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionEditorial:
    """The editorial."""

    title: str = field(metadata=doc("Headline."))
    text: RichText = field(metadata=doc("The text."))
    signed: str = field(default="", metadata=doc("Who signs it."))


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionSection:
    """One section, drawn by the file parts/LAYOUT.mjml.j2 of the theme."""

    layout: str = field(metadata=doc("Name of the layout."))
    heading: str = field(metadata=doc("Heading; may be empty."))
    items: tuple[EditionItem, ...] = field(metadata=doc("All its items, in order."))
    groups: tuple[EditionGroup, ...] = field(
        metadata=doc("The same items in groups; one group without label when not grouped.")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionPublisher:
    """Who publishes the newsletter, in the language of the edition."""

    name: str = field(metadata=doc("Full name of the office."))
    short_name: str = field(metadata=doc("Short name."))
    address: tuple[str, ...] = field(metadata=doc("Lines of the postal address."))
    about: str = field(metadata=doc("One sentence about the office; may be empty."))
    reason: str = field(metadata=doc("Why the reader gets this mail."))
    phone: str = field(metadata=doc("Telephone; may be empty."))
    fax: str = field(metadata=doc("Fax; may be empty."))
    email: str = field(metadata=doc("Address that readers may write to."))
    website: str = field(metadata=doc("Address of the website; may be empty."))
    copyright: str = field(metadata=doc("Copyright line; may be empty."))


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherEdition:
    """The same issue in another language."""

    language: str = field(metadata=doc("Language tag: en, ru."))
    name: str = field(metadata=doc("The language's own name for itself: English, Русский."))
    url: str = field(metadata=doc("Web address of that edition."))


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """An issue in one language."""

    issue: str = field(metadata=doc("Name of the issue's folder: 2015-1."))
    language: str = field(metadata=doc("Language tag, for `lang`."))
    direction: str = field(metadata=doc("ltr or rtl, for `dir`."))
    number: int = field(metadata=doc("Number within the year."))
    serial: int = field(metadata=doc("Running number."))
    date: datetime.date = field(metadata=doc("Date of the issue."))
    month_text: str = field(metadata=doc("Month and year: March 2015, март 2015 г."))
    number_text: str = field(metadata=doc("No. 1 (60), March 2015 or № 1 (60), март 2015 г."))
    subject: str = field(metadata=doc("Subject of the mail."))
    preheader: str = field(metadata=doc("The line that inboxes show after the subject."))
    editorial: EditionEditorial | None = field(metadata=doc("The editorial, if there is one."))
    sections: tuple[EditionSection, ...] = field(metadata=doc("Sections in order."))
    publisher: EditionPublisher = field(metadata=doc("Who publishes it."))
    others: tuple[OtherEdition, ...] = field(metadata=doc("The same issue in other languages."))
    view_url: str = field(metadata=doc("Web address of this edition."))


SLOTS: dict[str, str] = {
    "greeting": "The greeting with the reader's name, from the theme's strings.",
    "unsubscribe_url": "Where this reader leaves the list with one click.",
    "preferences_url": "Where this reader changes language and lists.",
}
"""The only things that differ from reader to reader; written `[[name]]` in a Rendering."""
