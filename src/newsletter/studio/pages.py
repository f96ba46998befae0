"""The pages of the preview, each a pure function of what it shows.

`static/preview.js` asks for a page again after a save and puts what differs in the place of the
old; without it the controls still work, by their button.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from urllib.parse import urlencode

from newsletter.languages import own_name
from newsletter.model.edition import Html
from newsletter.model.finding import Finding, Severity
from newsletter.studio.guard import SANDBOX
from newsletter.studio.live import Look
from newsletter.studio.markup import el, join
from newsletter.studio.ports import DraftEdition

WIDTHS = {"desktop": 640, "phone": 375}
"""Widths in pixels at which a mail is shown."""

_COUNTED = {
    Severity.ERROR: ("error", "errors"),
    Severity.WARNING: ("warning", "warnings"),
    Severity.NOTE: ("note", "notes"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the controls say; an empty language stands for all."""

    edition: str = ""
    width: str = "desktop"
    scheme: str = "light"
    view: str = "mail"


def read_choice(query: Mapping[str, str], look: Look) -> Choice:
    """Return the choice in a query; what cannot be chosen is as if it were not there."""
    allowed = {
        "edition": look.shown.editions,
        "width": WIDTHS,
        "scheme": ("light", "dark"),
        "view": ("mail", "text"),
    }
    return Choice(
        **{key: query[key] for key, values in allowed.items() if query.get(key) in values}
    )


def issue_page(slug: str, look: Look, choice: Choice, *, alone: bool) -> Html:
    """Return the page of one issue; `alone` when the workspace has no other."""
    errors = len(look.draft.of(Severity.ERROR))
    mark = f"({errors}) " if errors else ""
    return _page(
        f"{mark}{slug} · newsletter preview",
        el(
            "header",
            "" if alone else el("a", "All issues", href="/", class_="back"),
            el("h1", slug, " ", el("span", look.shown.title)),
            _status(),
            class_="top",
        ),
        _controls(look, choice),
        el(
            "main",
            _findings(look),
            _stage(slug, look, choice),
        ),
        events=f"/events/{slug}?since={look.version}",
    )


def index_page(slugs: list[str], version: str) -> Html:
    """Return the list of issues, the newest first."""
    if slugs:
        what: Html = _issue_list(slugs)
    else:
        what = el("p", "There are none yet. Begin one: ", el("code", "newsletter new issue 2015-1"))
    return _plain_page("Issues", version, what)


def missing_page(slugs: list[str], version: str) -> Html:
    """Return the page for an address where nothing is."""
    words = el("p", "Nothing is here, or no longer. The issues of this workspace:")
    return _plain_page("Not found", version, join(words, _issue_list(slugs)))


def fault_page(fault: str, version: str) -> Html:
    """Return the page for a fault of the program itself."""
    words = (
        f"The preview met a fault of its own ({fault}); the terminal in which it runs shows where. "
        "The next save tries again."
    )
    return _plain_page("Something broke", version, el("p", words))


def _page(title: str, *body: Html, events: str) -> Html:
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("title", title),
        el("link", rel="icon", href="/static/icon.svg", type="image/svg+xml"),
        el("link", rel="stylesheet", href="/static/studio.css"),
        el("script", src="/static/preview.js", type="module"),
    )
    return join(
        Html("<!DOCTYPE html>\n"),
        el("html", head, el("body", *body, data_events=events), lang="en"),
    )


def _plain_page(heading: str, version: str, content: Html) -> Html:
    return _page(
        f"{heading} · newsletter preview",
        el("header", el("h1", heading), _status(), class_="top"),
        el("main", el("section", content, class_="panel")),
        events=f"/events?since={version}",
    )


def _issue_list(slugs: list[str]) -> Html:
    links = (el("li", el("a", slug, href=f"/issue/{slug}")) for slug in reversed(slugs))
    return el("ul", *links, class_="issues")


def _status() -> Html:
    """Return the place where the script says whether saves are followed."""
    return el("p", el("noscript", "Reload the page after a save."), id="status", role="status")


# --- controls ---------------------------------------------------------------------------------


def _controls(look: Look, choice: Choice) -> Html:
    chosen = asdict(choice)
    languages = {language: own_name(language) for language in look.shown.editions}
    groups = {
        "edition": {"": "Both" if len(languages) == 2 else "All", **languages}
        if len(languages) > 1
        else {},
        "width": {name: f"{name.capitalize()} {pixels}" for name, pixels in WIDTHS.items()},
        "scheme": {"light": "Light", "dark": "Dark"},
        "view": {"mail": "Mail", "text": "Plain text"},
    }
    return el(
        "form",
        *(_radios(name, options, chosen[name]) for name, options in groups.items() if options),
        el("noscript", el("button", "Show")),
        _error_badge(look),
        id="controls",
        class_="bar",
        aria_label="How to show the mail",
    )


def _radios(name: str, options: Mapping[str, str], chosen: str) -> Html:
    choices = (
        el(
            "label",
            el("input", type="radio", name=name, value=value, checked=value == chosen),
            el("span", words, lang=value if name == "edition" and value else "en"),
        )
        for value, words in options.items()
    )
    return el("fieldset", el("legend", name.capitalize()), el("div", *choices, class_="switch"))


