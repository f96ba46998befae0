"""The pages of the preview as files, to mail to a colleague: they need no server and no network.

    DIR/index.html       the issue, or the table of several
    DIR/ISSUE.html       each of several

A page is one file: styles, script, mails and pictures are in it, and a policy that lets it load
nothing from anywhere. It shows every edition in every view, as a reader without a name gets it;
nothing of any person and no path of this computer is in it.
"""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from newsletter.errors import WrongUsage
from newsletter.model.edition import Html
from newsletter.render.build import write_file
from newsletter.studio.choice import VIEWS, Choice
from newsletter.studio.controls import controls
from newsletter.studio.findings import findings_panel, marks_of
from newsletter.studio.live import Look
from newsletter.studio.mail import OFF, SCHEMES, MailView, mail_html
from newsletter.studio.markup import el, join
from newsletter.studio.pages import head_of
from newsletter.studio.ports import Desk, Draft, IssueLine, Summary
from newsletter.studio.stage import article, room_for
from newsletter.studio.table import issue_table

_STATIC = Path(__file__).parent / "static"
_NOTHING = "There is no mail to see: mend what is listed under Findings, and export anew."
_MADE_BY = "newsletter preview"


def export(desk: Desk, slugs: Sequence[str], folder: Path) -> list[Path]:
    """Write the pages of the issues below `folder` and return their paths.

    Raises WrongUsage, before anything is written, when another's file would be replaced.
    """
    if len(slugs) == 1:
        pages = {folder / "index.html": still_page(slugs[0], desk.read(slugs[0]), alone=True)}
    else:
        lines = [line for line in desk.register() if line.slug in slugs]
        table = still_table(lines, {slug: desk.sum_up(slug) for slug in slugs})
        pages = {folder / "index.html": table}
        for slug in slugs:
            pages[folder / f"{slug}.html"] = still_page(slug, desk.read(slug), alone=False)
    for path in pages:
        _insist_on_ours(path)
    for path, page in pages.items():
        write_file(path, page.encode())
    return list(pages)


def still_page(slug: str, draft: Draft, *, alone: bool) -> Html:
    """Return the page of one issue; `alone` when there is no table to go back to."""
    look = Look("", draft, draft)
    choice = Choice()
    shown = el(
        "div",
        "" if draft.editions else el("p", _NOTHING, class_="empty"),
        *(
            article("", look, replace(choice, view=view, lines=lines), language)
            for language in draft.editions
            for view, lines in _shown_views()
        ),
        id="stage",
        data_view=choice.view,
        data_width=choice.width,
        data_scheme="light",
        data_needs=room_for(choice, len(draft.editions)),
    )
    return _page(
        f"{slug} · {_MADE_BY}",
        el(
            "header",
            "" if alone else el("a", "All issues", href="index.html", class_="back"),
            el("h1", slug, " ", el("span", draft.title)),
            el("p", "A copy to look at: links to unsubscribe do nothing", class_="muted"),
            class_="top",
        ),
        controls(look, choice, people=False, still=True) if draft.editions else Html(),
        el("main", findings_panel(look), shown, data_view=choice.view),
        data={"mails": _mails(look), "pictures": _pictures(draft)},
    )


def still_table(lines: Sequence[IssueLine], summaries: Mapping[str, Summary]) -> Html:
    """Return the table of issues."""
    return _page(
        f"Issues · {_MADE_BY}",
        el("header", el("h1", "Issues"), class_="top"),
        el("main", el("section", issue_table(lines, summaries, still=True), class_="panel")),
    )


def _shown_views() -> list[tuple[str, str]]:
    """Return the views that are in the page; the source is there laid out and as it is."""
    views = [(view, "laid") for view in VIEWS if view != "findings"]
    return [*views, ("source", "scroll")]


def _mails(look: Look) -> dict[str, str]:
    """Return the mails by language and scheme; for a picture they have `picture:DIGEST`."""
    return {
        f"{language} {scheme}": mail_html(
            look.shown,
            language,
            MailView(scheme=scheme, marks=marks_of(look, language)),
            "picture:{}".format,
        )
        for language in look.shown.editions
        for scheme in SCHEMES
    }


def _pictures(draft: Draft) -> dict[str, str]:
    """Return the pictures that are seen, by their digests, and what stands for one that is not."""
    pages = [edition.rendering.html for edition in draft.editions.values()]
    pictures = {
        picture.digest: f"data:{picture.content_type};base64,"
        + base64.b64encode(picture.data).decode()
        for src, picture in draft.pictures.items()
        if any(src in page for page in pages)
    }
    return {**pictures, OFF: "data:image/png,"}


def _page(title: str, *body: Html, data: Mapping[str, object] | None = None) -> Html:
    styles = "".join(_static(name) for name in ("studio.css", "views.css"))
    # one block, in a scope of its own; the data is read by it and is no script (CSP 3 4.2.3)
    script = "(() => {\n" + _static("stage.js") + _static("still.js") + "})();\n"
    held = json.dumps(data, ensure_ascii=False).replace("<", r"\u003c")
    sealed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src 'sha256-{sealed}'",
            "style-src 'unsafe-inline'",  # a mail has no other styles
            "img-src data:",
            "form-action 'none'",
            "base-uri 'none'",
        )
    )
    head = head_of(
        title,
        el("meta", http_equiv="Content-Security-Policy", content=policy),
        el("meta", name="generator", content=_MADE_BY),
        el("meta", name="referrer", content="no-referrer"),
        el("style", Html(styles)),
    )
    scripts = (
        el("script", Html(held), type="application/json", id="held"),
        el("script", Html(script)),
    )
    return join(
        Html("<!DOCTYPE html>\n"),
        el("html", head, el("body", *body, *(scripts if data else ())), lang="en"),
    )


def _static(name: str) -> str:
    return (_STATIC / name).read_text(encoding="utf-8")


def _insist_on_ours(path: Path) -> None:
    mark = el("meta", name="generator", content=_MADE_BY)
    if path.exists() and mark not in path.read_text(encoding="utf-8", errors="replace"):
        raise WrongUsage(
            f"{path} is not a page of the preview", "name another folder, or take that file away"
        )
