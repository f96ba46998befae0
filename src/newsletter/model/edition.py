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
class EditionPicture:
    """One file of a picture: there is one for each of several widths."""

    src: str = field(
        metadata=doc("Address for `src`: a part of the mail (cid:…) or a web address.")
    )
    width: int = field(metadata=doc("Width of the file in pixels."))
    height: int = field(metadata=doc("Height of the file in pixels."))


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionImage:
    """A picture of an item; `image.at(276)` is the file to show 276 pixels wide."""

    src: str = field(metadata=doc("The widest of its files, as an address for `src`."))
    alt: str = field(metadata=doc("What the picture shows."))
    alt_language: str = field(
        default="", metadata=doc("Language of `alt`, for `lang`, where it stands in; else empty.")
    )
    credit: str = field(metadata=doc("Who made it."))
    rights: str = field(default="", metadata=doc("What allows us to print it, as it was typed."))
    width: int = field(metadata=doc("Width of the widest file in pixels: at most 1200."))
    height: int = field(metadata=doc("Height of that file in pixels."))
    files: tuple[EditionPicture, ...] = field(
        default=(), metadata=doc("Its files, the narrowest first: 300, 600 and 1200 pixels wide.")
    )
    file: str = field(default="", metadata=doc("The editor's own file, below issues/."))
    focus: tuple[float, float] = field(
        default=(0.5, 0.5),
        metadata=doc("What a crop must keep: fractions of the picture from the left and the top."),
    )

    def at(self, width: int) -> EditionPicture:
        """Return the narrowest file at least twice as wide as `width` on the page, or the widest.

        Good screens have two dots and more to a pixel.
        """
        widest = EditionPicture(src=self.src, width=self.width, height=self.height)
        return next((each for each in self.files if each.width >= 2 * width), widest)


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
    more_url: str = field(
        default="",
        metadata=doc("Where the whole story stands when only its beginning is here; else empty."),
    )
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
    fallback_language: str = field(
        default="",
        metadata=doc("Language of words that stand in for missing ones, for `lang`; else empty."),
    )
    fallback_direction: str = field(default="", metadata=doc("Its direction, for `dir`."))
    fallback_fields: tuple[str, ...] = field(
        default=(), metadata=doc("Names of the fields that are in that language.")
    )
    fallback_note: str = field(
        default="", metadata=doc("What tells readers so: In Russian only; empty when none is.")
    )


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
    fallback_language: str = field(
        default="", metadata=doc("Its language when it stands in for a missing one; else empty.")
    )
    fallback_direction: str = field(default="", metadata=doc("Direction of that language."))
    fallback_fields: tuple[str, ...] = field(
        default=(), metadata=doc("title, text and signed when it stands in; else nothing.")
    )
    fallback_note: str = field(default="", metadata=doc("What tells readers so: In Russian only."))


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
    language_name: str = field(
        default="", metadata=doc("The language's own name for itself: English, Русский.")
    )
    depth: int = field(
        default=0,
        metadata=doc("How many levels deeper headings stand: 1 below the name of a language."),
    )
    short: bool = field(
        default=False, metadata=doc("Whether stories are told in short: `stories: short`.")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionStack:
    """Several editions of an issue in one mail; drawn by stacked.mjml.j2 and stacked.txt.j2."""

    issue: str = field(metadata=doc("Name of the issue's folder: 2015-1."))
    language: str = field(metadata=doc("Language of the first edition, for `lang` of the page."))
    direction: str = field(metadata=doc("ltr or rtl, for `dir` of the page."))
    subject: str = field(metadata=doc("Subject of the mail."))
    preheader: str = field(metadata=doc("The line that inboxes show after the subject."))
    editions: tuple[Edition, ...] = field(metadata=doc("The editions, in the issue's order."))


SLOTS: dict[str, str] = {
    "greeting": "The greeting with the reader's name, from the theme's strings.",
    "unsubscribe_url": "Where this reader leaves the list with one click.",
    "preferences_url": "Where this reader changes language and lists.",
}
"""The only things that differ from reader to reader; written `[[name]]` in a Rendering."""


def is_slot(name: str) -> bool:
    """Whether `[[name]]` is filled in for each reader; a stack greets again in each language."""
    return name in SLOTS or (name[:-1] == "greeting" and name[-1] in "23456789")
