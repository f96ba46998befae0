"""The one path from an Edition to a Rendering; preview, test, send and archive all take it.

    templates (Jinja) ► source check ► MJML ► styles inlined ► slimmed ► text from its own template

Each step either succeeds or raises InputRefused at the template's own place.
"""

import re
from collections.abc import Mapping, Sequence

from newsletter.errors import InputRefused
from newsletter.languages import SEVERAL
from newsletter.model.edition import Edition, EditionStack
from newsletter.model.finding import Finding
from newsletter.model.place import Place
from newsletter.model.rendering import Picture, Rendering
from newsletter.render.inline import inline_styles
from newsletter.render.mjml import mjml_to_html
from newsletter.render.mjmlsource import mjml_findings
from newsletter.render.slim import slim
from newsletter.render.templates import render_stack, render_template
from newsletter.render.theme import Theme
from newsletter.render.trace import Trace

HTML_TEMPLATE, TEXT_TEMPLATE = "issue.mjml.j2", "issue.txt.j2"
STACKED_HTML_TEMPLATE, STACKED_TEXT_TEMPLATE = "stacked.mjml.j2", "stacked.txt.j2"
STYLES = "inline.css"
_EMPTY_LINES = re.compile(r"\n{3,}")
_TRAILING = re.compile(r"[ \t]+$", re.MULTILINE)


def render(
    theme: Theme, drawn: Edition | EditionStack, pictures: Mapping[str, Picture]
) -> Rendering:
    """Return an Edition, or a stack of them, as `theme` draws it.

    `pictures` are those it may use, by their `src`. Raises InputRefused with the faults of the
    templates.
    """
    return draw(theme, drawn, pictures)[0]


def draw(
    theme: Theme, drawn: Edition | EditionStack, pictures: Mapping[str, Picture]
) -> tuple[Rendering, Trace]:
    """Return what `render` returns, and where in the templates its elements come from."""
    if isinstance(drawn, EditionStack):
        html_template, text_template = STACKED_HTML_TEMPLATE, STACKED_TEXT_TEMPLATE
        language, editions = SEVERAL, drawn.editions
        _insist_on(theme, html_template, text_template)
    else:
        html_template, text_template = HTML_TEMPLATE, TEXT_TEMPLATE
        language, editions = drawn.language, (drawn,)
    html, source = _html(theme, html_template, drawn)
    rendering = Rendering(
        issue=drawn.issue,
        language=language,
        subject=drawn.subject,
        preheader=drawn.preheader,
        html=html,
        text=_text(theme, text_template, drawn),
        pictures=tuple(picture for src, picture in pictures.items() if src in html),
        greeting=_greeting(theme, "greeting", editions),
        greeting_anonymous=_greeting(theme, "greeting_anonymous", editions),
    )
    return rendering, Trace(source, theme.shown, html_template)


def _insist_on(theme: Theme, *templates: str) -> None:
    """Raise InputRefused when the theme has no templates for several languages in one mail."""
    findings = [
        Finding(
            rule="theme",
            place=Place(f"{theme.shown}/{template}"),
            message="the template is missing: this theme cannot stack languages",
            remedy="write it like that of ilo-moscow, or set `editions: by-language` in the issue",
        )
        for template in templates
        if not (theme.folder / template).is_file()
    ]
    if findings:
        raise InputRefused(findings)


def _filled(theme: Theme, template: str, drawn: Edition | EditionStack) -> str:
    if isinstance(drawn, EditionStack):
        return render_stack(theme, template, drawn)
    return render_template(theme, template, drawn)


def _html(theme: Theme, template: str, drawn: Edition | EditionStack) -> tuple[str, str]:
    """Return the page, and the MJML it was made from."""
    source = _filled(theme, template, drawn)
    if findings := mjml_findings(source, theme.shown):
        raise InputRefused(findings)
    html = mjml_to_html(source, theme.shown)
    css = _filled(theme, STYLES, drawn)
    return slim(inline_styles(html, css, f"{theme.shown}/{STYLES}")), source


def _text(theme: Theme, template: str, drawn: Edition | EditionStack) -> str:
    """Return the text edition; gaps that template logic leaves are closed."""
    text = _TRAILING.sub("", _filled(theme, template, drawn))
    return _EMPTY_LINES.sub("\n\n", text).strip() + "\n"


def _greeting(theme: Theme, key: str, editions: Sequence[Edition]) -> str:
    """Return the greeting of each edition in a line of its own."""
    lines = [theme.words(edition.language)[key] for edition in editions]
    if not all(isinstance(line, str) for line in lines):
        message = "the greeting cannot depend on a number"
        place = Place(f"{theme.shown}/theme.yaml")
        raise InputRefused(
            [Finding(rule="theme", place=place, message=message, remedy="write one line of text")]
        )
    return "\n".join(str(line) for line in lines)
