"""Take a translator's work in: first a plan of what would change and what is refused, then do it.

Nothing is lost: a unit is taken, was not touched, or is refused with a reason. Files change all
together or not at all, and only if they are still as they were when the plan was made.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from newsletter.compose.problems import did_you_mean
from newsletter.compose.schema import validate, validate_item
from newsletter.compose.workspace import Folder
from newsletter.compose.yamledit import CannotEdit, TextChange, edited, replace_all, with_texts
from newsletter.compose.yamlfile import decode, parse_yaml
from newsletter.errors import InputRefused, WrongUsage
from newsletter.model.content import Issue
from newsletter.model.translating import FieldState, State, fingerprint
from newsletter.model.written import Line, Prose, Url
from newsletter.translations.exchange import Bundle, Unit, units_of
from newsletter.translations.keeping import record_accepted
from newsletter.translations.states import workspace_states
from newsletter.translations.values import values_of

_DIRECTION = re.compile(r"[\u202a-\u202e\u2066-\u2069]")  # UAX 9 2: embeddings, overrides, isolates
_LINE: TypeAdapter[str] = TypeAdapter(Line)
_PROSE: TypeAdapter[str] = TypeAdapter(Prose)
_URL: TypeAdapter[str] = TypeAdapter(Url)


@dataclass(frozen=True, slots=True)
class Taken:
    """A text that would be written; `before` is what stands there now."""

    state: FieldState
    text: str

    @property
    def before(self) -> str:
        """What stands there now; empty when nothing does."""
        return self.state.target


@dataclass(frozen=True, slots=True)
class Refused:
    """A unit that cannot be used, and why."""

    id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What would become of each unit of a file."""

    language: str
    taken: tuple[Taken, ...] = ()
    confirmed: tuple[FieldState, ...] = ()
    """Translations that stay as they are and are said to hold for the source of today."""
    refused: tuple[Refused, ...] = ()
    untouched: int = 0
    absent: int = 0
    """How many units went out and are not in the file that came back."""
    files: Mapping[str, tuple[bytes, bytes]] = field(default_factory=dict)
    """The files that would change: what they hold now, and what they would hold."""


def plan_import(folder: Folder, bundle: Bundle) -> Plan:
    """Return what would become of the units of `bundle`; raises InputRefused or WrongUsage."""
    languages = folder.settings().value.languages
    if bundle.language not in languages:
        message = f"the file is in “{bundle.language}”, which is no language of this newsletter"
        raise WrongUsage(message, did_you_mean(bundle.language, languages))
    known = {
        state.id: state
        for state in workspace_states(folder, languages)
        if state.language == bundle.language
    }
    taken: list[Taken] = []
    confirmed: list[FieldState] = []
    refused: list[Refused] = []
    untouched = 0
    for unit in _once_each(bundle.units):
        state = known.get(unit.id)
        if reason := _refusal(unit, state):
            refused.append(Refused(unit.id, reason))
        elif state is None or _is_untouched(unit, state):
            untouched += 1
        elif reason := _doubt(unit, state):
            refused.append(Refused(unit.id, reason))
        elif _same(unit.target, state.target):
            confirmed.append(state)
        else:
            taken.append(Taken(state, unit.target.strip()))
    files, taken, unfit = _new_files(folder, _addresses_too(taken, known), languages)
    return Plan(
        bundle.language,
        tuple(taken),
        tuple(confirmed),
        (*refused, *unfit),
        untouched,
        absent=max(bundle.sent - len(bundle.units), 0),
        files=files,
    )


def carry_out(folder: Folder, plan: Plan) -> None:
    """Write the files of `plan` and note its translations; raises WrongUsage if a file changed."""
    paths = {name: folder.root / name for name in plan.files}
    changed = [name for name, path in paths.items() if path.read_bytes() != plan.files[name][0]]
    if changed:
        raise WrongUsage(f"changed in the meantime: {', '.join(changed)}", "import once more")
    replace_all({paths[name]: after for name, (_, after) in plan.files.items()})
    fresh = Folder(folder.root)
    states = workspace_states(fresh, folder.settings().value.languages)
    ids = {each.state.id for each in plan.taken} | {each.id for each in plan.confirmed}
    accepted = [each for each in states if each.id in ids and each.language == plan.language]
    record_accepted(folder.root, accepted, states)


def _once_each(units: Iterable[Unit]) -> Iterator[Unit]:
    """Yield units, those that stand in the file with different words as one that has a fault."""
    by_id: dict[str, list[Unit]] = {}
    for position, unit in enumerate(units):
        by_id.setdefault(unit.id or f" {position}", []).append(unit)
    for same in by_id.values():
        if len({fingerprint(unit.target) for unit in same}) > 1:
            fault = f"stands in the file {len(same)} times, with different words"
            yield replace(same[0], fault=fault)
        else:
            yield same[0]


def _is_untouched(unit: Unit, state: FieldState) -> bool:
    """Whether the translator left a unit as it went out."""
    if not unit.target.strip():
        return True
    now = _as_of_now(state)
    went_out = unit.went_out or now
    if fingerprint(unit.target) != went_out:
        return False
    return not unit.finished or state.state is State.DONE or now != went_out


