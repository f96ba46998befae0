"""The one path from an Edition to a Rendering; preview, test, send and archive all take it.

    templates (Jinja) ► source check ► MJML ► inlined styles ► text from its own template ► sealed

Each step either succeeds or raises InputRefused at the template's own place.
"""

import re
from collections.abc import Mapping

from newsletter.errors import InputRefused
from newsletter.model.edition import Edition
from newsletter.model.finding import Finding
from newsletter.model.place import Place
from newsletter.model.rendering import Picture, Rendering
from newsletter.render.inline import inline_styles
from newsletter.render.mjml import mjml_to_html
from newsletter.render.mjmlsource import mjml_findings
from newsletter.render.templates import render_template
from newsletter.render.theme import Theme

HTML_TEMPLATE = "issue.mjml.j2"
TEXT_TEMPLATE = "issue.txt.j2"
STYLES = "inline.css"
_EMPTY_LINES = re.compile(r"\n{3,}")
_TRAILING = re.compile(r"[ \t]+$", re.MULTILINE)


def render(theme: Theme, edition: Edition, pictures: Mapping[str, Picture]) -> Rendering:
    """Return `edition` as `theme` draws it; `pictures` are those it may use, by their `src`.

    Raises InputRefused with the faults of the templates.
    """
    html = _html(theme, edition)
    words = theme.words(edition.language)
    return Rendering(
        issue=edition.issue,
        language=edition.language,
        subject=edition.subject,
        preheader=edition.preheader,
        html=html,
        text=_text(theme, edition),
        pictures=tuple(picture for src, picture in pictures.items() if src in html),
        greeting=_greeting(theme, words["greeting"]),
        greeting_anonymous=_greeting(theme, words["greeting_anonymous"]),
    )


def _html(theme: Theme, edition: Edition) -> str:
    source = render_template(theme, HTML_TEMPLATE, edition)
    if findings := mjml_findings(source, theme.shown):
        raise InputRefused(findings)
    html = mjml_to_html(source, theme.shown)
    css = render_template(theme, STYLES, edition)
    return inline_styles(html, css, f"{theme.shown}/{STYLES}")


def _text(theme: Theme, edition: Edition) -> str:
    """Return the text edition; gaps that template logic leaves are closed."""
    text = _TRAILING.sub("", render_template(theme, TEXT_TEMPLATE, edition))
    return _EMPTY_LINES.sub("\n\n", text).strip() + "\n"


def _greeting(theme: Theme, words: object) -> str:
    if isinstance(words, str):
        return words
    message = "the greeting cannot depend on a number"
    place = Place(f"{theme.shown}/theme.yaml")
    raise InputRefused(
        [Finding(rule="theme", place=place, message=message, remedy="write one line of text")]
    )
