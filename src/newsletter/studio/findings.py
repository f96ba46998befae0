"""The findings of an issue as the page shows them: numbered, beside the mail, each with its place.

    number the findings, errors first ► those that can be seen in a mail mark an element there
    ► a mark in the mail and a line in the list lead to each other

A finding about something that is not in a mail is in the list alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from newsletter.model.edition import Html
from newsletter.model.finding import Finding, Severity
from newsletter.studio.live import Look
from newsletter.studio.markup import el, join
from newsletter.studio.ports import Draft

COUNTED = {
    Severity.ERROR: ("error", "errors"),
    Severity.WARNING: ("warning", "warnings"),
    Severity.NOTE: ("note", "notes"),
}

_STALE = (
    "The mail shown is from before these errors. It follows as soon as they are mended and saved."
)


@dataclass(frozen=True, slots=True)
class Numbered:
    """A finding with its number on the page."""

    number: int
    finding: Finding

    @property
    def name(self) -> str:
        """Name of the finding in marks and addresses."""
        return f"f{self.number}"


def numbered(draft: Draft) -> list[Numbered]:
    """Return the findings of a draft, the gravest first."""
    ordered = [finding for severity in Severity for finding in draft.of(severity)]
    return [Numbered(number, finding) for number, finding in enumerate(ordered, start=1)]


def marks_of(look: Look, language: str) -> dict[int, list[tuple[str, Finding]]]:
    """Return the findings that are seen in an edition by their elements.

    There are none while the editions are from before the findings.
    """
    marks: dict[int, list[tuple[str, Finding]]] = {}
    if not look.is_stale:
        for each in numbered(look.draft):
            spot = each.finding.spot
            if spot and spot.language == language:
                marks.setdefault(spot.element, []).append((each.name, each.finding))
    return marks


def findings_panel(look: Look, *, whole: bool = False) -> Html:
    """Return the list of findings; `whole` opens all that is folded."""
    draft = look.draft
    if not draft.findings:
        return el(
            "section",
            el("h2", "Findings"),
            el("p", "None: there is nothing to mend."),
            id="findings",
            class_="panel calm",
            aria_label="Findings",
        )
    counts = {severity: len(draft.of(severity)) for severity in Severity}
    grave = [each for each in numbered(draft) if each.finding.severity is not Severity.NOTE]
    notes = [each for each in numbered(draft) if each.finding.severity is Severity.NOTE]
    has_errors = counts[Severity.ERROR] > 0
    names = {key: edition.name for key, edition in look.shown.editions.items()}
    return el(
        "section",
        el("h2", f"Findings: {count_line(counts) if grave else 'nothing to mend'}"),
        el("p", _STALE, class_="stale") if look.is_stale else "",
        _list(grave, names, look) if grave else "",
        el(
            "details",
            el("summary", count_of(Severity.NOTE, len(notes))),
            _list(notes, names, look),
            id="notes",
            open=whole,
        )
        if notes
        else "",
        id="findings",
        class_="panel alarm" if has_errors else "panel",
        aria_label="Findings",
    )


def count_line(counts: Mapping[Severity, int]) -> str:
    """Return the counts in words: 1 error, 2 warnings."""
    return ", ".join(count_of(severity, count) for severity, count in counts.items() if count)


def count_of(severity: Severity, count: int) -> str:
    """Return a number of findings in words."""
    one, many = COUNTED[severity]
    return f"{count} {one if count == 1 else many}"


def with_code(text: str) -> Html:
    """Return `text` with what stands between backquotes as code."""
    pieces = text.split("`")
    return join(*(el("code", piece) if place % 2 else piece for place, piece in enumerate(pieces)))


def _list(findings: list[Numbered], names: Mapping[str, str], look: Look) -> Html:
    return el("ol", *(_finding(each, names, look) for each in findings), class_="findings")


def _finding(each: Numbered, names: Mapping[str, str], look: Look) -> Html:
    finding = each.finding
    message, _, context = finding.message.partition("\n")
    severity = finding.severity.value
    return el(
        "li",
        el("span", str(each.number), class_=f"number {severity}", title=severity),
        el(
            "p",
            el("span", f"{severity}: ", class_="unseen"),
            el("span", with_code(message), class_="message"),
            " - ",
            el("span", with_code(finding.remedy), class_="remedy"),
        ),
        el("pre", context.rstrip(), tabindex=0) if context.strip() else "",
        el(
            "p",
            _jump(each, names, look),
            el("code", str(finding.place), class_="place"),
            el(
                "button",
                "Copy",
                type="button",
                class_="copy",
                aria_label=f"Copy {finding.place}",
                hidden=True,
            ),
            el("code", finding.rule, class_="rule"),
            class_="at",
        ),
        id=each.name,
        tabindex=-1,
    )


def _jump(each: Numbered, names: Mapping[str, str], look: Look) -> Html:
    """Return the link to where the finding is seen, or nothing."""
    spot = each.finding.spot
    if not spot or spot.language not in names or look.is_stale:
        return Html()
    return el(
        "a",
        f"Show in {names[spot.language]}",
        href=f"#edition-{spot.language}",
        class_="jump",
        data_finding=each.name,
        data_language=spot.language,
    )
