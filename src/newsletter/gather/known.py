"""Which stories the pool has, or had: nothing is taken twice, and nothing is lost in silence.

A story is known by what its feed calls it, by its address, or by headline and day. The last tells
least: a story of the same headline and day that has another name or address is not known but
`alike`, and whoever imports is told of it. Stories that editors took and deleted are remembered in
`issues/items/.imported`, a text file that belongs under version control beside the items.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from newsletter.compose.catalogue import folded
from newsletter.compose.files import write_more
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


@dataclass(frozen=True, slots=True)
class Traits:
    """By what a story is known; empty is what it has not, or what tells it from no other."""

    id: str = ""
    url: str = ""
    title: str = ""

    def is_other(self, other: "Traits") -> bool:
        """Whether two stories of one headline and day are two for certain.

        Whoever published them gave them two names or two addresses.
        """
        pairs = ((self.id, other.id), (self.url, other.url))
        return any(one and another and one != another for one, another in pairs)


def traits_of(story: Story, shared: frozenset[str] = frozenset()) -> Traits:
    """Return by what a story is known; `shared` are ids and addresses that several stories have."""
    name, address = _in_one_line(story.id or ""), _telling(story.url)
    return Traits(
        id="" if name in shared else name,
        url="" if address in shared else address,
        title=f"{story.day} {folded(story.title)}" if story.day else "",
    )


def shared_marks(stories: Iterable[Story]) -> frozenset[str]:
    """Return the ids and addresses that more than one story of a source has: they tell nothing."""
    listed = list(stories)
    names = Counter(_in_one_line(story.id) for story in listed if story.id)
    addresses = Counter(_telling(story.url) for story in listed)
    return frozenset(mark for mark, count in (names + addresses).items() if count > 1)


class Known:
    """The stories of a pool, and those that were in it."""

    def __init__(self, folder: Folder, office: Office) -> None:
        """Read both."""
        self._here = _Shelf(_pool_traits(office))
        self._faulty = [_text(path) for path in _faulty_files(folder, office)]
        self._file = folder.root / "issues" / "items" / ".imported"
        self._once = _Shelf((traits, "") for traits in _remembered(self._file))

    def has(self, story: Story, shared: frozenset[str]) -> bool:
        """Whether the pool has a story, be it in a file with faults."""
        traits = traits_of(story, shared)
        if self._here.holds(traits):
            return True
        own = [re.escape(untracked(story.url))] if story.url and traits.url else []
        own += [re.escape(f"id: {quoted(story.id)}")] if story.id and traits.id else []
        return any(re.search(rf"{each}(?![^\s'\"])", text) for text in self._faulty for each in own)

    def had(self, story: Story, shared: frozenset[str]) -> bool:
        """Whether a story was taken once, and deleted since."""
        return self._once.holds(traits_of(story, shared))

    def alike(
        self, story: Story, shared: frozenset[str], but_for: Container[str] = ()
    ) -> str | None:
        """Return which item has headline and day of another story; empty when it was deleted.

        None when there is none, but for those in `but_for`: what one source tells side by side is
        several stories.
        """
        traits = traits_of(story, shared)
        names = [*self._here.alike(traits), *self._once.alike(traits)]
        return next((name for name in names if name not in but_for), None)

    def add(self, story: Story, shared: frozenset[str], name: str) -> None:
        """Take a story for known from now on, as the item `name`."""
        self._here.add(traits_of(story, shared), name)

    def remember(self, story: Story, shared: frozenset[str]) -> None:
        """Write down that a story was taken."""
        traits = traits_of(story, shared)
        if traits in self._once:
            return
        marks = {"id": traits.id, "url": traits.url, "title": traits.title}
        line = "\t".join(f"{name} {value}" for name, value in marks.items() if value)
        heading = "" if self._file.exists() else _HEADING
        write_more(self._file, f"{heading}{line}\n")


class _Shelf:
    """Stories, to be found by any of their traits."""

    def __init__(self, stories: Iterable[tuple[Traits, str]]) -> None:
        self._all: set[Traits] = set()
        self._sure: set[tuple[str, str]] = set()
        self._titles: dict[str, list[tuple[Traits, str]]] = defaultdict(list)
        for traits, name in stories:
            self.add(traits, name)

    def __contains__(self, traits: Traits) -> bool:
        return traits in self._all

    def add(self, traits: Traits, name: str) -> None:
        self._all.add(traits)
        self._sure |= {("id", traits.id), ("url", traits.url)}
        if traits.title:
            self._titles[traits.title].append((traits, name))

    def holds(self, traits: Traits) -> bool:
        """Whether it is here by name, by address, or by a headline that nothing speaks against."""
        if (traits.id and ("id", traits.id) in self._sure) or (
            traits.url and ("url", traits.url) in self._sure
        ):
            return True
        return any(not each.is_other(traits) for each, _ in self._titles.get(traits.title, ()))

    def alike(self, traits: Traits) -> Iterator[str]:
        """Yield the items of other stories that have its headline and day."""
        for each, name in self._titles.get(traits.title, ()):
            if each.is_other(traits):
                yield name


def _pool_traits(office: Office) -> Iterator[tuple[Traits, str]]:
    for entry in office.pool.values():
        source = entry.item.source
        name = _in_one_line(source.id) if source and source.id else ""
        address = _telling(source.url) if source else ""
        for title in {folded(text.title) for text in entry.item.texts.values()} or {""}:
            headline = f"{entry.item.date} {title}" if title else ""
            yield Traits(name, address, headline), entry.id


def _telling(url: str | None) -> str:
    """Return what an address tells; nothing when it is the front page of a site."""
    address = canonical(url) if url else ""
    return address if re.search(r"[/?]", address) else ""


def _in_one_line(text: str) -> str:
    return " ".join(text.split())


def _faulty_files(folder: Folder, office: Office) -> set[Path]:
    return {folder.root / each.place.file for found in office.faults.values() for each in found}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""  # its own fault has been told


def _remembered(file: Path) -> Iterator[Traits]:
    if file.exists():
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            if not line.startswith("#"):
                yield _traits_in(line)


def _traits_in(line: str) -> Traits:
    """Return what a line of the memory says; what editors made of it otherwise says nothing."""
    said = dict(mark.split(" ", 1) for mark in line.split("\t") if " " in mark)
    return Traits(said.get("id", ""), said.get("url", ""), said.get("title", ""))
