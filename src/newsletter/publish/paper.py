"""The print edition: an Edition as a PDF of A4 pages, drawn by the theme's own print templates.

    edition ► page and styles (Jinja) ► laid out ► what came of page one ► laid out again ► PDF

Where the lead goes on, and whether the column beside it can hold a quotation, is known only from
pages laid out; so they are, until what the templates were told is what came out. The same files
give the same bytes. Faults of templates, and whatever the press says, are raised as InputRefused.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from newsletter.compose.compose import Composition
from newsletter.compose.workspace import Folder
from newsletter.errors import InputRefused
from newsletter.model.edition import Edition
from newsletter.model.finding import Finding
from newsletter.model.paper import Paper
from newsletter.model.place import Place
from newsletter.model.rendering import Picture
from newsletter.publish.paperpress import Sheets, Source, hyphenates
from newsletter.publish.papershelf import Bench, PaperShelf
from newsletter.render.templates import render_page
from newsletter.render.theme import Theme, read_theme

PAGE = "print/issue.html.j2"
STYLES = "print/print.css"
_BELOW_MASTHEAD = 7
_ABOVE_QUOTE = 11
_MAX_ROOM = 80
"""Millimetres; a longer quotation would leave no room for the lead."""

_FEW_LINES = 110
"""Millimetres from the top; a last page that ends above is hardly worth its paper."""

_ATTEMPTS = 6


@dataclass(frozen=True, slots=True)
class Front:
    """Page one as the templates are told it, as `front`; measures are millimetres from its top."""

    hyphenated: bool
    """Whether words of the language can be divided."""

    top: float = 48
    """Where the text begins, below the masthead."""

    foot: float = 278
    """Where the text of every page ends, and on page one the quotation below the lead."""

    room: float = 0
    """How much of page one is kept for that quotation."""

    goes_on: int = 2
    """The page on which the lead goes on; 0 when it ends on page one."""

    quote: bool = True
    """Whether there is room for a quotation below the lead."""

    editorial: bool = True
    """Whether the column beside the lead has room for the editorial."""

    countries: bool = True
    """Whether the contents have room for the countries."""

    tight: bool = False
    """Whether all is to stand closer, which saves a last page of a few lines."""


def print_issue(
    folder: Folder, composition: Composition, shelf: PaperShelf | None = None
) -> dict[str, Paper]:
    """Return the issue as PDF in each of its languages; what `shelf` has is not printed again.

    Raises InputRefused with the faults of all of them, and NewsletterError when what it takes to
    print is not installed.
    """
    issue = composition.issue
    theme = read_theme(folder.root, issue.theme, issue.languages, folder.cache)
    papers: dict[str, Paper] = {}
    faults: dict[Finding, None] = {}
    for language, edition in composition.editions.items():
        try:
            papers[language] = print_edition(theme, edition, composition.pictures, shelf)
        except InputRefused as refused:
            faults.update(dict.fromkeys(refused.findings))
    if faults:
        raise InputRefused(faults)
    return papers


def print_edition(
    theme: Theme,
    edition: Edition,
    pictures: Mapping[str, Picture],
    shelf: PaperShelf | None = None,
) -> Paper:
    """Return `edition` as a PDF; `pictures` are those it may show, by their `src`.

    Raises InputRefused, and NewsletterError when what it takes to print is not installed.
    """
    if not (theme.folder / PAGE).is_file():
        raise InputRefused([_no_templates(theme)])
    desk = _Desk(theme, edition, (shelf or PaperShelf()).bench(pictures))
    front, sheets = desk.settle(Front(hyphenates(edition.language)))
    end = sheets.find("end")
    if end and end.page > 1 and end.bottom < _FEW_LINES:
        _, closer = desk.settle(replace(front, tight=True))
        sheets = closer if closer.pages < sheets.pages else sheets
    return desk.bench.print(sheets)


@dataclass(frozen=True, slots=True)
class _Desk:
    """One edition on its way to paper."""

    theme: Theme
    edition: Edition
    bench: Bench

    def settle(self, front: Front) -> tuple[Front, Sheets]:
        """Return the pages that are as the templates were told, beginning with a guess."""
        for _ in range(_ATTEMPTS):
            sheets = self.bench.lay_out(_source(self.theme, self.edition, front))
            seen = _seen(front, sheets)
            if seen == front:
                return front, sheets
            front = seen
        raise InputRefused([_restless(f"{self.theme.shown}/{PAGE}")])


def _source(theme: Theme, edition: Edition, front: Front) -> Source:
    """Return the page and its styles, filled in."""
    context = {"edition": edition, "front": front}
    return Source(
        html=render_page(theme, PAGE, edition.language, context),
        css=render_page(theme, STYLES, edition.language, context),
        page=f"{theme.shown}/{PAGE}",
        sheet=f"{theme.shown}/{STYLES}",
    )


def _seen(front: Front, sheets: Sheets) -> Front:
    """Return what page one would have had to be told, by what came out.

    Raises InputRefused when the column beside the lead is too long whatever is left out of it.
    """
    masthead, side, pull, end = map(sheets.find, ("masthead", "side-end", "pull", "lead-end"))
    seen = replace(
        front,
        top=round(masthead.bottom + _BELOW_MASTHEAD, 1) if masthead else front.top,
        room=round(pull.bottom - pull.top + _ABOVE_QUOTE, 1) if pull else 0,
    )
    if seen.room > _MAX_ROOM:
        return replace(seen, quote=False, room=0)
    if seen != front:
        return seen  # the rest of page one will stand elsewhere
    seen = replace(seen, goes_on=2 if end and end.page > 1 else 0)
    if side is None or (side.page == 1 and side.bottom <= front.foot):
        return seen
    if front.editorial:
        return replace(seen, editorial=False)
    if front.countries:
        return replace(seen, countries=False)
    raise InputRefused(
        [
            Finding(
                rule="print",
                place=Place(sheets.source.page),
                message="the contents are too long for page one",
                remedy="take fewer sections, or shorten their headings and titles",
            )
        ]
    )


def _no_templates(theme: Theme) -> Finding:
    return Finding(
        rule="print",
        place=Place(theme.shown),
        message=f"the theme cannot be printed: it has no {PAGE}",
        remedy="build without --pdf, or give the theme print templates (docs/how-to/print.md)",
    )


def _restless(page: str) -> Finding:
    return Finding(
        rule="print",
        place=Place(page),
        message=f"page one looks different each time it is laid out ({_ATTEMPTS} times)",
        remedy="let no template that asks for `front` move what `front` measures",
    )
