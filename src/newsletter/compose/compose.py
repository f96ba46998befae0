"""The way from files to Editions: read everything, check the names, choose, word.

`compose` either returns an issue without faults or raises InputRefused with all of them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from newsletter.compose.editions import Wording, edition
from newsletter.compose.office import missing_blocks
from newsletter.compose.picks import choose
from newsletter.compose.pictures import FittedPicture, fit_picture
from newsletter.compose.pool import PoolItem, Source
from newsletter.compose.workspace import Folder, Office, load
from newsletter.errors import InputRefused
from newsletter.model.content import Issue
from newsletter.model.edition import Edition
from newsletter.model.finding import Finding
from newsletter.model.rendering import Picture


@dataclass(frozen=True, slots=True)
class Composition:
    """An issue put together: its Editions by language, and what they were made from.

    `pictures` maps the address that stands in `src` to the picture; `chosen` holds the items of
    each section, for checks that speak of their files.
    """

    slug: str
    source: Source[Issue]
    office: Office
    chosen: list[list[PoolItem]]
    editions: Mapping[str, Edition]
    pictures: Mapping[str, Picture]

    @property
    def issue(self) -> Issue:
        """The issue as it was written."""
        return self.source.value


def compose(folder: Folder, slug: str) -> Composition:
    """Return the issue `slug` in all its languages; raises InputRefused or WrongUsage."""
    office, issues = load(folder, slug)
    source = issues[slug]
    issue = source.value
    findings: list[Finding] = []
    chosen = choose(issue, office.pool)
    entries = {entry.id: entry for section in chosen for entry in section}
    for entry in entries.values():
        findings += missing_blocks(entry.item.texts, issue.languages, entry.marks)
    pictures, faults = _pictures(folder, office, slug, entries.values())
    if findings + faults:
        raise InputRefused(findings + faults)
    return Composition(
        slug=slug,
        source=source,
        office=office,
        chosen=chosen,
        editions={
            language: edition(slug, issue, chosen, pictures, Wording(office, language))
            for language in issue.languages
        },
        pictures={src: fitted.picture for src, fitted in pictures.values()},
    )


def _pictures(
    folder: Folder, office: Office, slug: str, entries: Iterable[PoolItem]
) -> tuple[dict[str, tuple[str, FittedPicture]], list[Finding]]:
    pictures: dict[str, tuple[str, FittedPicture]] = {}
    findings: list[Finding] = []
    for entry in entries:
        if not (image := entry.item.image):
            continue
        try:
            fitted = fit_picture(folder.root / "issues" / image.file)
        except ValueError as fault:
            findings.append(
                Finding(
                    rule="image",
                    place=entry.marks.at("image", "file"),
                    message=f"the picture “{image.file}” {fault}",
                    remedy="save it anew as PNG or JPEG",
                )
            )
            continue
        pictures[image.file] = (_src(office, slug, fitted.picture), fitted)
    return pictures, findings


def _src(office: Office, slug: str, picture: Picture) -> str:
    """Return the address of a picture: a part of the mail, or a file at the public address."""
    if office.settings.pictures == "inline":
        return f"cid:{picture.cid}"
    return f"{office.settings.public_url.rstrip('/')}/issues/{slug}/images/{picture.web_name}"
