"""Print findings for people: by file, the gravest files first, in colours where there are any."""

import itertools
import os
import shutil
import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from newsletter.cli.show import count_of, printable
from newsletter.model.finding import Finding, Severity

if TYPE_CHECKING:
    from newsletter.checks.rule import About
    from newsletter.checks.tuning import Ignored, Tuning

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
_ORDER = {severity: number for number, severity in enumerate(Severity)}
_WIDEST = 100
_MAIL_ONLY = "It is about the mail alone: it does not stop `newsletter archive build`."


def show_by_file(findings: Iterable[Finding]) -> None:
    """Print findings under the names of their files."""
    ordered = sorted(findings, key=lambda each: each.place)
    groups = [
        (file, list(found))
        for file, found in itertools.groupby(ordered, key=lambda each: each.place.file)
    ]
    groups.sort(key=lambda group: (min(_ORDER[each.severity] for each in group[1]), group[0]))
    width = max((len(_spot(each)) for each in ordered), default=0)
    for file, found in groups:
        click.echo(_paint(printable(file), bold=True, underline=True))
        for finding in found:
            _show(finding, width)
        click.echo()


def show_lines(findings: Iterable[Finding]) -> None:
    """Print each finding in one line, `file:line:column: severity: what - how [rule]`."""
    for each in findings:
        words = " ".join(f"{each.message} - {each.remedy}".split())
        click.echo(f"{each.place}: {each.severity.value}: {printable(words)} [{each.rule}]")


def summary(names: Sequence[str], findings: Sequence[Finding], ignored: int = 0) -> str:
    """Return the last line: how many of each kind there are."""
    counts = Counter(each.severity for each in findings)
    told = [count_of(counts[each], each.value) for each in Severity if counts[each]]
    if not counts[Severity.ERROR] and not counts[Severity.WARNING]:
        told.insert(0, "nothing to mend")
    if ignored:
        told.append(f"{ignored} ignored")
    return f"{', '.join(names)}: {', '.join(told)}"


def show_rules(families: Iterable[tuple[str, Iterable["About"]]], tuning: "Tuning | None") -> None:
    """Print all rules, under what they are about; a star marks what this office has changed."""
    changed = False
    for heading, rules in families:
        for line in textwrap.wrap(heading, _width()):
            click.echo(_paint(line, bold=True))
        for rule in rules:
            severity = tuning.severity(rule) if tuning else rule.severity
            star = "*" if severity is not rule.severity else " "
            changed = changed or star == "*"
            word = f"{severity.value if severity else 'off'}{star}"
            lines = textwrap.wrap(rule.title, _width() - 34)
            colour = _COLOURS[severity] if severity else "white"
            click.echo(f"  {rule.id:<21} {_paint(f'{word:<8}', fg=colour)} {lines[0]}")
            for line in lines[1:]:
                click.echo(" " * 33 + line)
        click.echo()
    if changed:
        click.echo("* as newsletter.yaml says")


def explain(rule: "About", tuning: "Tuning | None") -> None:
    """Print everything about one rule."""
    severity = tuning.severity(rule) if tuning else rule.severity
    click.echo(f"{_paint(rule.id, bold=True)} ({severity.value if severity else 'off'})")
    click.echo(f"{textwrap.fill(rule.title + '.', _width())}\n")
    if rule.mail_only:
        click.echo(f"{textwrap.fill(_MAIL_ONLY, _width())}\n")
    for heading, text in (
        ("Why", rule.why),
        ("How to mend it", rule.mend),
        ("How to mend it in a mail from elsewhere", rule.in_html),
        ("Source", f"{rule.source} {rule.url}".strip()),
    ):
        if not text:
            continue
        click.echo(_paint(heading, bold=True))
        for paragraph in text.split("\n\n"):
            words = " ".join(paragraph.split())
            click.echo(textwrap.indent(textwrap.fill(words, _width() - 2), "  "))
    limits = tuning.limits(rule) if tuning else rule.limits
    click.echo(_paint("In newsletter.yaml", bold=True))
    click.echo(f"  checks:\n    rules:\n      {rule.id}: {_example(rule, limits)}")


def explain_fault(name: str, meaning: str) -> None:
    """Print what is known of something that is found without a rule."""
    click.echo(_paint(name, bold=True))
    click.echo(textwrap.fill(meaning[:1].upper() + meaning[1:], _width()))
    click.echo("This is no rule: it has no limits, and cannot be turned off.")


def show_ignored(ignored: Iterable["Ignored"]) -> None:
    """Print what the office accepts, and why."""
    for each in ignored:
        finding = each.finding
        click.echo(_paint(f"ignored {finding.place}: {printable(finding.message)}", dim=True))
        click.echo(_paint(f"  because: {printable(each.reason)} ({finding.rule})", dim=True))


def _example(rule: "About", limits: Mapping[str, float]) -> str:
    if not limits:
        return "off  # or note, warning, error"
    written = ", ".join(f"{name}: {value:g}" for name, value in limits.items())
    return f"{{ severity: {rule.severity.value}, limits: {{ {written} }} }}"


def _show(finding: Finding, width: int) -> None:
    severity = finding.severity
    indent = " " * (width + 13)
    room = max(_width() - len(indent), 30)
    message = _wrapped(printable(finding.message), room)
    remedy = _wrapped(f"→ {printable(finding.remedy)} [{finding.rule}]", room)
    spot = _paint(f"{_spot(finding):<{width}}", dim=True)
    word = _paint(f"{severity.value:<8}", fg=_COLOURS[severity], bold=True)
    click.echo(f"  {spot}  {word} {message[0]}")
    for line in message[1:]:
        click.echo(f"{indent}{line}")
    for line in remedy:
        click.echo(f"{indent}{_paint(line, dim=True)}")


def _wrapped(text: str, room: int) -> list[str]:
    """Return `text` in lines of at most `room`; lines of their own, as of a template, are kept."""
    lines: list[str] = []
    for line in text.splitlines():
        if line.startswith(" ") and line.strip():
            lines.append(line.strip("\n"))
        else:
            lines += textwrap.wrap(line, room, break_on_hyphens=False, break_long_words=False)
    return lines or [""]


def _spot(finding: Finding) -> str:
    place = finding.place
    return f"{place.line}:{place.column}" if place.line else "-"


def _width() -> int:
    return min(shutil.get_terminal_size().columns, _WIDEST)


def _paint(text: str, **style: "str | bool") -> str:
    """Return `text` in colours, unless somebody asked for none (https://no-color.org)."""
    return text if os.environ.get("NO_COLOR") else click.style(text, **style)  # type: ignore[arg-type]
