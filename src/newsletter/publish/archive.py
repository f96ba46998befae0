"""The web archive: issues that are free of errors become a static site in a folder.

    issues ► contents ► looks and cards ► pages ► feeds, sitemap ► into the folder, all at once

Everything is drawn before the first file is written: a template with a fault changes nothing.
Nothing in it knows a reader, no page needs a script, and the same workspace gives the same bytes.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from newsletter.compose.pictures import CARD_SIZE, PictureShelf
from newsletter.compose.workspace import Folder
from newsletter.errors import InputRefused
from newsletter.model.archive import ArchiveCard
from newsletter.model.edition import Edition, EditionImage, EditionPicture
from newsletter.model.finding import Finding
from newsletter.publish import addresses, lists
from newsletter.publish.addresses import Standpoint
from newsletter.publish.cards import draw_card
from newsletter.publish.contents import Contents, Published, contents_of, items_of
from newsletter.publish.feeds import feeds
from newsletter.publish.fill import CARD_FONT, ICON, STYLES, require_web_theme
from newsletter.publish.pages import Look, Site, draw_missing_page, draw_pages
from newsletter.publish.sitemap import robots, sitemap
from newsletter.render.templates import render_page
from newsletter.render.theme import Theme

_CROP = (480, 320)
"""Small pictures in lists: three by two, twice the width at which they are shown."""


@dataclass(frozen=True, slots=True)
class Archive:
    """A finished archive: its files by name, how many of them are pages, and what it holds."""

    files: Mapping[str, bytes]
    pages: int
    languages: tuple[str, ...]
    issues: tuple[str, ...]

    @property
    def papers(self) -> tuple[str, ...]:
        """The PDFs among the files."""
        return tuple(name for name in self.files if name.endswith(".pdf"))

    @property
    def octets(self) -> int:
        """The size of all files together."""
        return sum(map(len, self.files.values()))

    def still_needs(self, name: str) -> bool:
        """Whether a file of an earlier archive stays: mails that were sent may show a picture."""
        return name.startswith(tuple(addresses.images_of(slug) for slug in self.issues))


def draw_archive(folder: Folder, issues: Iterable[Published]) -> Archive:
    """Return the archive of `issues`, of which there must be one.

    Raises InputRefused with what the themes lack, or the fault of a template.
    """
    contents = contents_of(issues)
    themes = {issue.composition.issue.theme: issue.theme for issue in contents.issues}
    _require_web_themes(themes.values())
    files: dict[str, bytes] = {}
    site = Site(
        contents=contents,
        looks={name: _look(name, theme, contents, files) for name, theme in themes.items()},
        cards=dict(_cards(folder, contents, files)),
        crops=dict(_crops(folder, contents, files)),
    )
    for issue in contents.issues:
        for picture in issue.composition.pictures.values():
            files[lists.picture_path(issue.slug, picture)] = picture.data
        for language, paper in issue.papers.items():
            files[addresses.paper_of(issue.slug, language)] = paper.data
    pages = list(draw_pages(site))
    files |= {addresses.page_file(page.path): page.html.encode() for page in pages}
    files[addresses.MISSING] = draw_missing_page(site).encode()
    files |= dict(feeds(contents))
    public_url = contents.settings.public_url
    files[addresses.SITEMAP] = sitemap(pages, public_url)
    files["robots.txt"] = robots(public_url)
    slugs = tuple(issue.slug for issue in contents.issues)
    return Archive(files, len(pages) + 1, contents.languages, slugs)


def _require_web_themes(themes: Iterable[Theme]) -> None:
    findings: list[Finding] = []
    for theme in themes:
        try:
            require_web_theme(theme)
        except InputRefused as refused:
            findings += refused.findings
    if findings:
        raise InputRefused(findings)


def _look(name: str, theme: Theme, contents: Contents, files: dict[str, bytes]) -> Look:
    """Put styles and icon of a theme among the files; their names say what is in them."""
    styles = render_page(theme, STYLES, contents.default_language, {})
    stylesheet = _asset(f"{name}.css", styles.encode(), files)
    icon = ""
    if (theme.folder / ICON).is_file():
        drawn = render_page(theme, ICON, contents.default_language, {})
        icon = _asset(f"{name}.svg", drawn.encode(), files)
    return Look(theme, styles, stylesheet, icon)


def _asset(name: str, data: bytes, files: dict[str, bytes], where: str = "assets/") -> str:
    stem, _, ending = name.rpartition(".")
    path = f"{where}{stem}-{hashlib.sha256(data).hexdigest()[:8]}.{ending}"
    files[path] = data
    return path


def _crops(
    folder: Folder, contents: Contents, files: dict[str, bytes]
) -> Iterable[tuple[tuple[str, str], EditionPicture]]:
    """Yield a small picture for each picture of an item, and put it among the files."""
    for issue in contents.issues:
        edition = next(iter(issue.editions.values()))
        images = {item.image.file: item.image for item in items_of(edition) if item.image}
        for name, image in images.items():
            path = folder.root / "issues" / name
            crop = folder.pictures.crop(path, image.focus, _CROP)
            src = lists.picture_path(issue.slug, crop.picture)
            files[src] = crop.picture.data
            yield (
                (issue.slug, name),
                EditionPicture(src=src, width=crop.width, height=crop.height),
            )


def _cards(
    folder: Folder, contents: Contents, files: dict[str, bytes]
) -> Iterable[tuple[tuple[str, str], ArchiveCard]]:
    """Yield the card of each Edition, and put it among the files."""
    for issue in contents.issues:
        font = issue.theme.folder / CARD_FONT
        for language, edition in issue.editions.items():
            data = _card(folder.pictures, folder.root, issue, edition, font)
            path = _asset("card.jpg", data, files, addresses.edition_of(issue.slug, language))
            here = Standpoint(contents.settings.public_url, path)
            yield (
                (issue.slug, language),
                ArchiveCard(
                    url=here.url(), width=CARD_SIZE[0], height=CARD_SIZE[1], alt=_alt(edition)
                ),
            )


def _card(shelf: PictureShelf, root: Path, issue: Published, edition: Edition, font: Path) -> bytes:
    headline, image = _story(edition)
    return draw_card(
        issue.theme,
        font if font.is_file() else None,
        (f"{edition.publisher.short_name}  ·  {edition.number_text}", headline),
        (shelf, root / "issues" / image.file, image) if image else None,
    )


def _story(edition: Edition) -> tuple[str, EditionImage | None]:
    """Return title and picture of the first item that has one, else the subject."""
    for item in items_of(edition):
        if item.image:
            return item.title, item.image
    return edition.subject, None


def _alt(edition: Edition) -> str:
    """Return the card in words: what stands on it, and what its picture shows."""
    headline, image = _story(edition)
    parts = (edition.number_text, headline, image.alt if image else "")
    return ". ".join(part.rstrip(".") for part in parts if part)
