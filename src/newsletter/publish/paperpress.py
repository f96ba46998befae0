"""The press of the print edition: HTML and styles in, pages and PDF out; alone knows WeasyPrint.

Nothing is fetched: a page may show the pictures it was handed and nothing else. Whatever WeasyPrint
says about a page - a property it does not know, a letter no font has - becomes a Finding.

WeasyPrint is an extra, and wants Pango from the system; what is missing is said with what to type.
"""

import contextlib
import io
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from newsletter.errors import InputRefused, NewsletterError
from newsletter.model.finding import Finding
from newsletter.model.place import Place
from newsletter.model.rendering import Picture
from newsletter.publish.structure import complete, noting_languages

MM = 96 / 25.4
"""Pixels of CSS to a millimetre."""

_AT = re.compile(r"(?:[`'](?P<what>.*?)['`] )?at (?P<line>\d+):(?P<column>\d+)", re.DOTALL)
_QUOTED = re.compile(r"'(.+?)'|(\w+:\S+)")
_NO_GLYPH = re.compile(r"\.notdef glyph .*: \"(.*)\" \((U\+[0-9A-F]+)\)", re.DOTALL)
_NO_PICTURE = re.compile(r"Failed to load image at ['\"](.*?)['\"]", re.DOTALL)
FONTS = "install the Debian packages fonts-noto-core and fonts-dejavu-core, or name another font"
"""How to mend what a missing font brings about."""


@dataclass(frozen=True, slots=True)
class Source:
    """What is laid out; `page` and `sheet` are how messages call the template and the styles."""

    html: str
    css: str
    page: str
    sheet: str


@dataclass(frozen=True, slots=True)
class Spread:
    """Where an element stands: on which page, from where to where, in millimetres from its top."""

    page: int
    top: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Sheets:
    """Pages laid out: how many there are, and where the elements that have an id begin.

    `said` is what WeasyPrint said meanwhile, `document` what it made.
    """

    source: Source
    pages: int
    spreads: Mapping[str, Spread]
    said: tuple[Finding, ...] = ()
    document: Any = None

    def find(self, anchor: str) -> Spread | None:
        """Return where the element with the id `anchor` begins."""
        return self.spreads.get(anchor)


@dataclass(frozen=True, slots=True)
class Printed:
    """A PDF, and the families of fonts in it."""

    data: bytes
    families: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Library:
    """What is used of WeasyPrint, which has no types."""

    html: Any
    css: Any
    fonts: Any
    fetcher: Any
    response: Any


def press_version() -> str:
    """Return which WeasyPrint there is; raises NewsletterError when there is none."""
    _weasyprint()
    return version("weasyprint")


def lay_out(source: Source, pictures: Mapping[str, Picture]) -> Sheets:
    """Return the pages of `source`, which may show `pictures`, by their addresses.

    Raises NewsletterError when WeasyPrint or its libraries are missing.
    """
    press = _weasyprint()
    fetcher = _fetcher(press, pictures)
    fonts = press.fonts()
    with _listening(source) as heard:
        styles = press.css(string=source.css, url_fetcher=fetcher, font_config=fonts)
        page = press.html(string=source.html, url_fetcher=fetcher)
        document = page.render(stylesheets=[styles], font_config=fonts)
        _keep_whole_links(document)
    return Sheets(source, len(document.pages), dict(_spreads(document)), tuple(heard), document)


def print_sheets(sheets: Sheets, identifier: bytes) -> Printed:
    """Return the PDF of pages that were laid out, tagged as PDF/UA-1 wants it (ISO 14289-1).

    Raises InputRefused with everything that was said about the pages.
    """
    said: dict[Finding, None] = dict.fromkeys(sheets.said)
    document = sheets.document
    with _listening(sheets.source) as heard, noting_languages(document.pages) as noted:
        data: bytes = document.write_pdf(
            pdf_variant="pdf/ua-1",
            pdf_identifier=identifier,
            finisher=lambda _document, pdf: complete(pdf, noted),
        )
    said.update(dict.fromkeys(heard))
    if said:
        raise InputRefused(said)
    return Printed(data, tuple(sorted({font.family for font in document.fonts.values()})))


def hyphenates(language: str) -> bool:
    """Whether words of `language` can be divided."""
    _weasyprint()
    from pyphen import language_fallback  # noqa: PLC0415 (comes with WeasyPrint)

    return language_fallback(language.replace("-", "_")) is not None


