"""The way from files to Editions: read everything, check the names, choose, word.

`compose` either returns an issue without faults or raises InputRefused with all of them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from newsletter.compose.editions import IssuePicture, Pictures, Wording, edition
from newsletter.compose.office import missing_blocks
from newsletter.compose.picks import choose, shows
from newsletter.compose.pictures import FittedPicture, PictureRefused
from newsletter.compose.pool import PoolItem, Source
from newsletter.compose.stack import stacked
from newsletter.compose.standins import needed_blocks
from newsletter.compose.usage import Earlier, earlier_issues
from newsletter.compose.workspace import Folder, Office, load
from newsletter.errors import InputRefused
from newsletter.languages import SEVERAL
from newsletter.model.content import Issue
from newsletter.model.edition import Edition, EditionPicture, EditionStack
from newsletter.model.finding import Finding
from newsletter.model.rendering import Picture
from newsletter.model.segment import Segment, combinations, variant_name
from newsletter.translations.record import Record, read_record

MOST_VARIANTS = 32
"""More variants of an issue are refused: each is drawn, checked and to be looked at."""


@dataclass(frozen=True, slots=True)
class Composition:
    """An issue put together: its Editions by language, and what they were made from.

    `pictures` maps the address that stands in `src` to the picture, at every width; `files` holds
    what was made of each picture by its path below issues/; `chosen` has the items of each section,
    for checks that speak of their files; `record` says which translation was made from which text;
    `earlier` are the issues before it. `entries` are all its items, whoever gets them; `segments`
    are those of the readers whom this variant is for, none for the general one.
    """

    slug: str
    source: Source[Issue]
    office: Office
    chosen: list[list[PoolItem]]
    editions: Mapping[str, Edition]
    pictures: Mapping[str, Picture]
    files: Pictures
    record: Record = field(default_factory=Record)
    stack: EditionStack | None = None
    earlier: tuple[Earlier, ...] = ()
    entries: tuple[PoolItem, ...] = ()
    segments: tuple[str, ...] = ()

    @property
    def issue(self) -> Issue:
        """The issue as it was written."""
        return self.source.value

    @property
    def variant(self) -> str:
        """The name of this variant; empty for the general one."""
        return variant_name(self.segments)

    @property
    def only_for(self) -> tuple[Segment, ...]:
        """The Segments that sections of the issue are for, in their order."""
        named = dict.fromkeys(each.only_for for each in self.issue.sections if each.only_for)
        return tuple(self.office.segments[name] for name in named)

    @property
    def shown(self) -> list[list[PoolItem]]:
        """The items of the sections that stand in this variant."""
        pairs = zip(self.issue.sections, self.chosen, strict=True)
        return [entries for section, entries in pairs if shows(section, self.segments)]

    @property
    def drawn(self) -> Mapping[str, Edition | EditionStack]:
        """What becomes a Rendering, by its language: each Edition, or all of them stacked."""
        return self.editions if self.stack is None else {SEVERAL: self.stack}

    @property
    def rendered_languages(self) -> tuple[str, ...]:
        """The languages of the Renderings: those of the issue, or `mul` alone."""
        return tuple(self.drawn)

    def languages_of(self, rendered: str) -> tuple[str, ...]:
        """Return the languages that a Rendering is written in."""
        return (rendered,) if rendered in self.editions else self.issue.languages

    def view_url(self, rendered: str) -> str:
        """Return the web address of a Rendering; a stacked one has that of its first language."""
        return self.editions[self.languages_of(rendered)[0]].view_url


def compose(folder: Folder, slug: str) -> Composition:
    """Return the issue `slug` in all its languages; raises InputRefused or WrongUsage."""
    office, issues = load(folder, slug)
    source = issues[slug]
    issue = source.value
    findings: list[Finding] = []
    chosen = choose(issue, office.pool, ())
    everything = (*chosen, *choose(issue, office.pool))
    entries = {entry.id: entry for section in everything for entry in section}
    for entry in entries.values():
        needed = needed_blocks(entry.item.texts, issue.languages, office.settings)
        findings += missing_blocks(entry.item.texts, needed, entry.marks)
    pictures, faults = _pictures(folder, office, slug, entries.values())
    if findings + faults:
        raise InputRefused(findings + faults)
    general = Composition(
        slug=slug,
        source=source,
        office=office,
        chosen=chosen,
        editions={},
        pictures={
            shown.src: fitted.picture
            for each in pictures.values()
            for shown, fitted in zip(each.files, each.made.files, strict=True)
        },
        files=pictures,
        record=read_record(folder.root),
        earlier=earlier_issues(folder, office, issue),
        entries=tuple(entries.values()),
    )
    return _for(general, (), chosen)


def variants(general: Composition) -> list[Composition]:
    """Return an issue as readers in each combination of Segments get it that sections are for.

    Raises InputRefused when there are more combinations than anybody could look at.
    """
    found = combinations(general.only_for, MOST_VARIANTS)
    if len(found) > MOST_VARIANTS:
        raise InputRefused([_too_many(general)])
    return [
        _for(general, segments, choose(general.issue, general.office.pool, segments))
        for segments in found
        if segments
    ]


def _for(
    general: Composition, segments: tuple[str, ...], chosen: list[list[PoolItem]]
) -> Composition:
    """Return what readers in `segments` get."""
    issue, office = general.issue, general.office
    editions = {
        language: edition(
            general.slug, issue, chosen, general.files, Wording(office, language), segments
        )
        for language in issue.languages
    }
    stack = stacked(issue, tuple(editions.values())) if issue.editions == "stacked" else None
    return replace(general, segments=segments, chosen=chosen, editions=editions, stack=stack)


def _too_many(composition: Composition) -> Finding:
    restricted = (n for n, each in enumerate(composition.issue.sections) if each.only_for)
    return Finding(
        rule="segments",
        place=composition.source.marks.at("sections", next(restricted, 0), "only_for"),
        message=f"the sections for segments make more than {MOST_VARIANTS} variants of the issue",
        remedy="let the segments exclude each other by country, language or type of organisation, "
        "or put sections for the same readers under one segment",
    )


def _pictures(
    folder: Folder, office: Office, slug: str, entries: Iterable[PoolItem]
) -> tuple[dict[str, IssuePicture], list[Finding]]:
    pictures: dict[str, IssuePicture] = {}
    findings: list[Finding] = []
    budget = office.settings.picture_kb * 1024
    for entry in entries:
        if not (image := entry.item.image):
            continue
        try:
            made = folder.pictures.fit(folder.root / "issues" / image.file, budget)
        except PictureRefused as refused:
            findings.append(
                Finding(
                    rule="image",
                    place=entry.marks.at("image", "file"),
                    message=f"the picture “{image.file}” {refused.message}",
                    remedy=refused.remedy,
                )
            )
            continue
        files = tuple(_shown(office, slug, fitted) for fitted in made.files)
        pictures[image.file] = IssuePicture(made, files)
    return pictures, findings


def _shown(office: Office, slug: str, fitted: FittedPicture) -> EditionPicture:
    src = _src(office, slug, fitted.picture)
    return EditionPicture(src=src, width=fitted.width, height=fitted.height)


def _src(office: Office, slug: str, picture: Picture) -> str:
    """Return the address of a picture: a part of the mail, or a file at the public address."""
    if office.settings.pictures == "inline":
        return f"cid:{picture.cid}"
    return f"{office.settings.public_url.rstrip('/')}/issues/{slug}/images/{picture.web_name}"
