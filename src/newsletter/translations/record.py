"""The record of which translation was made from which source: `issues/translations.lock`.

One line for each field and language, sorted: the field, the language, the fingerprint of the
source, the fingerprint of the translation. What counts is the pair of fingerprints; the name of
the field is for people. So an item may be renamed or copied, and two branches that are merged
need nothing but all the lines of both.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from newsletter.compose.files import write_whole
from newsletter.errors import InputRefused
from newsletter.model.finding import Finding
from newsletter.model.place import Place
from newsletter.model.translating import FieldState, State, fingerprint

FILE = "issues/translations.lock"
_HEADER = """\
# Which translation was made from which text: field, language, fingerprint of the source,
# fingerprint of the translation. A source that changes alone makes its translation stale.
# `newsletter` writes this file; keep it under version control, and after a merge the lines of both.
"""
_LINE = re.compile(
    r"(?P<id>\S+) (?P<language>\S+) (?P<source>[0-9a-f]{16}) (?P<target>[0-9a-f]{16})"
)


@dataclass(frozen=True, slots=True, order=True)
class Made:
    """A translation that was made: of which field, in which language, from what, and what it is."""

    id: str
    language: str
    source: str
    target: str


@dataclass(frozen=True)
class Record:
    """All translations that are known to have been made."""

    made: frozenset[Made] = field(default_factory=frozenset)

    @cached_property
    def _sources(self) -> dict[tuple[str, str], set[str]]:
        """The sources from which each text of each language was made."""
        found: dict[tuple[str, str], set[str]] = {}
        for each in self.made:
            found.setdefault((each.language, each.target), set()).add(each.source)
        return found

    def knows(self, language: str, source: str, target: str) -> bool:
        """Whether `target` is known to have been made from `source`."""
        return fingerprint(source) in self._sources.get((language, fingerprint(target)), ())

    def is_stale(self, language: str, source: str, target: str) -> bool:
        """Whether `target` was made from other words than `source`, and never from these."""
        known = self._sources.get((language, fingerprint(target)))
        return bool(known) and fingerprint(source) not in (known or ())

    def with_made(self, states: Iterable[FieldState]) -> "Record":
        """Return the record with these translations as they stand, in the place of older ones."""
        new = {made(state) for state in states if state.target}
        replaced = {(each.id, each.language) for each in new}
        kept = {each for each in self.made if (each.id, each.language) not in replaced}
        return Record(frozenset(kept | new))

    def pruned(self, states: Iterable[FieldState]) -> "Record":
        """Return the record without translations that stand nowhere any more.

        What remains carries the name of the field it stands in now.
        """
        places: dict[tuple[str, str], list[str]] = {}
        for state in states:
            if state.target:
                places.setdefault((state.language, fingerprint(state.target)), []).append(state.id)
        kept: set[Made] = set()
        for each in self.made:
            ids = places.get((each.language, each.target), [])
            if each.id in ids:
                kept.add(each)
            elif ids:
                kept.add(Made(min(ids), each.language, each.source, each.target))
        return Record(frozenset(kept))


def made(state: FieldState) -> Made:
    """Return what the record says of a translation as it stands."""
    return Made(state.id, state.language, fingerprint(state.source), fingerprint(state.target))


def is_recordable(state: FieldState) -> bool:
    """Whether a translation is seen for the first time, and not known to be made from another."""
    fresh = state.state in (State.DONE, State.MISMATCHED) and not state.recorded
    return fresh and bool(state.source and state.target)


def read_record(root: Path) -> Record:
    """Return the record of the workspace; raises InputRefused with every line that is none."""
    path = root / FILE
    if not path.exists():
        return Record()
    status = path.stat()
    stamp = (status.st_mtime_ns, status.st_size)
    kept = _kept.get(path)
    if kept and kept[0] == stamp:
        return kept[1]
    record = parse_record(path.read_text(encoding="utf-8", errors="replace"))
    _kept[path] = (stamp, record)
    return record


_kept: dict[Path, tuple[tuple[int, int], Record]] = {}


def parse_record(text: str) -> Record:
    """Return what `text` records; raises InputRefused."""
    found: set[Made] = set()
    findings: list[Finding] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        if match := _LINE.fullmatch(line.strip()):
            found.add(Made(**match.groupdict()))
        else:
            findings.append(_bad_line(line, number))
    if findings:
        raise InputRefused(findings)
    return Record(frozenset(found))


def _bad_line(line: str, number: int) -> Finding:
    conflict = line.startswith(("<<<<<<<", "=======", ">>>>>>>"))
    return Finding(
        rule="translations",
        place=Place(FILE, number, 1),
        message="a merge stopped in the middle here"
        if conflict
        else "this is not a line of the record of translations",
        remedy="keep the lines of both sides and delete this one"
        if conflict
        else "delete it: what it was about counts as new",
    )


def record_text(record: Record) -> str:
    """Return the record as it is kept."""
    lines = [
        f"{each.id} {each.language} {each.source} {each.target}\n" for each in sorted(record.made)
    ]
    return _HEADER + "".join(lines)


def write_record(root: Path, record: Record) -> bool:
    """Write the record if it changed, all of it or nothing; return whether it did."""
    path, text = root / FILE, record_text(record)
    if path.exists() and path.read_text(encoding="utf-8", errors="replace") == text:
        return False
    if not path.exists() and not record.made:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, text.encode())
    return True
