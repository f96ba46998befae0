"""What pages of the archive list: issues, items, countries and topics, as seen from one page."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import groupby

from newsletter.languages import decimal, direction, own_name
from newsletter.model.archive import (
    ArchiveGroup,
    ArchiveIssue,
    ArchiveItem,
    ArchiveLink,
    ArchivePaper,
    ArchiveWays,
    ArchiveYear,
)
from newsletter.model.edition import (
    Edition,
    EditionImage,
    EditionItem,
    EditionPicture,
    EditionSection,
)
from newsletter.model.rendering import Picture
from newsletter.publish import addresses
from newsletter.publish.addresses import Standpoint
from newsletter.publish.contents import FAMILIES, Contents, Entry, Published, items_of

Crops = Mapping[tuple[str, str], EditionPicture]
"""Small pictures for lists, by issue and the editor's file; `src` is seen from the top."""


def years(contents: Contents, language: str, here: Standpoint) -> tuple[ArchiveYear, ...]:
    """Return all issues by year; one without an Edition in `language` in another of its own."""
    listed = [_spoken(contents, issue, language, here) for issue in contents.issues]
    return tuple(
        ArchiveYear(year=year, issues=tuple(issues))
        for year, issues in groupby(listed, key=lambda each: each.date.year)
    )


def _spoken(contents: Contents, issue: Published, language: str, here: Standpoint) -> ArchiveIssue:
    """Return `issue` in `language`, or else in one that a reader of it may have."""
    wanted = (language, contents.default_language, *issue.editions)
    spoken = next(each for each in wanted if each in issue.editions)
    return replace(
        issue_in_list(issue, spoken, here),
        foreign=spoken != language,
        paper=paper_link(issue, spoken, here, language),
    )


def issue_in_list(issue: Published, language: str, here: Standpoint) -> ArchiveIssue:
    """Return what a list says about an issue in `language`, which it must have."""
    edition = issue.editions[language]
    there = addresses.edition_of(issue.slug, language)
    pictures = (item.image for item in items_of(edition) if item.image)
    return ArchiveIssue(
        issue=issue.slug,
        language=language,
        direction=edition.direction,
        href=here.to(there),
        number_text=edition.number_text,
        date=edition.date,
        subject=edition.subject,
        summary=edition.preheader,
        picture=_image_from(issue, next(pictures, None), here),
        headlines=tuple(
            ArchiveLink(
                label=item.title,
                href=here.to(there, item.id),
                language=_title_language(item),
                direction=item.fallback_direction if _title_language(item) else "",
            )
            for item in items_of(edition)
        ),
        others=tuple(
            language_link(other, here, addresses.edition_of(issue.slug, other))
            for other in issue.editions
            if other != language
        ),
        paper=paper_link(issue, language, here),
    )


def paper_link(
    issue: Published, language: str, here: Standpoint, reader: str = ""
) -> ArchivePaper | None:
    """Return the way to the PDF of an Edition; none when it was not printed.

    `reader` is the language of the page, if it is another.
    """
    paper = issue.papers.get(language)
    if paper is None:
        return None
    there = addresses.paper_of(issue.slug, language)
    size = len(paper.data)
    return ArchivePaper(
        href=here.to(there),
        url=here.url(there),
        pages=paper.pages,
        octets=size,
        megabytes=decimal(max(size / 1e6, 0.1), reader or language),
    )


def language_link(language: str, here: Standpoint, target: str) -> ArchiveLink:
    """Return a link to a page in another language, called by that language's own name."""
    return ArchiveLink(
        label=own_name(language),
        href=here.to(target),
        language=language,
        direction=direction(language),
    )


def tag_links(
    contents: Contents, language: str, family: str, here: Standpoint
) -> tuple[ArchiveLink, ...]:
    """Return links to all countries or topics that have items."""
    return tuple(
        ArchiveLink(
            label=contents.tag_name(language, family, tag),
            href=here.to(path),
            count=len(entries),
            current=path == here.path,
        )
        for tag, entries in contents.tags(language, family).items()
        for path in (addresses.tag_of(language, family, tag),)
    )


