"""Which stories the pool has, or had: nothing is taken twice.

A story is known by what its feed calls it, by its address, or by headline and day. Stories that
editors took and deleted are remembered in `issues/items/.imported`, a text file that belongs under
version control beside the items.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from newsletter.compose.catalogue import folded
from newsletter.compose.workspace import Folder, Office
from newsletter.compose.yamltext import quoted
from newsletter.gather.story import Story

_TRACKING = re.compile(r"utm_\w+|fbclid|gclid|yclid|mc_[ce]id|_openstat|at_\w+|igshid|ref_src")
_HEADING = (
    "# What `newsletter items import` took, so that it never comes twice, even if you deleted it.\n"
    "# To let a story come again, delete its line, or import with --again.\n"
)


def canonical(url: str) -> str:
    """Return an address without what does not change where it leads."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return url
    host = (parts.hostname or "").removeprefix("www.")
    shown = f"{host}:{port}" if port and port not in (80, 443) else host
    query = [
        pair
        for pair in parse_qsl(parts.query, keep_blank_values=True)
        if not _TRACKING.fullmatch(pair[0])
    ]
    asked = f"?{urlencode(sorted(query))}" if query else ""
    return f"{shown}{parts.path.rstrip('/')}{asked}"


def untracked(url: str) -> str:
    """Return an address without what tells its owner who sent the reader."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    kept = [each for each in parts.query.split("&") if not _TRACKING.fullmatch(each.split("=")[0])]
    return urlunsplit(parts._replace(query="&".join(kept)))


def marks_of(story: Story, shared: frozenset[str] = frozenset()) -> list[str]:
    """Return by what a story is known; `shared` are addresses that several stories have."""
    marks = [f"id {story.id}"] if story.id else []
    if story.url and (address := canonical(story.url)) not in shared:
        marks.append(f"url {address}")
    if story.day:
        marks.append(f"title {story.day} {folded(story.title)}")
    return marks


def shared_addresses(stories: Iterable[Story]) -> frozenset[str]:
    """Return the addresses that more than one story of a source has: they tell nothing."""
    seen: set[str] = set()
    twice: set[str] = set()
    for story in stories:
        address = canonical(story.url) if story.url else ""
        (twice if address in seen else seen).add(address)
    return frozenset(twice)


class Known:
    """The stories of a pool, and those that were in it."""

    def __init__(self, folder: Folder, office: Office) -> None:
        """Read both."""
        self._here = set(_marks_in_pool(office))
        self._faulty = [_text(path) for path in _faulty_files(folder, office)]
        self._file = folder.root / "issues" / "items" / ".imported"
        self._once = set(_remembered(self._file))

    def has(self, story: Story, shared: frozenset[str]) -> bool:
        """Whether the pool has a story, be it in a file with faults."""
        if not self._here.isdisjoint(marks_of(story, shared)):
            return True
        own = [untracked(story.url)] if story.url and canonical(story.url) not in shared else []
        own += [f"id: {quoted(story.id)}\n"] if story.id else []
        return any(each in text for text in self._faulty for each in own)

    def had(self, story: Story, shared: frozenset[str]) -> bool:
        """Whether a story was taken once, and deleted since."""
        return not self._once.isdisjoint(marks_of(story, shared))

    def add(self, story: Story, shared: frozenset[str]) -> None:
        """Take a story for known from now on."""
        self._here.update(marks_of(story, shared))

    def remember(self, story: Story, shared: frozenset[str]) -> None:
        """Write down that a story was taken."""
        marks = [mark for mark in marks_of(story, shared) if mark not in self._once]
        if not marks:
            return
        is_new = not self._file.exists()
        with self._file.open("a", encoding="utf-8") as stream:
            stream.write(_HEADING if is_new else "")
            stream.write("\t".join(" ".join(mark.split()) for mark in marks) + "\n")


def _marks_in_pool(office: Office) -> Iterator[str]:
    for entry in office.pool.values():
        source = entry.item.source
        for title in {folded(text.title) for text in entry.item.texts.values()}:
            yield f"title {entry.item.date} {title}"
        if source and source.url:
            yield f"url {canonical(source.url)}"
        if source and source.id:
            yield f"id {source.id}"


def _faulty_files(folder: Folder, office: Office) -> set[Path]:
    return {folder.root / each.place.file for found in office.faults.values() for each in found}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""  # its own fault has been told


def _remembered(file: Path) -> Iterator[str]:
    if file.exists():
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            if not line.startswith("#"):
                yield from line.split("\t")
