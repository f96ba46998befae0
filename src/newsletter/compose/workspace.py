"""The folder an office works in: where everything stands, and reading all of it at once.

`load` gathers the faults of all files and raises InputRefused with every one of them; nothing is
composed from a workspace that has any.
"""

from dataclasses import dataclass, field
from pathlib import Path

from newsletter.compose.office import parse_lists, parse_settings
from newsletter.compose.pool import FileCache, PoolItem, Source, read_pool
from newsletter.compose.problems import did_you_mean
from newsletter.compose.references import item_findings
from newsletter.compose.schema import validate
from newsletter.errors import InputRefused, WrongUsage
from newsletter.model.content import Issue
from newsletter.model.finding import Finding
from newsletter.model.settings import Lists, Settings


@dataclass(frozen=True, slots=True)
class Folder:
    """A workspace on disk, with what was read of it before."""

    root: Path
    cache: FileCache = field(default_factory=FileCache)

    def settings(self) -> Source[Settings]:
        """Return `newsletter.yaml`; raises InputRefused."""
        name = "newsletter.yaml"
        return self.cache.read(self.root / name, name, parse_settings)

    def lists(self) -> Source[Lists]:
        """Return `subscribers/lists.yaml`; raises InputRefused."""
        name = "subscribers/lists.yaml"
        return self.cache.read(self.root / name, name, parse_lists)

    def slugs(self) -> list[str]:
        """Return the names of the issues, in order of their names."""
        return sorted(path.parent.name for path in self.root.glob("issues/*/issue.yaml"))

    def issue(self, slug: str) -> Source[Issue]:
        """Return the issue `slug`; raises InputRefused, or WrongUsage if there is none."""
        name = f"issues/{slug}/issue.yaml"
        if slug not in self.slugs():
            raise WrongUsage(f"there is no issue {slug}", did_you_mean(slug, self.slugs()))
        return self.cache.read(
            self.root / name, name, lambda file: validate(file, Issue, rule="issue")
        )


@dataclass(frozen=True, slots=True)
class Office:
    """All that the files say about the office, free of faults."""

    settings: Settings
    lists: Lists
    pool: dict[str, PoolItem]


def load(folder: Folder, *slugs: str) -> tuple[Office, dict[str, Source[Issue]]]:
    """Return the office and the issues called `slugs`.

    Raises InputRefused with the faults of all files together: settings, lists, items, issues.
    """
    findings: list[Finding] = []
    settings: Settings | None = None
    lists: Lists | None = None
    try:
        settings = folder.settings().value
    except InputRefused as refused:
        findings += refused.findings
    try:
        lists = folder.lists().value
    except InputRefused as refused:
        findings += refused.findings
    pool, faults = read_pool(folder.root, folder.cache)
    findings += faults
    issues: dict[str, Source[Issue]] = {}
    for slug in slugs:
        try:
            issues[slug] = folder.issue(slug)
        except InputRefused as refused:
            findings += refused.findings
    if settings:
        for entry in pool.values():
            findings += item_findings(entry, settings, folder.root)
    if findings or not settings or not lists:
        raise InputRefused(findings)
    return Office(settings, lists, pool), issues
