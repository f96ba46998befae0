"""The pages that people read, and what stands in them: links, code, headings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)|<img\s+src=\"([^\"]+)\"")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Page:
    """One page in Markdown."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def prose(self) -> str:
        """The text without blocks of code."""
        return _FENCE.sub("", self.text)

    @property
    def inline_code(self) -> list[str]:
        return _INLINE.findall(self.prose)

    @property
    def links(self) -> list[str]:
        return [one or other for one, other in _LINK.findall(_INLINE.sub("", self.prose))]

    @property
    def anchors(self) -> set[str]:
        """What a link may name behind `#`, as GitHub makes it from headings."""
        return {
            re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
            for heading in _HEADING.findall(self.prose)
        }

    def code(self, language: str) -> Iterator[str]:
        """Yield each block of code in `language`."""
        return (body for found, body in _FENCE.findall(self.text) if found == language)


def pages() -> list[Page]:
    """Return every page, the written and the generated."""
    found = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md"]
    return [Page(path) for path in (*found, *sorted((ROOT / "docs").rglob("*.md")))]


def page(name: str) -> Page:
    """Return one page by its path below the repository."""
    return Page(ROOT / name)
