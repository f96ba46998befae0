"""Put an Issue into words of one language: names, dates, typography, pictures."""

import datetime
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from newsletter.compose import dates
from newsletter.compose.markdown import rich_line, rich_text, web_address
from newsletter.compose.picks import shows
from newsletter.compose.pictures import PictureSet
from newsletter.compose.pool import PoolItem
from newsletter.compose.standins import StandIn, fallback_note, source_of, words_for
from newsletter.compose.typography import set_pieces, set_text
from newsletter.compose.workspace import Office
from newsletter.languages import direction, own_name
from newsletter.model.content import Event, Issue, Item, ItemText, Project, Section
from newsletter.model.edition import (
    Edition,
    EditionEditorial,
    EditionGroup,
    EditionImage,
    EditionItem,
    EditionLink,
    EditionPicture,
    EditionPublisher,
    EditionSection,
    OtherEdition,
    RichText,
)
from newsletter.model.settings import Settings


@dataclass(frozen=True, slots=True)
class IssuePicture:
    """What was made of one picture file of an issue: its files, the narrowest first."""

    made: PictureSet
    files: tuple[EditionPicture, ...]


Pictures = Mapping[str, IssuePicture]
"""The pictures of an issue by their paths below issues/."""


@dataclass(frozen=True, slots=True)
class Wording:
    """One language of one office: sets words and looks up names."""

    office: Office
    language: str

    def line(self, text: str | None) -> str:
        """Return one line as the typographer sets it; empty for none."""
        return set_text(text, self.language) if text else ""

    def prose(self, text: str | None) -> RichText | None:
        """Return Markdown set and turned into HTML and plain text."""
        return rich_text(text, partial(set_pieces, language=self.language)) if text else None

    def names(
        self, codes: Iterable[str], known: Mapping[str, Mapping[str, str]]
    ) -> tuple[str, ...]:
        """Return the names of countries or topics in this language."""
        return tuple(self.line(known[code][self.language]) for code in codes)


def edition(
    slug: str,
    issue: Issue,
    chosen: list[list[PoolItem]],
    pictures: Pictures,
    wording: Wording,
    segments: Collection[str] | None = None,
) -> Edition:
    """Return `issue` in one language, as readers in `segments` get it.

    `chosen` holds the items of each section; `pictures` maps the path of each picture file to what
    was made of it.
    """
    settings, language = wording.office.settings, wording.language
    words = _Verbatim(wording, issue.texts[language].verbatim)
    text = issue.texts[language]
    month_text = dates.month(issue.date, language)
    form = settings.numbering.texts[language]
    return Edition(
        issue=slug,
        language=language,
        direction=direction(language),
        number=issue.number,
        serial=issue.serial,
        date=issue.date,
        month_text=wording.line(month_text),
        number_text=wording.line(form.filled_in(issue.number, issue.serial, month_text)),
        subject=words.line("subject", text.subject),
        preheader=words.line("preheader", text.preheader),
        editorial=_editorial(issue, wording),
        sections=tuple(
            _section(section, entries, pictures, wording)
            for section, entries in zip(issue.sections, chosen, strict=True)
            if shows(section, segments)
        ),
        publisher=publisher_view(settings, language),
        others=tuple(
            OtherEdition(
                language=other, name=own_name(other), url=view_url(settings.public_url, slug, other)
            )
            for other in issue.languages
            if other != language
        ),
        view_url=view_url(settings.public_url, slug, language),
        language_name=own_name(language),
    )


def view_url(public_url: str, slug: str, language: str) -> str:
    """Return the web address of an edition."""
    return f"{public_url.rstrip('/')}/issues/{slug}/{language}/"


def _editorial(issue: Issue, wording: Wording) -> EditionEditorial | None:
    """Return the editorial; where it may, that of another language stands in for a missing one."""
    settings, language = wording.office.settings, wording.language
    other = ""
    if issue.texts[language].editorial is None:
        written = [each for each, text in issue.texts.items() if text.editorial]
        if settings.translations.missing_in(language) != "block":
            other = source_of(issue, written, language, settings) or ""
        if not other:
            return None
    text = issue.texts[other or language]
    words = _Verbatim(Wording(wording.office, other or language), text.verbatim)
    if text.editorial is None:
        return None
    return EditionEditorial(
        title=words.line("editorial", text.editorial.title),
        text=words.prose("editorial", text.editorial.text),
        signed=words.line("editorial", text.editorial.signed),
        fallback_language=other,
        fallback_direction=direction(other) if other else "",
        fallback_fields=("title", "text", "signed") if other else (),
        fallback_note=wording.line(fallback_note(language, other, settings)) if other else "",
    )


@dataclass(frozen=True, slots=True)
class _Verbatim:
    """Sets the fields of one block, but for those that must stay as they were typed.

    A field that stands in from another language is set as that language wants it.
    """

    wording: Wording
    fields: tuple[str, ...]
    stands_in: StandIn | None = None

    def line(self, field: str, text: str | None) -> str:
        return (text or "") if field in self.fields else self._wording(field).line(text)

    def prose(self, field: str, text: str) -> RichText:
        return rich_text(text, self._setter(field))

    def footnote(self, text: str) -> RichText:
        return rich_line(text, self._setter("footnote"))

    def other_language(self, field: str) -> str:
        """Return the language of `field` where it stands in from another; empty elsewhere."""
        return self.stands_in.other if self.stands_in and field in self.stands_in.fields else ""

    def _setter(self, field: str) -> Callable[[list[str]], list[str]]:
        if field in self.fields:
            return list[str]
        return partial(set_pieces, language=self._wording(field).language)

    def _wording(self, field: str) -> Wording:
        other = self.other_language(field)
        return Wording(self.wording.office, other) if other else self.wording


