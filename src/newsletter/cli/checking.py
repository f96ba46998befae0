"""The command `check`: what is wrong, for people, for scripts, for tools of code review."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

import newsletter
from newsletter.cli.desk import Desk, pass_desk
from newsletter.cli.findings import (
    explain,
    explain_fault,
    show_by_file,
    show_ignored,
    show_lines,
    show_rules,
    summary,
)
from newsletter.cli.show import json_option, show_json
from newsletter.errors import InputRefused, WrongUsage
from newsletter.model.finding import Finding, Severity

if TYPE_CHECKING:
    from newsletter.checks.proof import Proof
    from newsletter.checks.tuning import Ignored, Tuning

Form = Literal["text", "lines", "json", "sarif"]


@dataclass(slots=True)
class _Found:
    """What was found in all that was asked for."""

    names: list[str]
    findings: list[Finding] = field(default_factory=list)
    ignored: "list[Ignored]" = field(default_factory=list)


@click.command()
@click.argument("issue", required=False)
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "lines", "json", "sarif")),
    default="text",
    show_default=True,
    help="For people, one line each, for scripts, or SARIF 2.1.0 for code review.",
)
@json_option
@click.option(
    "--least",
    type=click.Choice([each.value for each in Severity]),
    default="note",
    show_default=True,
    help="Show only what is at least as grave.",
)
@click.option("--links", is_flag=True, help="Also ask every address whether it answers.")
@click.option("--spam", is_flag=True, help="Also ask SpamAssassin, if it is installed.")
@click.option(
    "--html",
    "page",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Check this HTML file or .eml instead, wherever it comes from.",
)
@click.option("--ignored", "with_ignored", is_flag=True, help="Show what is ignored, and why.")
@click.option("--rules", "list_rules", is_flag=True, help="List all rules and stop.")
@click.option("--explain", "rule", metavar="RULE", help="Say all about one rule and stop.")
@pass_desk
def check(
    desk: Desk,
    issue: str | None,
    form: Form,
    as_json: bool,
    least: str,
    links: bool,
    spam: bool,
    page: Path | None,
    with_ignored: bool,
    list_rules: bool,
    rule: str | None,
) -> None:
    """Say what is wrong in the workspace or in one ISSUE.

    Reads every file, renders every edition, asks all rules, and reports all faults at once, each
    with its file, line and column. An item that cannot be used is an error in the workspace, but
    only a warning for an ISSUE that does not name it. How grave a rule is, and what may be ignored,
    stands under `checks:` in newsletter.yaml. Exit code 1 when there are errors; warnings and notes
    alone do not count.

    \b
    Examples:
      newsletter check
      newsletter check 2015-1
      newsletter check --least warning 2015-1
      newsletter check --explain html-size
      newsletter check --links --spam 2015-1
      newsletter check --html some-other-mail.html
      newsletter check --format sarif > newsletter.sarif
    """
    if list_rules or rule:
        _about_rules(desk, rule)
        return
    if page is not None and (issue or links or spam):
        raise WrongUsage(
            "--html looks at one file alone", "leave out the issue, --links and --spam"
        )
    found = _of_file(desk, page) if page else _of_issues(desk, issue, links=links, spam=spam)
    _show(found, "json" if as_json else form, Severity(least), with_ignored=with_ignored)
    if any(each.severity is Severity.ERROR for each in found.findings):
        raise click.exceptions.Exit(1)


def _show(found: _Found, form: Form, least: Severity, *, with_ignored: bool) -> None:
    order = list(Severity)
    shown = [each for each in found.findings if order.index(each.severity) <= order.index(least)]
    match form:
        case "json":
            show_json(_as_json(found, shown))
        case "sarif":
            from newsletter.checks.check import RULES
            from newsletter.checks.deeper import DEEPER
            from newsletter.checks.sarif import sarif

            rules = (*RULES, *DEEPER)
            show_json(sarif(shown, found.ignored, rules, newsletter.__version__))
        case "lines":
            show_lines(shown)
        case _:
            show_by_file(shown)
            if with_ignored:
                show_ignored(found.ignored)
            click.echo(summary(found.names, found.findings, len(found.ignored)))


def _of_file(desk: Desk, page: Path) -> _Found:
    """Return the findings of an HTML file or a whole mail; a workspace is not needed."""
    from newsletter.checks.foreign import check_html

    report = check_html(page, _tuning_or_none(desk) or _no_tuning())
    found = _Found([str(page)], ignored=list(report.ignored))
    found.findings = _gravest(report.findings)
    return found


def _of_issues(desk: Desk, issue: str | None, *, links: bool, spam: bool) -> _Found:
    """Return the findings of one issue, or of all issues and all items; each once."""
    from newsletter.checks.proof import proof
    from newsletter.compose.workspace import NO_ISSUE, item_faults

    slugs = [issue] if issue else desk.folder.slugs()
    if not slugs:
        raise WrongUsage(*NO_ISSUE)
    found = _Found(slugs)
    used: set[int] = set()
    complete = True
    findings = list(item_faults(desk.folder)) if issue is None else []
    for slug in slugs:
        try:
            ready = proof(desk.folder, slug)
        except InputRefused as refused:
            findings += refused.findings
            complete = False
        else:
            findings += ready.findings
            reports = [ready.report]
            if links or spam:
                deeper = _deeper(desk, ready, links=links, spam=spam)
                reports.append(_tuning(desk).sift(deeper))
                findings += reports[-1].findings
            for report in reports:
                found.ignored += report.ignored
                used |= report.used
    if issue is None and complete:  # one issue alone cannot tell what the others need
        findings += _tuning(desk).unused(used, _unasked(links=links, spam=spam))
    found.ignored = list(dict.fromkeys(found.ignored))
    found.findings = _gravest(findings)
    return found


def _unasked(*, links: bool, spam: bool) -> frozenset[str]:
    """Return the rules that nobody has asked this time."""
    from newsletter.checks.deeper import DEEPER

    asked = {"--links": links, "--spam": spam}
    return frozenset(rule.id for rule in DEEPER if not asked.get(rule.option))


def _deeper(desk: Desk, ready: "Proof", *, links: bool, spam: bool) -> list[Finding]:
    """Return what is found only when somebody asks: it takes time, a network, another program.

    What the office has turned off is not asked at all.
    """
    from newsletter.checks.deeper import DEEPER

    tuning = _tuning(desk)
    wanted = {rule.option for rule in DEEPER if tuning.severity(rule)}
    findings: list[Finding] = []
    if links and "--links" in wanted:
        findings += _dead_links(desk, ready, tuning)
    if spam and "--spam" in wanted:
        findings += _spam(ready, tuning)
    return list(tuning.tuned(findings, DEEPER))


def _dead_links(desk: Desk, ready: "Proof", tuning: "Tuning") -> list[Finding]:
    from newsletter.checks.alive import dead_links
    from newsletter.checks.deeper import LINK_DEAD

    composition = ready.composition
    base = composition.office.settings.public_url.rstrip("/")
    return dead_links(
        ready.report.mails.values(),
        own=(f"{base}/issues/{composition.slug}/",),  # stands there once the issue is sent
        cache=desk.config.state / "cache" / "links.json",
        limits=tuning.limits(LINK_DEAD),
    )


def _spam(ready: "Proof", tuning: "Tuning") -> list[Finding]:
    from newsletter.checks.deeper import SPAM_SCORE
    from newsletter.checks.spam import spam_findings
    from newsletter.message.compile import compile_message
    from newsletter.render.build import sample_head, sample_recipient

    composition = ready.composition
    mails: dict[str, bytes] = {}
    for language, rendering in ready.everything.items():
        head = sample_head(rendering, composition)
        mails[language] = compile_message(rendering, head).build(sample_recipient(head))
    places = dict.fromkeys(mails, composition.source.marks.at())
    return spam_findings(mails, places, limits=tuning.limits(SPAM_SCORE))


def _gravest(findings: Iterable[Finding]) -> list[Finding]:
    """Return each finding once, errors first; of the same as error and warning only the error."""
    order = list(Severity)
    seen: dict[tuple[object, ...], Finding] = {}
    for each in sorted(findings, key=lambda each: order.index(each.severity)):
        seen.setdefault((each.rule, each.place, each.message, each.remedy), each)
    return sorted(seen.values(), key=lambda each: (order.index(each.severity), each.place))


def _tuning(desk: Desk) -> "Tuning":
    from newsletter.checks.tuning import Tuning

    source = desk.folder.settings()
    return Tuning(source.value.checks, source.marks)


def _tuning_or_none(desk: Desk) -> "Tuning | None":
    try:
        return _tuning(desk)
    except (WrongUsage, InputRefused):  # what is asked does not need a workspace
        return None


def _no_tuning() -> "Tuning":
    from newsletter.checks.tuning import Tuning
    from newsletter.model.checking import Checking
    from newsletter.model.place import Marks

    return Tuning(Checking(), Marks("newsletter.yaml"))


def _about_rules(desk: Desk, name: str | None) -> None:
    """List the rules, or explain the one called `name`; a workspace is not needed."""
    from newsletter.checks import deeper
    from newsletter.checks.check import MODULES, RULES
    from newsletter.checks.deeper import DEEPER
    from newsletter.checks.faults import FAULTS
    from newsletter.checks.rule import rules_of
    from newsletter.compose.problems import did_you_mean

    tuning = _tuning_or_none(desk)
    if name is None:
        families = [*((each, rules_of(each)) for each in MODULES), (deeper, DEEPER)]
        headed = [(re.split(r"[:.]", each.__doc__ or "")[0], rules) for each, rules in families]
        show_rules(headed, tuning)
        return
    known = {rule.id: rule for rule in (*RULES, *DEEPER)}
    if name in known:
        explain(known[name], tuning)
    elif meaning := FAULTS.get(name):
        explain_fault(name, meaning)
    else:
        raise WrongUsage(f"there is no rule `{name}`", did_you_mean(name, (*known, *FAULTS)))


def _as_json(found: _Found, shown: list[Finding]) -> dict[str, Any]:
    return {
        "issues": found.names,
        "findings": [_finding_as_json(each) for each in shown],
        "ignored": [
            _finding_as_json(each.finding) | {"reason": each.reason} for each in found.ignored
        ],
    }


def _finding_as_json(finding: Finding) -> dict[str, object]:
    spot = finding.spot
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "file": finding.place.file,
        "line": finding.place.line,
        "column": finding.place.column,
        "message": finding.message,
        "remedy": finding.remedy,
        "language": spot.language if spot else "",
        "element": spot.element if spot else None,
    }
