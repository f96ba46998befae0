"""Draw the pages of the archive: which there are, and what each template is given.

A page is drawn by the theme of its issue; lists by the theme of the newest issue.
"""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from newsletter.languages import direction
from newsletter.model.archive import (
    ArchiveAlternate,
    ArchiveCard,
    ArchiveFeed,
    ArchiveLink,
    ArchivePage,
    HomePage,
    IndexPage,
    IssuePage,
    MissingPage,
    PageTemplate,
    TagPage,
    TagsPage,
)
from newsletter.publish import addresses, lists
from newsletter.publish.addresses import Standpoint
from newsletter.publish.contents import FAMILIES, Contents, Published
from newsletter.publish.feeds import FEED_FILES
from newsletter.publish.fill import fill
from newsletter.render.theme import Theme

_SINGULAR = {"countries": "country", "topics": "topic"}
_NOTHING_ELSE = "default-src 'none'; base-uri 'none'; form-action 'none'"


@dataclass(frozen=True, slots=True)
class Look:
    """How a theme looks on the web: its styles, and where they and its icon stand."""

    theme: Theme
    styles: str
    stylesheet: str
    icon: str


@dataclass(frozen=True, slots=True)
class Site:
    """The archive as a whole: contents, looks by theme, cards by issue and language, crops."""

    contents: Contents
    looks: Mapping[str, Look]
    cards: Mapping[tuple[str, str], ArchiveCard]
    crops: lists.Crops

    def look(self, issue: Published) -> Look:
        """Return the look of an issue."""
        return self.looks[issue.composition.issue.theme]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A finished page and, for the sitemap, its versions in all languages."""

    path: str
    html: str
    language: str
    alternates: Mapping[str, str]
    dated: str


def draw_pages(site: Site) -> Iterator[Drawn]:
    """Yield every page; raises InputRefused with the faults of the templates."""
    yield _home(site)
    for language in site.contents.languages:
        yield _index(site, language)
        for family in FAMILIES:
            if site.contents.tags(language, family):
                yield _tags(site, language, family)
            for tag in site.contents.tags(language, family):
                yield _tag(site, language, family, tag)
        for issue in site.contents.issues_in(language):
            yield _edition(site, issue, language)


def _home(site: Site) -> Drawn:
    contents = site.contents
    here = _standpoint(site, addresses.HOME)
    newest = {each: contents.issues_in(each)[0] for each in contents.languages}
    paths = {each: addresses.index_of(each) for each in contents.languages}
    page = _page(site, here, "home", contents.default_language, paths)
    context = HomePage(
        page=page,
        choices=tuple(lists.issue_in_list(issue, each, here) for each, issue in newest.items()),
        indexes={each: lists.language_link(each, here, path) for each, path in paths.items()},
        sites={each: contents.site(each) for each in contents.languages},
    )
    return _drawn(site, here, contents.issues[0], "web/home.html.j2", context, {})


def _index(site: Site, language: str) -> Drawn:
    contents = site.contents
    here = _standpoint(site, addresses.index_of(language))
    newest = contents.issues_in(language)[0]
    paths = {each: addresses.index_of(each) for each in contents.languages}
    countries, topics = (lists.tag_links(contents, language, family, here) for family in FAMILIES)
    context = IndexPage(
        page=_page(site, here, "index", language, paths),
        latest=lists.issue_in_list(newest, language, here),
        years=lists.years(contents, language, here),
        countries=countries,
        topics=topics,
    )
    return _drawn(site, here, contents.issues[0], "web/index.html.j2", context, paths)


def _tags(site: Site, language: str, family: str) -> Drawn:
    contents = site.contents
    here = _standpoint(site, addresses.tags_of(language, family))
    paths = {
        each: addresses.tags_of(each, family)
        for each in contents.languages
        if contents.tags(each, family)
    }
    context = TagsPage(
        page=_page(site, here, family, language, paths),
        tags=lists.tag_links(contents, language, family, here),
    )
    return _drawn(site, here, contents.issues[0], "web/tags.html.j2", context, paths)


def _tag(site: Site, language: str, family: str, tag: str) -> Drawn:
    contents = site.contents
    here = _standpoint(site, addresses.tag_of(language, family, tag))
    paths = {
        each: addresses.tag_of(each, family, tag)
        for each in contents.languages
        if tag in contents.tags(each, family)
    }
    entries = contents.tags(language, family)[tag]
    context = TagPage(
        page=_page(site, here, _SINGULAR[family], language, paths),
        name=contents.tag_name(language, family, tag),
        count=len(entries),
        groups=lists.groups(contents, entries, here, site.crops),
        tags=lists.tag_links(contents, language, family, here),
    )
    return _drawn(site, here, contents.issues[0], "web/tag.html.j2", context, paths)


def _edition(site: Site, issue: Published, language: str) -> Drawn:
    contents = site.contents
    here = _standpoint(site, addresses.edition_of(issue.slug, language))
    paths = {each: addresses.edition_of(issue.slug, each) for each in issue.editions}
    row = contents.issues_in(language)
    at = row.index(issue)
    context = IssuePage(
        page=_page(site, here, "issue", language, paths, issue),
        edition=lists.edition_from(issue, language, here),
        ways=lists.ways(contents, issue, language, here),
        earlier=_neighbour(row[at + 1 : at + 2], language, here),
        later=_neighbour(row[max(at - 1, 0) : at], language, here),
        paper=lists.paper_link(issue, language, here),
    )
    return _drawn(site, here, issue, "web/issue.html.j2", context, paths)


def _neighbour(found: list[Published], language: str, here: Standpoint) -> ArchiveLink | None:
    for issue in found:
        target = here.to(addresses.edition_of(issue.slug, language))
        return ArchiveLink(label=issue.editions[language].number_text, href=target)
    return None


def draw_missing_page(site: Site) -> str:
    """Return 404.html, which a server shows at any address: its links are whole, its styles inside.

    Raises InputRefused with the faults of the template.
    """
    contents = site.contents
    here = Standpoint(contents.settings.public_url, addresses.MISSING, whole=True)
    language = contents.default_language
    indexes = tuple(
        lists.language_link(each, here, addresses.index_of(each)) for each in contents.languages
    )
    page = _page(site, here, "missing", language, {})
    context = MissingPage(page=page, indexes=indexes)
    return _drawn(site, here, contents.issues[0], "web/missing.html.j2", context, {}).html


def _standpoint(site: Site, path: str) -> Standpoint:
    return Standpoint(site.contents.settings.public_url, path)


def _page(
    site: Site,
    here: Standpoint,
    kind: str,
    language: str,
    paths: Mapping[str, str],
    issue: Published | None = None,
) -> ArchivePage:
    """Return what every template knows; `paths` are those of the page in its languages."""
    contents = site.contents
    shown = issue or contents.issues_in(language)[0]
    look = site.look(issue or contents.issues[0])
    alternates = {each: here.url(path) for each, path in paths.items()}
    default = addresses.HOME if kind in ("home", "index") else paths.get(contents.default_language)
    style = look.styles if here.whole else ""
    countries, topics = (
        here.to(addresses.tags_of(language, family)) if contents.tags(language, family) else ""
        for family in FAMILIES
    )
    return ArchivePage(
        kind=kind,
        language=language,
        direction=direction(language),
        site=contents.site(language),
        url=here.url(),
        alternates=tuple(
            ArchiveAlternate(language=each, url=url)
            for each, url in alternates.items()
            if len(alternates) > 1
        ),
        default_url=here.url(default) if default is not None and len(alternates) > 1 else "",
        others=tuple(
            lists.language_link(each, here, path)
            for each, path in paths.items()
            if each != language or kind == "home"
        ),
        home=here.to(addresses.HOME),
        index=here.to(addresses.index_of(language)),
        countries=countries,
        topics=topics,
        stylesheet="" if style else here.to(look.stylesheet),
        style=style,
        icon=here.to(look.icon) if look.icon and not style else "",
        policy=_policy(style),
        feeds=_feeds(language, here),
        card=site.cards[shown.slug, language] if kind != "missing" else None,
        publisher=contents.publisher(language),
    )


def _policy(style: str) -> str:
    """Return what a page may load: pictures and styles of this archive, and nothing else."""
    source = "'self'"
    if style:
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        source = f"'sha256-{digest}'"  # CSP Level 3, 6.7.3.3: the very bytes between the tags
    return f"{_NOTHING_ELSE}; img-src 'self'; style-src {source}"


def _feeds(language: str, here: Standpoint) -> tuple[ArchiveFeed, ...]:
    return tuple(
        ArchiveFeed(
            of=of,
            href=here.to(f"{addresses.index_of(language)}{name}"),
            content_type=content_type,
        )
        for name, (of, content_type) in FEED_FILES.items()
    )


def _drawn(
    site: Site,
    here: Standpoint,
    issue: Published,
    template: str,
    context: PageTemplate,
    paths: Mapping[str, str],
) -> Drawn:
    html = fill(site.look(issue).theme, template, context.page.language, context)
    dated = issue.composition.issue.date.isoformat()
    return Drawn(here.path, html, context.page.language, paths, dated)
