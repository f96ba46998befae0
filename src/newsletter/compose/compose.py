"""The way from files to Editions: read everything, check the names, choose, word.

`compose` either returns an issue without faults or raises InputRefused with all of them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from newsletter.compose.editions import IssuePicture, Pictures, Wording, edition
from newsletter.compose.office import missing_blocks
from newsletter.compose.picks import choose
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
from newsletter.translations.record import Record, read_record


@dataclass(frozen=True, slots=True)
class Composition:
    """An issue put together: its Editions by language, and what they were made from.

    `pictures` maps the address that stands in `src` to the picture, at every width; `files` holds
    what was made of each picture by its path below issues/; `chosen` has the items of each section,
    for checks that speak of their files; `record` says which translation was made from which text;
    `earlier` are the issues before it.
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

    @property
    def issue(self) -> Issue:
        """The issue as it was written."""
        return self.source.value

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
    chosen = choose(issue, office.pool)
    entries = {entry.id: entry for section in chosen for entry in section}
    for entry in entries.values():
        needed = needed_blocks(entry.item.texts, issue.languages, office.settings)
        findings += missing_blocks(entry.item.texts, needed, entry.marks)
    pictures, faults = _pictures(folder, office, slug, entries.values())
    if findings + faults:
        raise InputRefused(findings + faults)
    editions = {
        language: edition(slug, issue, chosen, pictures, Wording(office, language))
        for language in issue.languages
    }
    return Composition(
        slug=slug,
        source=source,
        office=office,
        chosen=chosen,
        editions=editions,
        pictures={
            shown.src: fitted.picture
            for each in pictures.values()
            for shown, fitted in zip(each.files, each.made.files, strict=True)
        },
        files=pictures,
        record=read_record(folder.root),
        stack=stacked(issue, tuple(editions.values())) if issue.editions == "stacked" else None,
        earlier=earlier_issues(folder, office, issue),
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
