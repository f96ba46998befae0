"""The folder an office works in: where everything stands, and reading all of it at once.

`load` gathers the faults of all files that an issue needs and raises InputRefused with every one of
them. An item with faults stops the issues that name it, and no others: to these it is a warning,
so that what one editor has not finished does not hold up the rest.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from newsletter.compose.office import list_findings, parse_lists, parse_settings
from newsletter.compose.pictures import PictureShelf
from newsletter.compose.pool import Faults, FileCache, PoolItem, Source, read_pool
from newsletter.compose.problems import did_you_mean
from newsletter.compose.references import Known, issue_findings, item_findings
from newsletter.compose.schema import validate
from newsletter.compose.segments import FILE as SEGMENTS
from newsletter.compose.segments import parse_segments, understand
from newsletter.compose.yamlfile import read_yaml
from newsletter.errors import InputRefused, WrongUsage
from newsletter.model.content import Issue
from newsletter.model.finding import Finding, Severity
from newsletter.model.place import Marks
from newsletter.model.segment import Segment
from newsletter.model.segmenting import Segments
from newsletter.model.settings import Lists, Settings

NO_ISSUE = ("there is no issue yet", "copy one out of a new workspace: newsletter init FOLDER")
"""What is wrong, and how it is mended, where an issue is needed and there is none at all."""

_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True)
class Folder:
    """A workspace on disk, with what was read of it and made of its pictures before."""

    root: Path
    cache: FileCache = field(default_factory=FileCache)
    pictures: PictureShelf = field(default_factory=PictureShelf)

    def settings(self) -> Source[Settings]:
        """Return `newsletter.yaml`; raises InputRefused."""
        name = "newsletter.yaml"
        return self.cache.read(self.root / name, name, parse_settings)

    def lists(self) -> Source[Lists]:
        """Return `subscribers/lists.yaml`; raises InputRefused."""
        name = "subscribers/lists.yaml"
        return self.cache.read(self.root / name, name, parse_lists)

    def segments(self) -> Source[Segments]:
        """Return `subscribers/segments.yaml`, empty when there is none; raises InputRefused."""
        if not (self.root / SEGMENTS).exists():
            return Source(Segments(), Marks(SEGMENTS))
        return self.cache.read(self.root / SEGMENTS, SEGMENTS, parse_segments)

    def slugs(self) -> list[str]:
        """Return the names of the issues, in order of their names."""
        return sorted(path.parent.name for path in self.root.glob("issues/*/issue.yaml"))

    def issue(self, slug: str) -> Source[Issue]:
        """Return the issue `slug`; raises InputRefused, or WrongUsage if there is none."""
        name = f"issues/{slug}/issue.yaml"
        if slug not in (slugs := self.slugs()):
            remedy = did_you_mean(slug, slugs) if slugs else NO_ISSUE[1]
            raise WrongUsage(f"there is no issue {slug}", remedy)
        return self.cache.read(
            self.root / name, name, lambda file: validate(file, Issue, rule="issue")
        )


@dataclass(frozen=True, slots=True)
class Office:
    """All that the files say about the office.

    `pool` holds the items free of faults; `faults`, by their ids, what is wrong with the others.
    `settings_marks` has the places of the keys in `newsletter.yaml`.
    """

    settings: Settings
    lists: Lists
    pool: Mapping[str, PoolItem]
    faults: Faults
    segments: Mapping[str, Segment] = field(default_factory=dict)
    settings_marks: Marks = field(default_factory=lambda: Marks("newsletter.yaml"))

    @property
    def doubts(self) -> list[Finding]:
        """The faults of items as warnings: what they are to an issue that does not pick them."""
        found = [finding for findings in self.faults.values() for finding in findings]
        return [replace(finding, severity=Severity.WARNING) for finding in found]


def load(folder: Folder, *slugs: str) -> tuple[Office, dict[str, Source[Issue]]]:
    """Return the office and the issues called `slugs`.

    Raises InputRefused with the faults of settings, lists, issues and the items that these pick by
    id, all together; other items with faults are left out of the pool, and only told.
    """
    known, findings = _read_office(folder)
    issues: dict[str, Source[Issue]] = {}
    for slug in slugs:
        if source := _kept(partial(folder.issue, slug), findings):
            issues[slug] = source
            findings += issue_findings(source, known)
        else:
            for item_id in _named_items(folder, slug):
                findings += known.faults.get(item_id, ())
    if findings or not known.settings or not known.lists:
        raise InputRefused(dict.fromkeys(findings))
    marks = folder.settings().marks
    office = Office(
        known.settings, known.lists, known.pool, known.faults, known.segments or {}, marks
    )
    return office, issues


def _named_items(folder: Folder, slug: str) -> list[str]:
    """Return the ids that stand in an issue whose file has faults, as far as they can be read."""
    name = f"issues/{slug}/issue.yaml"
    try:
        data = read_yaml(folder.root / name, name).data
    except InputRefused:
        return []  # its own faults have been told
    sections = data.get("sections") if isinstance(data, dict) else None
    items = [
        section.get("items")
        for section in (sections if isinstance(sections, list) else ())
        if isinstance(section, dict)
    ]
    return [str(each) for named in items if isinstance(named, list) for each in named]


def read_segments(folder: Folder) -> dict[str, Segment]:
    """Return the Segments of the office by name; raises InputRefused."""
    settings, lists = folder.settings().value, folder.lists().value
    segments, findings = understand(folder.segments(), settings, lists)
    if findings:
        raise InputRefused(findings)
    return segments


def readable_issues(folder: Folder, office: Office) -> tuple[dict[str, Issue], list[Finding]]:
    """Return the issues that are free of faults by their names, and the faults of the others."""
    known = Known(
        folder.root, office.settings, office.lists, office.pool, office.faults, office.segments
    )
    issues: dict[str, Issue] = {}
    faults: list[Finding] = []
    for slug in folder.slugs():
        if source := _kept(partial(folder.issue, slug), faults):
            found = issue_findings(source, known)
            faults += found
            if not found:
                issues[slug] = source.value
    return issues, faults


def item_faults(folder: Folder) -> list[Finding]:
    """Return what is wrong with items, whichever issue may pick them."""
    known, _ = _read_office(folder)
    return [finding for findings in known.faults.values() for finding in findings]


def _read_office(folder: Folder) -> tuple[Known, list[Finding]]:
    """Return what could be read, and the faults of settings and lists."""
    findings: list[Finding] = []
    settings, lists = _kept(folder.settings, findings), _kept(folder.lists, findings)
    written = _kept(folder.segments, findings)
    segments: dict[str, Segment] | None = None
    pool, faults = read_pool(folder.root, folder.cache)
    if settings:
        for entry in pool.values():
            if found := item_findings(entry, settings.value, folder.root):
                faults.setdefault(entry.id, []).extend(found)
    if settings and lists:
        findings += list_findings(lists, settings.value)
    if settings and written:
        understood, found = understand(written, settings.value, lists.value if lists else None)
        segments = None if found else understood
        findings += found
    known = Known(
        folder.root,
        settings.value if settings else None,
        lists.value if lists else None,
        {item_id: entry for item_id, entry in pool.items() if item_id not in faults},
        faults,
        segments,
    )
    return known, findings


def _kept(read: Callable[[], Source[_Read]], findings: list[Finding]) -> Source[_Read] | None:
    """Return what `read` returns; its faults, if it has any, go to `findings`."""
    try:
        return read()
    except InputRefused as refused:
        findings += refused.findings
        return None
