"""Fill a template of the archive, and see that the theme has all of them.

Whoever may read a page is nobody in particular: a page that names a reader is refused.
"""

import dataclasses

from newsletter.errors import InputRefused
from newsletter.model.archive import Template
from newsletter.model.finding import Finding
from newsletter.model.place import Place
from newsletter.model.rendering import SLOT
from newsletter.render.templates import render_page
from newsletter.render.theme import Theme

STYLES = "web/site.css"
ICON = "web/icon.svg"
CARD_FONT = "web/card.ttf"
TEMPLATES = (
    *(f"web/{name}.html.j2" for name in ("home", "index", "issue", "tag", "tags", "missing")),
    *("web/feed-issue.html.j2", "web/feed-item.html.j2", STYLES),
)
"""What a theme needs for the archive; an icon and a font for cards are welcome besides."""

STRINGS = ("feed_issues", "feed_items")
"""Words of the theme that stand in files for which there is no template."""


def require_web_theme(theme: Theme) -> None:
    """Raise InputRefused with all that `theme` lacks for the archive."""
    findings = [
        Finding(
            rule="archive",
            place=Place(f"{theme.shown}/{name}"),
            message="the theme has no such template, which the web archive needs",
            remedy="copy the folder web/ of the theme that `newsletter init` makes, and its words",
        )
        for name in TEMPLATES
        if not (theme.folder / name).is_file()
    ]
    findings += [
        Finding(
            rule="archive",
            place=theme.file.marks.at("strings"),
            message=f"the words `{key}`, which the web archive needs, are missing",
            remedy=f"add `{key}:` with one line for each language",
        )
        for key in STRINGS
        if not isinstance(next(iter(theme.file.value.strings.get(key, {}).values()), None), str)
    ]
    if findings:
        raise InputRefused(findings)


def fill(theme: Theme, template: str, language: str, context: Template) -> str:
    """Return a template of the archive, filled; raises InputRefused if it names a reader."""
    variables = {field.name: getattr(context, field.name) for field in dataclasses.fields(context)}
    html = render_page(theme, template, language, variables)
    if found := SLOT.search(html):
        place = Place(f"{theme.shown}/{template}")
        message = f"the page holds {found.group()}, which stands for one reader"
        remedy = "take it out of the templates of the archive, or out of the text"
        raise InputRefused([Finding(rule="archive", place=place, message=message, remedy=remedy)])
    return html


def words(theme: Theme, key: str, language: str) -> str:
    """Return one of STRINGS in `language`."""
    return str(theme.words(language)[key])