def _doubt(unit: Unit, state: FieldState) -> str:
    """Return why words that are fit to print are not taken all the same; empty when they are."""
    if unit.unsure:
        return "is marked as fuzzy, which means not sure: take the mark away when it is right"
    if unit.went_out and _as_of_now(state) not in (unit.went_out, fingerprint(unit.target)):
        return (
            f"was changed here since the export ({state.place}): correct it there by hand, or "
            "export it again"
        )
    return ""


def _as_of_now(state: FieldState) -> str:
    """Return the fingerprint of the translation that would go out today."""
    (unit,) = units_of([state])
    return fingerprint(unit.target)


def _refusal(unit: Unit, state: FieldState | None) -> str:
    """Return why `unit` cannot be used; empty when it can."""
    if unit.fault:
        return unit.fault
    if not unit.id:
        return f"“{unit.source[:40]}” has lost its name (`msgctxt`): ask for the file with it"
    if state is None:
        return "there is no such field in the workspace (any more)"
    if fingerprint(unit.source) != fingerprint(state.source):
        return f"the source has changed since the export ({state.source_place}): export it again"
    words = unit.target.strip()
    if not words:
        if unit.finished and state.state is State.MISSING and unit.target:
            return "is empty"
        return ""
    if reason := _wrong_form(words, state):
        return reason
    return _lost_links(words, state)


def _wrong_form(words: str, state: FieldState) -> str:
    if found := _DIRECTION.search(words):
        return f"holds an invisible control character (U+{ord(found.group()):04X})"
    kind = _URL if state.path[-1] == "url" else _PROSE if state.prose else _LINE
    try:
        kind.validate_python(words)
    except ValidationError as error:
        return "; ".join(_said(fault) for fault in error.errors())
    return ""


def _said(fault: ErrorDetails) -> str:
    if fault["type"].endswith("too_long"):
        return f"is longer than {fault['ctx']['max_length']} characters"
    return fault["msg"]


def _lost_links(words: str, state: FieldState) -> str:
    """Return which links or mail addresses of the source the translation has lost."""
    if state.path[-1] == "url":
        return ""
    source = values_of(state.source, state.source_language)
    target = values_of(words, state.language)
    gone = {source.links[each] for each in source.links.keys() - target.links.keys()}
    lost = sorted(gone | (source.mails - target.mails))
    return f"the link to {', '.join(lost)} is lost" if lost else ""


def _same(one: str, other: str) -> bool:
    return fingerprint(one) == fingerprint(other)


def _addresses_too(taken: list[Taken], known: Mapping[str, FieldState]) -> list[Taken]:
    """Return `taken` with the address of each new link, where the translator gave none."""
    ids = {each.state.id for each in taken}
    more: list[Taken] = []
    for each in taken:
        address = f"{each.state.id.removesuffix('.label')}.url"
        state = known.get(address)
        if state and address not in ids and state.state is State.MISSING:
            more.append(Taken(state, state.source))
    return [*taken, *more]


def _new_files(
    folder: Folder, taken: Iterable[Taken], languages: Iterable[str]
) -> tuple[dict[str, tuple[bytes, bytes]], list[Taken], list[Refused]]:
    """Return the files with what was taken, what of it fits, and what does not."""
    by_file: dict[str, list[Taken]] = {}
    for each in taken:
        by_file.setdefault(each.state.place.file, []).append(each)
    files: dict[str, tuple[bytes, bytes]] = {}
    fit: list[Taken] = []
    refused: list[Refused] = []
    for name, changes in by_file.items():
        before = (folder.root / name).read_bytes()
        after, written, unfit = _new_file(before, name, changes, languages)
        refused += unfit
        if written and (reason := _unreadable(after, name)):
            refused += [Refused(each.state.id, reason) for each in written]
        elif written:
            files[name] = (before, after)
            fit += written
    return files, fit, refused


def _new_file(
    data: bytes, name: str, changes: Iterable[Taken], languages: Iterable[str]
) -> tuple[bytes, list[Taken], list[Refused]]:
    written: list[Taken] = []
    refused: list[Refused] = []
    for each in sorted(changes, key=lambda taken: _order(taken.state)):
        change = TextChange(each.state.target_path, each.text, each.state.prose)
        try:
            data = edited(data, name, partial(with_texts, changes=[change], languages=languages))
        except CannotEdit as fault:
            refused.append(Refused(each.state.id, str(fault)))
        else:
            written.append(each)
    return data, written, refused


def _order(state: FieldState) -> tuple[int, ...]:
    """Return the order in which fields are written: as they stand in the source."""
    return (state.source_place.line, state.source_place.column)


def _unreadable(data: bytes, name: str) -> str:
    """Return why a file could not be used as it would be; empty when it could."""
    file = parse_yaml(decode(data, name), name)
    try:
        if "/items/" in name:
            validate_item(file)
        else:
            validate(file, Issue, rule="issue")
    except InputRefused as refused:
        return "the block would not be whole: " + "; ".join(
            finding.message for finding in refused.findings
        )
    return ""
