"""The pages of the preview, each a pure function of what it shows.

`static/live.js` asks for a page again after a save and puts what differs in the place of the old;
without it the switches still work, by their button.
"""

from collections.abc import Mapping, Sequence

from newsletter.model.edition import Html
from newsletter.model.finding import Severity
from newsletter.studio.choice import Choice
from newsletter.studio.controls import controls
from newsletter.studio.findings import findings_panel
from newsletter.studio.live import Look
from newsletter.studio.markup import el, join
from newsletter.studio.ports import IssueLine, Summary
from newsletter.studio.readers import Reader
from newsletter.studio.stage import stage
from newsletter.studio.table import issue_table


def issue_page(
    slug: str,
    look: Look,
    choice: Choice,
    *,
    alone: bool,
    people: bool = False,
    found: Sequence[Reader] = (),
) -> Html:
    """Return the page of one issue.

    `alone` when the workspace has no other; `people` when subscribers can be searched, of whom
    `found` are those that were.
    """
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
        controls(look, choice, found, people=people),
        el(
            "main",
            findings_panel(look, whole=choice.view == "findings"),
            stage(slug, look, choice),
            data_view=choice.view,
        ),
        events=f"/events/{slug}?since={look.version}",
    )


def index_page(lines: Sequence[IssueLine], summaries: Mapping[str, Summary], version: str) -> Html:
    """Return the table of issues, the newest first."""
    if lines:
        what: Html = issue_table(lines, summaries)
    else:
        what = _none_yet()
    return _plain_page("Issues", version, what)


def missing_page(slugs: Sequence[str], version: str) -> Html:
    """Return the page for an address where nothing is."""
    if not slugs:
        gone = el("p", "Nothing is here, or no longer.")
        return _plain_page("Not found", version, join(gone, _none_yet()))
    words = el("p", "Nothing is here, or no longer. The issues of this workspace:")
    links = (el("li", el("a", slug, href=f"/issue/{slug}")) for slug in reversed(slugs))
    return _plain_page("Not found", version, join(words, el("ul", *links, class_="plain")))


def _none_yet() -> Html:
    """Return what to do in a workspace without any issue."""
    init = el("code", "newsletter init FOLDER")
    return el("p", "There is no issue yet. Copy one out of a new workspace: ", init)


def fault_page(fault: str, version: str) -> Html:
    """Return the page for a fault of the program itself."""
    words = (
        f"The preview met a fault of its own ({fault}); the terminal in which it runs shows where. "
        "The next save tries again."
    )
    return _plain_page("Something broke", version, el("p", words))


def head_of(title: str, *links: Html) -> Html:
    """Return the head of a page."""
    return el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("title", title),
        *links,
    )


def _page(title: str, *body: Html, events: str) -> Html:
    head = head_of(
        title,
        el("link", rel="icon", href="/static/icon.svg", type="image/svg+xml"),
        el("link", rel="stylesheet", href="/static/studio.css"),
        el("link", rel="stylesheet", href="/static/views.css"),
        el("script", src="/static/stage.js", defer=True),
        el("script", src="/static/live.js", defer=True),
    )
    return join(
        Html("<!DOCTYPE html>\n"),
        el("html", head, el("body", *body, data_events=events), lang="en"),
    )


def _plain_page(heading: str, version: str, content: Html) -> Html:
    return _page(
        f"{heading} · newsletter preview",
        el("header", el("h1", heading), _status(), class_="top"),
        el("main", el("section", content, class_="panel"), id="plain"),
        events=f"/events?since={version}",
    )


def _status() -> Html:
    """Return the place where the script says whether saves are followed."""
    return el("p", el("noscript", "Reload the page after a save."), id="status", role="status")