def _error_badge(look: Look) -> Html:
    """Return the number of errors for the bar, which stays in sight."""
    count = len(look.draft.of(Severity.ERROR))
    if not count:
        return Html()
    return el("a", _count(Severity.ERROR, count), href="#findings", class_="badge error")


# --- findings ---------------------------------------------------------------------------------


def _findings(look: Look) -> Html:
    draft = look.draft
    if not draft.findings:
        return el("section", el("p", "No findings."), id="findings", class_="panel calm")
    counts = {severity: len(draft.of(severity)) for severity in Severity}
    summary = ", ".join(_count(severity, count) for severity, count in counts.items() if count)
    ordered = [finding for severity in Severity for finding in draft.of(severity)]
    has_errors = counts[Severity.ERROR] > 0
    return el(
        "section",
        el("p", _STALE, class_="stale") if look.is_stale else "",
        el(
            "details",
            el("summary", el("h2", summary)),
            el("ol", *(_finding(finding) for finding in ordered)),
            id="with-errors" if has_errors else "without-errors",
            open=has_errors,
        ),
        id="findings",
        class_="panel alarm" if has_errors else "panel",
    )


_STALE = (
    "The mail below is from before these errors. It follows as soon as they are mended and saved."
)


def _finding(finding: Finding) -> Html:
    message, _, context = finding.message.partition("\n")
    severity = finding.severity
    return el(
        "li",
        el("span", severity.value, class_=f"badge {severity.value}"),
        el(
            "div",
            el("p", _with_code(message), " - ", el("span", _with_code(finding.remedy))),
            el("pre", context.rstrip()) if context.strip() else "",
            el("code", str(finding.place), class_="place"),
        ),
    )


def _with_code(text: str) -> Html:
    """Return `text` with what stands between backquotes as code."""
    pieces = text.split("`")
    return join(*(el("code", piece) if place % 2 else piece for place, piece in enumerate(pieces)))


def _count(severity: Severity, count: int) -> str:
    one, many = _COUNTED[severity]
    return f"{count} {one if count == 1 else many}"


# --- editions ---------------------------------------------------------------------------------


def _stage(slug: str, look: Look, choice: Choice) -> Html:
    editions = {
        language: edition
        for language, edition in look.shown.editions.items()
        if choice.edition in ("", language)
    }
    if not editions:
        words = (
            "There is nothing to see yet. Mend what is listed above and save; this page follows."
        )
        return el("div", el("p", words, class_="empty"), id="stage")
    return el(
        "div",
        *(_edition(slug, language, edition, choice) for language, edition in editions.items()),
        id="stage",
        class_="stale" if look.is_stale else "fresh",
        data_width=choice.width,
        data_scheme=choice.scheme,
    )


def _edition(slug: str, language: str, edition: DraftEdition, choice: Choice) -> Html:
    rendering = edition.rendering
    path = f"/mail/{slug}/{language}"
    query = urlencode({"scheme": choice.scheme, "digest": rendering.digest[:12]})
    if choice.view == "text":
        text = rendering.filled(edition.values)[1]
        body = el("pre", text, lang=language, class_="text", tabindex=0)
        alone = f"{path}.txt"
    else:
        title = f"Mail in {own_name(language)}, {choice.width} width, {choice.scheme}"
        alone = f"{path}.html?{query}"
        body = el("div", el("iframe", title=title, src=alone, sandbox=SANDBOX), class_="frame")
    return el(
        "article",
        el(
            "header",
            el("h2", own_name(language), lang=language),
            el(
                "a",
                "Open alone",
                href=alone,
                target="_blank",
                aria_label=f"Open alone: {own_name(language)}",
            ),
        ),
        _inbox_line(edition),
        _facts(edition),
        body,
        id=f"edition-{language}-{choice.view}",
    )


def _inbox_line(edition: DraftEdition) -> Html:
    """Return how an inbox shows the mail before it is opened."""
    rendering = edition.rendering
    return el(
        "div",
        el("span", edition.sender, class_="sender"),
        el("span", rendering.subject, class_="subject"),
        el("span", rendering.preheader, class_="preheader"),
        class_="inbox",
        lang=rendering.language,
        role="group",
        aria_label="In the inbox",
    )


def _facts(edition: DraftEdition) -> Html:
    rendering = edition.rendering
    pictures = rendering.pictures
    facts = {
        "HTML": _size(len(rendering.html.encode())),
        "text": _size(len(rendering.text.encode())),
    }
    if pictures:
        name = "1 picture" if len(pictures) == 1 else f"{len(pictures)} pictures"
        facts[name] = _size(sum(len(picture.data) for picture in pictures))
    return el(
        "dl",
        *(el("div", el("dt", name), el("dd", value)) for name, value in facts.items()),
        el("div", el("dt", "digest"), el("dd", el("code", rendering.digest[:12]))),
        class_="facts",
        title=f"SHA-256 of the rendering: {rendering.digest}",
    )


def _size(octets: int) -> str:
    return f"{math.ceil(octets / 1024)} KB"