def _section(
    section: Section,
    entries: list[PoolItem],
    pictures: Pictures,
    wording: Wording,
) -> EditionSection:
    texts = section.texts.get(wording.language)
    items = tuple(_item(entry, pictures, wording) for entry in entries)
    grouped = bool(section.pick and section.pick.group_by)
    return EditionSection(
        layout=section.layout,
        heading=wording.line(texts.heading) if texts else "",
        items=items,
        groups=_by_country(entries, items, wording)
        if grouped
        else (EditionGroup(label="", items=items),),
    )


def _by_country(
    entries: list[PoolItem], items: tuple[EditionItem, ...], wording: Wording
) -> tuple[EditionGroup, ...]:
    """Return a group for each country, in the order of newsletter.yaml.

    Then come items about several countries, in that order too, and last those about none.
    """
    countries = wording.office.settings.countries
    order = list(countries)
    groups: dict[tuple[int, ...], list[EditionItem]] = {}
    for entry, item in zip(entries, items, strict=True):
        places = tuple(sorted(order.index(code) for code in entry.item.countries))
        groups.setdefault(places, []).append(item)
    ordered = sorted(groups, key=lambda places: (not places, len(places) > 1, places))
    return tuple(
        EditionGroup(
            label=", ".join(wording.names((order[place] for place in places), countries)),
            items=tuple(groups[places]),
        )
        for places in ordered
    )


def _item(entry: PoolItem, pictures: Pictures, wording: Wording) -> EditionItem:
    item, language = entry.item, wording.language
    settings = wording.office.settings
    found = words_for(item, language, settings)
    text = found.text
    words = _Verbatim(wording, text.verbatim, found)
    note = fallback_note(language, found.other, settings) if found.fields else ""
    return EditionItem(
        id=entry.id,
        kind=item.kind,
        date=item.date,
        date_text=wording.line(dates.day(item.date, language)),
        countries=wording.names(item.countries, settings.countries),
        topics=wording.names(item.topics, settings.topics),
        title=words.line("title", text.title),
        lead=words.line("lead", text.lead),
        text=words.prose("text", text.text) if text.text else None,
        image=_image(item, text, pictures, words),
        links=tuple(
            EditionLink(label=words.line("links", link.label), url=web_address(link.url))
            for link in text.links
        ),
        footnote=words.footnote(text.footnote) if text.footnote else None,
        period_text=wording.line(_period(item, language)),
        deadline_text=wording.line(_deadline(item, language)),
        place=words.line("place", getattr(text, "place", None)),
        publisher=words.line("publisher", getattr(text, "publisher", None)),
        pages=getattr(item, "pages", None) or 0,
        partners=words.line("partners", getattr(text, "partners", None)),
        quote=_quote(words, getattr(text, "quote", None)),
        person=words.line("person", getattr(text, "person", None)),
        position=words.line("position", getattr(text, "position", None)),
        fallback_language=found.other if found.fields else "",
        fallback_direction=found.direction if found.fields else "",
        fallback_fields=found.fields,
        fallback_note=wording.line(note),
    )


def _image(
    item: Item,
    text: ItemText,
    pictures: Pictures,
    words: _Verbatim,
) -> EditionImage | None:
    if not item.image:
        return None
    files = pictures[item.image.file].files
    return EditionImage(
        src=files[-1].src,
        alt=words.line("image_alt", text.image_alt),
        alt_language=words.other_language("image_alt"),
        credit=words.line("image_credit", text.image_credit or item.image.credit),
        rights=item.image.rights or "",
        width=files[-1].width,
        height=files[-1].height,
        files=files,
        file=item.image.file,
        focus=item.image.focus,
    )


def _period(item: Item, language: str) -> str:
    """Return first to last day; a project without an end has no period yet."""
    match item:
        case Event():
            return dates.period(item.starts, item.ends, language)
        case Project(starts=datetime.date() as starts, ends=datetime.date() as ends):
            return dates.period(starts, ends, language)
    return ""


def _deadline(item: Item, language: str) -> str:
    deadline = getattr(item, "deadline", None)
    return dates.day(deadline, language) if deadline else ""


def _quote(words: _Verbatim, text: str | None) -> str:
    """Return the words in outer quotation marks, so that inner ones come out right."""
    return words.line("quote", f'"{text}"') if text else ""


def publisher_view(settings: Settings, language: str) -> EditionPublisher:
    """Return who publishes the newsletter, in a language of the office."""
    publisher = settings.publisher
    text = publisher.texts[language]

    def line(words: str | None) -> str:
        return set_text(words, language) if words else ""

    return EditionPublisher(
        name=line(text.name),
        short_name=line(text.short_name),
        address=tuple(line(each) for each in text.address),
        about=line(text.about),
        reason=line(text.reason),
        phone=(publisher.phone or "").replace(" ", "\u00a0"),
        fax=(publisher.fax or "").replace(" ", "\u00a0"),
        email=publisher.email,
        website=web_address(publisher.website or ""),
        copyright=line(text.copyright),
    )
