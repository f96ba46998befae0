"""The table of issues: what each is about, how far it is, and what is wrong with it."""

from collections.abc import Mapping, Sequence

from newsletter.languages import own_name
from newsletter.model.edition import Html
from newsletter.model.finding import Severity
from newsletter.studio.findings import count_of
from newsletter.studio.markup import el, join
from newsletter.studio.ports import IssueLine, Summary, Translation

_HEADINGS = ("Issue", "Date", "Subject", "Findings", "Items", "Translations", "Sending")


def issue_table(
    lines: Sequence[IssueLine], summaries: Mapping[str, Summary], *, still: bool = False
) -> Html:
    """Return the issues, the newest first; one that is still being read has gaps.

    A `still` table leads to files beside it and says nothing about sending.
    """
    ordered = sorted(lines, key=lambda line: (str(line.date or ""), line.slug), reverse=True)
    headings = _HEADINGS[:-1] if still else _HEADINGS
    head = el("tr", *(el("th", heading, scope="col") for heading in headings))
    rows = (_row(line, summaries.get(line.slug), still=still) for line in ordered)
    return el(
        "div",
        el(
            "table",
            el("caption", "All issues, the newest first", class_="unseen"),
            el("thead", head),
            el("tbody", *rows),
            class_="issues",
        ),
        class_="scroll",
        tabindex=0,
        role="region",
        aria_label="Issues",
    )


def _row(line: IssueLine, summary: Summary | None, *, still: bool) -> Html:
    sending = line.sending or el("span", "not begun", class_="muted")
    number = f"No. {line.number} ({line.serial})" if line.number else ""
    return el(
        "tr",
        el(
            "th",
            el("a", line.slug, href=f"{line.slug}.html" if still else f"/issue/{line.slug}"),
            " ",
            el("span", number, class_="muted"),
            scope="row",
        ),
        el("td", line.date.isoformat() if line.date else "", class_="date"),
        el("td", line.subject, lang=line.language or False, class_="about"),
        el("td", _findings(summary)),
        el("td", str(summary.items or "") if summary else "…", class_="count"),
        el("td", _languages(line, summary)),
        "" if still else el("td", sending),
        id=f"issue-{line.slug}",
    )


def _languages(line: IssueLine, summary: Summary | None) -> Html:
    states = {each.language: each for each in summary.translations} if summary else {}
    return el(
        "ul",
        *(
            el(
                "li",
                el("span", own_name(language), lang=language),
                _state(states[language]) if language in states else "",
            )
            for language in line.languages
        ),
        class_="plain",
    )


def _state(state: Translation) -> Html:
    if state.is_done:
        return el("span", ": done", class_="muted")
    counts = {
        "missing": state.missing,
        "out of date": state.stale,
        "different": state.mismatched,
    }
    told = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    return join(": ", el("span", told, class_="badge warning"))


def _findings(summary: Summary | None) -> Html:
    if summary is None:
        return el("span", "being read…", class_="muted")
    counts = {each: summary.counts.get(each, 0) for each in Severity}
    badges = [
        el("span", count_of(severity, count), class_=f"badge {severity.value}")
        for severity, count in counts.items()
        if count
    ]
    if not badges:
        return el("span", "none", class_="muted")
    return el("span", *badges, class_="badges")
