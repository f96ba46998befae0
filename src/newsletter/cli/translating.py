"""The command for translations: how far they are, and the way to a translator and back."""

import difflib
import shutil
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.desk import Desk, pass_desk
from newsletter.cli.show import (
    count_of,
    has_person,
    json_option,
    printable,
    show_json,
    show_table,
    stop_here,
)
from newsletter.errors import WrongUsage

if TYPE_CHECKING:
    from newsletter.compose.compose import Composition
    from newsletter.model.translating import FieldState
    from newsletter.translations.exchange import Bundle
    from newsletter.translations.importing import Plan

_XLIFF, _PO = (".xlf", ".xliff"), (".po",)
_COLOURS = {"missing": "red", "mismatched": "red", "stale": "yellow", "done": "green"}


@click.command()
@click.argument("issue", required=False)
@click.option("--language", "-l", help="This language alone.")
@click.option("--all", "everything", is_flag=True, help="Also what is done.")
@click.option(
    "--accept",
    multiple=True,
    metavar="NAME",
    help="Say that a translation still holds: an item, ITEM:FIELD, or `all`.",
)
@click.option(
    "--export",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write what is left to do into FILE.xlf (XLIFF 2) or FILE.po.",
)
@click.option("--from", "source", metavar="LANGUAGE", help="With --export: what was written in it.")
@click.option(
    "--import",
    "imported",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Take in a FILE.xlf or FILE.po that a translator sent back.",
)
@click.option("--yes", is_flag=True, help="With --import: write without asking.")
@json_option
@pass_desk
def translations(
    desk: Desk,
    issue: str | None,
    language: str | None,
    everything: bool,
    accept: tuple[str, ...],
    export: Path | None,
    source: str | None,
    imported: Path | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Show what is left to translate in ISSUE, or in the whole workspace.

    Each text is missing, mismatched (numbers, dates, links or countries differ), stale (the source
    was changed after it was translated) or done. Source and translation stand side by side.

    --export hands the rest to a translator, --import takes it back: it shows what would change,
    asks, and writes into the YAML files without touching anything else.

    \b
    Examples:
      newsletter translations 2015-2
      newsletter translations 2015-2 --language kk --export kk.xlf
      newsletter translations --import kk.xlf
      newsletter translations 2015-2 --accept 2015-04-14-osh-week:title
    """
    if sum(map(bool, (accept, export, imported))) > 1:
        raise WrongUsage("--accept, --export and --import do not go together", "use one of them")
    if as_json and (accept or export):
        raise WrongUsage("--json goes with the list and with --import", "leave it out")
    if imported:
        _import(desk, imported, yes=yes, as_json=as_json)
        return
    states = _states(desk, issue, language)
    if accept:
        _accept(desk, states, accept)
    elif export:
        _export(desk, states, export, source, everything=everything)
    elif as_json:
        show_json(_as_json(issue, states, everything=everything))
    else:
        _show(states, everything=everything)


def note_translations(desk: Desk, composition: "Composition") -> None:
    """Note the translations of an issue that are seen for the first time."""
    from newsletter.translations.keeping import record_new
    from newsletter.translations.states import translation_states

    try:
        record_new(desk.config.root, translation_states(composition))
    except OSError as fault:  # what was asked for has been done; this is for later
        reason = fault.strerror or fault
        click.echo(f"note: issues/translations.lock cannot be written: {reason}", err=True)


def _states(desk: Desk, issue: str | None, language: str | None) -> "tuple[FieldState, ...]":
    from newsletter.compose.problems import did_you_mean
    from newsletter.translations.states import issue_states, pool_states

    languages = desk.folder.settings().value.languages
    if language and language not in languages:
        raise WrongUsage(f"there is no language “{language}”", did_you_mean(language, languages))
    found = issue_states(desk.folder, issue) if issue else pool_states(desk.folder)
    return tuple(state for state in found if language in (None, state.language))


def _show(states: "Sequence[FieldState]", *, everything: bool) -> None:
    """Print each field that is not done, source beside translation, and how many there are."""
    for state in states:
        if state.state != "done" or everything:
            _show_field(state)
    counts = _counts(states)
    if not counts:
        click.echo("There is nothing to translate: one language only.")
        return
    headings = ("language", "done", "missing", "mismatched", "stale")
    rows = [(name, *(each[key] for key in headings[1:])) for name, each in counts.items()]
    show_table(headings, rows)
    new = sum(not state.recorded and state.state == "done" for state in states)
    if new:
        click.echo(f"Not in the record yet: {new}. They are noted by build, or by --accept all.")


def _show_field(state: "FieldState") -> None:
    colour = _COLOURS[state.state]
    where = state.place if state.target else state.source_place
    place = click.style(f"{where}:", fg=colour, bold=True)
    said = click.style(state.state, fg=colour)
    click.echo(f"{place} {state.field} in {state.language} is {said}")
    for difference in state.differences:
        click.echo(f"  {printable(difference)}")
    for line in _side_by_side(state.source, state.target or "—"):
        click.echo(f"  {line}")
    click.echo()


def _side_by_side(left: str, right: str) -> Iterable[str]:
    """Yield two texts in two columns that fit the terminal, at least 80 letters wide together."""
    width = (max(shutil.get_terminal_size().columns, 40) - 2 - 3) // 2
    columns = [
        [
            piece
            for line in printable(text).replace("\u00a0", " ").splitlines()
            for piece in (textwrap.wrap(line, width) or [""])
        ]
        for text in (left, right)
    ]
    for number in range(max(map(len, columns))):
        one, other = (part[number] if number < len(part) else "" for part in columns)
        yield f"{one:<{width}} │ {other}".rstrip()


def _counts(states: "Iterable[FieldState]") -> dict[str, dict[str, int]]:
    from newsletter.model.translating import State

    counts: dict[str, dict[str, int]] = {}
    for state in states:
        counted = counts.setdefault(state.language, {each.value: 0 for each in State})
        counted[state.state.value] += 1
    return counts


def _as_json(
    issue: str | None, states: "Sequence[FieldState]", *, everything: bool
) -> dict[str, Any]:
    return {
        "issue": issue,
        "counts": _counts(states),
        "fields": [
            {
                "id": state.id,
                "field": state.field,
                "language": state.language,
                "source_language": state.source_language,
                "state": state.state.value,
                "differences": list(state.differences),
                "recorded": state.recorded,
                "source": state.source,
                "target": state.target,
                "file": state.place.file,
                "line": state.place.line,
                "source_line": state.source_place.line,
            }
            for state in states
            if state.state != "done" or everything
        ],
    }


def _accept(desk: Desk, states: "Sequence[FieldState]", names: tuple[str, ...]) -> None:
    """Note that translations hold for their sources as these stand."""
    from newsletter.compose.problems import did_you_mean
    from newsletter.translations.keeping import record_accepted
    from newsletter.translations.states import workspace_states

    chosen: list[FieldState] = []
    for name in names:
        found = [each for each in states if name == "all" or name in _names(each)]
        if not found:
            known = sorted({each for state in states for each in _names(state)})
            raise WrongUsage(f"there is no item or field “{name}”", did_you_mean(name, known))
        chosen += found
    whole = workspace_states(desk.folder, desk.folder.settings().value.languages)
    number = record_accepted(desk.config.root, chosen, whole)
    click.echo(f"{count_of(number, 'translation')} noted in issues/translations.lock")


def _names(state: "FieldState") -> tuple[str, ...]:
    """Return how a field may be named: by its owner or by itself, with or without the folder."""
    short = state.owner.partition("/")[2]
    return (state.owner, short, state.id, f"{short}:{state.id.partition(':')[2]}")


def _export(
    desk: Desk, states: "Sequence[FieldState]", path: Path, source: str | None, *, everything: bool
) -> None:
    from newsletter.compose.files import write_whole
    from newsletter.translations.exchange import Bundle, units_of

    write = _writer(path)
    settings = desk.folder.settings().value
    source = source or settings.translations.source or settings.default_language
    wanted = [each for each in states if everything or each.state != "done"]
    mine = [each for each in wanted if each.source_language == source]
    languages = sorted({each.language for each in mine})
    if len(languages) > 1:
        raise WrongUsage(
            f"there is something to do in {', '.join(languages)}",
            f"name one language for a file: --language {languages[0]}",
        )
    if not mine:
        click.echo(f"Nothing is left to translate from {source}; no file was written.")
        return
    bundle = Bundle(source, languages[0], units_of(mine))
    write_whole(path, write(bundle))
    click.echo(f"{path}: {count_of(len(bundle.units), 'text')}, {source} to {bundle.language}")
    if others := sorted({each.source_language for each in wanted} - {source}):
        click.echo(f"Texts written first in {', '.join(others)} are left out; see --from")


def _writer(path: Path) -> Any:
    from newsletter.translations.po import po_of
    from newsletter.translations.xliff import xliff_of

    ending = path.suffix.lower()
    if ending in _XLIFF:
        return xliff_of
    if ending in _PO:
        return po_of
    raise WrongUsage(f"“{path.name}” is neither .xlf nor .po", "choose one of the two endings")


def _read_bundle(path: Path) -> "Bundle":
    from newsletter.translations.po import read_po_file
    from newsletter.translations.xliff import read_xliff

    read = read_xliff if _writer(path).__name__ == "xliff_of" else read_po_file
    return read(path.read_bytes(), str(path))


def _import(desk: Desk, path: Path, *, yes: bool, as_json: bool) -> None:
    """Show what a translator's file would change, ask, and write."""
    from newsletter.translations.importing import carry_out, plan_import

    plan = plan_import(desk.folder, _read_bundle(path))
    if as_json:
        show_json(_plan_as_json(plan, written=yes))
    else:
        _show_plan(plan)
    useful = plan.taken or plan.confirmed
    if useful and (yes or (not as_json and _agreed())):
        carry_out(desk.folder, plan)
        if not as_json:
            click.echo(f"Written: {count_of(len(plan.files), 'file')}.")
    elif useful and not as_json:
        stop_here()
    if plan.refused:
        raise click.exceptions.Exit(1)


def _agreed() -> bool:
    if not has_person():
        raise WrongUsage("nobody is here to ask", "add --yes to write it")
    return click.confirm("Write this?")


def _show_plan(plan: "Plan") -> None:
    for name, (before, after) in sorted(plan.files.items()):
        old, new = (data.decode(errors="replace").splitlines() for data in (before, after))
        for line in difflib.unified_diff(old, new, name, name, n=1, lineterm=""):
            colour = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
            click.echo(click.style(printable(line), fg=colour))
    for each in plan.refused:
        click.echo(
            f"{click.style('refused', fg='red')} {each.id or 'a text'}: {printable(each.reason)}"
        )
    click.echo(
        f"{plan.language}: {count_of(len(plan.taken), 'text')} to write, "
        f"{len(plan.confirmed)} confirmed, {len(plan.refused)} refused, {plan.untouched} untouched"
        + (f", {plan.absent} not in the file" if plan.absent else "")
    )


def _plan_as_json(plan: "Plan", *, written: bool) -> dict[str, Any]:
    return {
        "language": plan.language,
        "written": written,
        "texts": [
            {"id": each.state.id, "before": each.before, "after": each.text} for each in plan.taken
        ],
        "confirmed": [each.id for each in plan.confirmed],
        "refused": [{"id": each.id, "reason": each.reason} for each in plan.refused],
        "untouched": plan.untouched,
        "absent": plan.absent,
        "files": sorted(plan.files),
    }