def groups(
    contents: Contents, entries: Iterable[Entry], here: Standpoint, crops: Crops
) -> tuple[ArchiveGroup, ...]:
    """Return items under the issues they appeared in."""
    return tuple(
        ArchiveGroup(
            issue=issue_in_list(found[0].issue, found[0].language, here),
            items=tuple(_item_in_list(contents, entry, here, crops) for entry in found),
        )
        for _, each in groupby(entries, key=lambda entry: entry.issue.slug)
        for found in (list(each),)
    )


def _item_in_list(contents: Contents, entry: Entry, here: Standpoint, crops: Crops) -> ArchiveItem:
    issue, item = entry.issue, entry.item
    crop = crops[issue.slug, item.image.file] if item.image else None
    countries, topics = (_links_of(contents, entry, family, here) for family in FAMILIES)
    return ArchiveItem(
        item=replace(item, image=_image_from(issue, item.image, here)),
        crop=replace(crop, src=here.to(crop.src)) if crop else None,
        href=here.to(addresses.edition_of(issue.slug, entry.language), item.id),
        countries=countries,
        topics=topics,
    )


def _links_of(
    contents: Contents, entry: Entry, family: str, here: Standpoint
) -> tuple[ArchiveLink, ...]:
    """Return links from an item to its countries or topics."""
    return tuple(
        ArchiveLink(
            label=contents.tag_name(entry.language, family, tag),
            href=here.to(path),
            current=path == here.path,
        )
        for tag in entry.tags(family)
        for path in (addresses.tag_of(entry.language, family, tag),)
    )


def ways(
    contents: Contents, issue: Published, language: str, here: Standpoint
) -> Mapping[str, ArchiveWays]:
    """Return where each item of an Edition leads: its countries, its topics, other languages."""
    found: dict[str, ArchiveWays] = {}
    for item in items_of(issue.editions[language]):
        entry = Entry(issue, language, item)
        countries, topics = (_links_of(contents, entry, family, here) for family in FAMILIES)
        others = tuple(_elsewhere(issue, language, item.id, here))
        found[item.id] = ArchiveWays(countries=countries, topics=topics, others=others)
    return found


def _elsewhere(
    issue: Published, language: str, item_id: str, here: Standpoint
) -> Iterator[ArchiveLink]:
    """Yield links to an item in the other languages in which it was written."""
    for other, edition in issue.editions.items():
        item = next(item for item in items_of(edition) if item.id == item_id)
        if other != language and not _title_language(item):
            target = addresses.edition_of(issue.slug, other)
            link = language_link(other, here, target)
            yield replace(link, href=here.to(target, item_id), detail=item.title)


def _title_language(item: EditionItem) -> str:
    """Return the language of a title that stands in for a missing one; empty for none."""
    return item.fallback_language if "title" in item.fallback_fields else ""


def edition_from(issue: Published, language: str, here: Standpoint) -> Edition:
    """Return an Edition whose pictures are called as `here` calls them."""

    def item_from(item: EditionItem) -> EditionItem:
        return replace(item, image=_image_from(issue, item.image, here))

    def section_from(section: EditionSection) -> EditionSection:
        return replace(
            section,
            items=tuple(map(item_from, section.items)),
            groups=tuple(
                replace(group, items=tuple(map(item_from, group.items))) for group in section.groups
            ),
        )

    edition = issue.editions[language]
    return replace(edition, sections=tuple(map(section_from, edition.sections)))


def item_from(entry: Entry, here: Standpoint) -> EditionItem:
    """Return an item whose picture is called as `here` calls it."""
    return replace(entry.item, image=_image_from(entry.issue, entry.item.image, here))


def _image_from(
    issue: Published, image: EditionImage | None, here: Standpoint
) -> EditionImage | None:
    if image is None:
        return None
    pictures = issue.composition.pictures

    def src(name: str) -> str:
        return here.to(picture_path(issue.slug, pictures[name]))

    files = tuple(replace(each, src=src(each.src)) for each in image.files)
    return replace(image, src=src(image.src), files=files)


def picture_path(slug: str, picture: Picture) -> str:
    """Return where a picture of an issue stands; mails with hosted pictures look for it there."""
    return f"{addresses.images_of(slug)}{picture.web_name}"