def _weasyprint() -> _Library:
    """Return the library; raises NewsletterError with what to install."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # it prints its own advice
            # An extra, and slow to import.
            from weasyprint import CSS, HTML  # noqa: PLC0415
            from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415
            from weasyprint.urls import URLFetcher, URLFetcherResponse  # noqa: PLC0415
    except ImportError as fault:
        raise NewsletterError(
            f"the print edition needs WeasyPrint, which cannot be imported: {fault}",
            'pip install "newsletter[pdf]"',
        ) from None
    except OSError as fault:
        reason = str(fault).splitlines()[0]
        raise NewsletterError(
            f"the print edition needs the Pango libraries of the system: {reason}",
            "Debian, Ubuntu: apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0; "
            "macOS: brew install pango",
        ) from None
    return _Library(HTML, CSS, FontConfiguration, URLFetcher, URLFetcherResponse)


def _fetcher(press: _Library, pictures: Mapping[str, Picture]) -> Any:
    """Return what WeasyPrint asks for everything a page refers to."""

    class Shelf(press.fetcher):  # type: ignore[misc,name-defined]
        """Hands out pictures; has no way to anything else."""

        def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> Any:
            if not (picture := pictures.get(url)):
                raise ValueError("it is no picture of this issue, and nothing is fetched")
            content = {"Content-Type": picture.content_type}
            return press.response(url, picture.data, content)

    return Shelf()


def _spreads(document: Any) -> Iterator[tuple[str, Spread]]:
    """Yield where each element with an id begins; on later pages it only goes on."""
    seen: set[str] = set()
    for number, page in enumerate(document.pages, start=1):
        for anchor, (_, top, _, bottom) in page.anchors.items():
            if anchor not in seen:
                yield anchor, Spread(number, top / MM, bottom / MM)
        seen.update(page.anchors)


def _keep_whole_links(document: Any) -> None:
    """Drop the links that elements inside a link become: they are not tagged as links."""
    for page in document.pages:
        page.links[:] = [link for link in page.links if link[3].element_tag.split(":")[0] == "a"]


@contextlib.contextmanager
def _listening(source: Source) -> Iterator[list[Finding]]:
    """Collect what WeasyPrint says meanwhile."""
    heard: list[Finding] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(_finding(record.getMessage(), source))

    logger = logging.getLogger("weasyprint")
    ear = Ear(logging.WARNING)
    logger.addHandler(ear)
    try:
        yield heard
    finally:
        logger.removeHandler(ear)


def _finding(said: str, source: Source) -> Finding:
    """Return what WeasyPrint said as a Finding at the template, in our words where it matters."""
    place = _place_in_sheet(said, source) or _place_of_quoted(said, source) or Place(source.page)
    remedy = "correct the template; docs/how-to/print.md says what it may do"
    if found := _NO_GLYPH.search(said):
        place = Place(source.sheet)
        said = f"no font of this computer has the character “{found[1]}” ({found[2]})"
        remedy = FONTS
    elif _NO_PICTURE.search(said):
        remedy = 'show pictures of items only: <img src="{{ item.image.src }}">'
    return Finding(rule="print", place=place, message=said.rstrip("."), remedy=remedy)


def _place_in_sheet(said: str, source: Source) -> Place | None:
    """Return the place in the styles that `said` names; an attribute `style` counts its own lines.

    Lines are those of the styles as filled in: the same as in the file, unless a tag of Jinja
    fills a line of its own before them.
    """
    if not (found := _AT.search(said)):
        return None
    line, column = int(found["line"]), int(found["column"])
    lines = source.css.splitlines()
    there = lines[line - 1][column - 1 :] if line <= len(lines) else ""
    begins = re.split(r"[^@\w-]", found["what"] or "", maxsplit=1)[0]
    return Place(source.sheet, line, column) if there.startswith(begins) and there else None


def _place_of_quoted(said: str, source: Source) -> Place | None:
    """Return where the styles, and they alone, hold what `said` quotes."""
    for found in _QUOTED.finditer(said):
        quoted = found[1] or found[2]
        if quoted in source.css and quoted not in source.html:
            before = source.css[: source.css.index(quoted)]
            return Place(source.sheet, before.count("\n") + 1, len(before) - before.rfind("\n"))
    return None
