"""From the words of a Notice to its Rendering, by the way that an issue takes.

    notices/KIND.yaml ► typography ► notice.mjml.j2 ► source check ► MJML ► styles inlined ► slimmed

A theme that has no notices of its own is given those of the program, in its own colours.
"""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from newsletter.compose.editions import publisher_view
from newsletter.compose.markdown import rich_text
from newsletter.compose.pool import FileCache, Source
from newsletter.compose.schema import validate
from newsletter.compose.typography import set_pieces, set_text
from newsletter.errors import InputRefused
from newsletter.languages import direction
from newsletter.model.edition import Html, RichText
from newsletter.model.finding import Finding
from newsletter.model.noticetext import NOTICE_SLOTS, NoticeFile, NoticeText, NoticeView
from newsletter.model.rendering import Rendering
from newsletter.model.settings import Settings
from newsletter.render.inline import inline_styles
from newsletter.render.mjml import mjml_to_html
from newsletter.render.mjmlsource import mjml_findings
from newsletter.render.slim import slim
from newsletter.render.templates import Names, render_page
from newsletter.render.theme import Theme

HTML_TEMPLATE, TEXT_TEMPLATE, STYLES = "notice.mjml.j2", "notice.txt.j2", "inline.css"
KINDS = ("confirm", "welcome", "goodbye", "change", "changed")
_EMPTY_LINES = re.compile(r"\n{3,}")
_VARIABLE = re.compile(r"\{(lists|office|days)\}")


@dataclass(frozen=True, slots=True)
class NoticeTheme:
    """A theme with the words of its notices, by kind."""

    theme: Theme
    words: Mapping[str, NoticeFile]


def has_notices(theme: Theme) -> bool:
    """Whether a theme has notices of its own."""
    return (theme.folder / HTML_TEMPLATE).is_file()


def read_notices(theme: Theme, spare: Path, cache: FileCache) -> NoticeTheme:
    """Return the notices of a theme; raises InputRefused with the faults of all their files.

    A kind that it has not, for it is older than this version, has the words in the folder `spare`.
    """
    words: dict[str, NoticeFile] = {}
    faults: list[Finding] = []
    for kind in KINDS:
        name = f"notices/{kind}.yaml"
        file = theme.folder / name
        try:
            source: Source[NoticeFile] = cache.read(
                file if file.exists() else spare / name,
                f"{theme.shown}/{name}",
                lambda file: validate(file, NoticeFile, rule="notice"),
            )
            words[kind] = source.value
        except InputRefused as refused:
            faults += refused.findings
    if faults:
        raise InputRefused(faults)
    return NoticeTheme(theme, words)


def notice_language(words: NoticeFile, *wishes: str) -> str:
    """Return the first of `wishes` in which there are words, else any."""
    return next((each for each in wishes if each in words.texts), next(iter(words.texts)))


def render_notice(
    notices: NoticeTheme,
    kind: str,
    language: str,
    settings: Settings,
    values: Mapping[str, str],
) -> Rendering:
    """Return a Notice as the theme draws it; `values` are what {lists} and {days} stand for.

    Raises InputRefused with the faults of the templates.
    """
    theme = notices.theme
    view = _view(kind, notices.words[kind].texts[language], language, settings, values)
    slots = Names({name: f"[[{name}]]" for name in NOTICE_SLOTS})
    context = {"notice": view, "slots": slots}
    source = render_page(theme, HTML_TEMPLATE, language, context)
    if findings := mjml_findings(source, theme.shown):
        raise InputRefused(findings)
    css = render_page(theme, STYLES, language, context)
    page = inline_styles(mjml_to_html(source, theme.shown), css, f"{theme.shown}/{STYLES}")
    text = render_page(theme, TEXT_TEMPLATE, language, context)
    return Rendering(
        issue=kind,
        language=language,
        subject=view.subject,
        preheader=view.preheader,
        html=slim(page),
        text=_EMPTY_LINES.sub("\n\n", text).strip() + "\n",
        pictures=(),
        greeting="",
        greeting_anonymous="",
    )


def _view(
    kind: str, words: NoticeText, language: str, settings: Settings, values: Mapping[str, str]
) -> NoticeView:
    publisher = publisher_view(settings, language)
    known = {"lists": "", "days": "", **values, "office": publisher.short_name}

    def line(text: str | None) -> str:
        return set_text(_VARIABLE.sub(lambda found: known[found[1]], text or ""), language)

    def prose(text: str | None) -> RichText | None:
        if not text:
            return None
        rich = rich_text(text, partial(set_pieces, language=language))
        return RichText(
            html=Html(_VARIABLE.sub(lambda found: html.escape(known[found[1]]), rich.html)),
            plain=_VARIABLE.sub(lambda found: known[found[1]], rich.plain),
        )

    text = prose(words.text)
    return NoticeView(
        kind=kind,
        language=language,
        direction=direction(language),
        subject=line(words.subject),
        preheader=line(words.preheader),
        heading=line(words.heading),
        text=text or RichText(html=Html(""), plain=""),
        button=line(words.button),
        after=prose(words.after),
        publisher=publisher,
    )
