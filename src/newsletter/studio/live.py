"""Keep what the pages show up to date, and tell them when it changed.

    a save ► each issue that a page shows is read once, in the worker thread ► the new drafts take
    the place of the old ones, under a new version ► every open page hears of the version

A page names the version it has; one that was loaded between two versions, or lost its connection,
thus hears of what it missed. A draft with faults leaves the last good one in sight. An exception
in `Desk.read` belongs to the page that asks for the draft; the watch goes on.

The table of issues is shown at once and filled while it is looked at: issue after issue is read
for the sums of its findings, and nothing else of it is kept.
"""

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from newsletter.model.rendering import Picture
from newsletter.studio.ports import Desk, Draft, IssueLine, Summary
from newsletter.studio.readers import NOBODY, Reader, sample_readers
from newsletter.studio.watch import watch

_Answer = TypeVar("_Answer")

HEARTBEAT = 15.0
"""Seconds between signs of life to a page, by which a closed one is noticed."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Look:
    """An issue as a page shows it: `draft` says what is wrong, `shown` has the editions to see.

    They differ when the files have faults now and had none before.
    """

    version: str
    draft: Draft
    shown: Draft

    @property
    def is_stale(self) -> bool:
        """Whether the editions are from before the faults."""
        return self.shown is not self.draft


@dataclass(frozen=True, slots=True)
class Guests:
    """As whom an issue is looked at: the chosen reader, and whom a search has found."""

    reader: Reader
    people: bool = False
    found: tuple[Reader, ...] = ()


class Live:
    """The drafts of the present version, and whoever waits for the next."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._root = desk.root.resolve()  # some systems report changes by no other path
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="draft")
        self._start = time.time_ns()  # pages of an earlier run are told that theirs is old
        self._count = 0
        self._drafts: dict[str, asyncio.Task[Draft]] = {}
        self._good: dict[str, Draft] = {}
        self._pictures: dict[str, dict[str, Picture]] = {}
        self._readers: Counter[str] = Counter()
        self._news = asyncio.Condition()
        self._closed = False
        self._saves = 0
        self._summaries: dict[str, Summary] = {}
        self._told = 0
        self._fresh: set[str] = set()
        self._survey: asyncio.Task[None] | None = None

    @property
    def version(self) -> str:
        """Name of the present state of the files."""
        return f"{self._start:x}-{self._count}"

    @property
    def table_version(self) -> str:
        """Name of the present state of the files, and of what is known of the issues."""
        return f"{self.version}-{self._told}"

    async def issues(self) -> list[str]:
        """Return the names of the issues."""
        return await self._ask(self._desk.issues)

    async def overview(self) -> tuple[list[IssueLine], dict[str, Summary]]:
        """Return the issues, and what is known of them; the rest is read from now on."""
        lines = await self._ask(self._desk.register)
        self._begin_survey()
        return lines, dict(self._summaries)

    async def guests(self, look: Look, key: str, who: str) -> Guests:
        """Return the reader with `key`, else nobody in particular, and who is found by `who`."""
        samples = {each.key: each for each in sample_readers(look.shown.languages)}
        people = await self._ask(self._desk.has_people)
        reader = samples.get(key)
        if not reader and people:
            reader = await self._ask(partial(self._desk.reader, key))
        found = await self._ask(partial(self._desk.find_readers, who)) if people and who else ()
        return Guests(reader or NOBODY, people, found)

    async def look(self, slug: str) -> Look:
        """Return the issue `slug` as it is to be shown; it is read once for each version."""
        version = self.version
        if slug not in self._drafts:
            self._drafts[slug] = self._begin(slug)
        draft = await asyncio.shield(self._drafts[slug])
        return Look(version, draft, draft if draft.editions else self._good.get(slug, draft))

    def picture(self, digest: str) -> Picture | None:
        """Return a picture of an issue that was looked at."""
        found = (pictures.get(digest) for pictures in self._pictures.values())
        return next((picture for picture in found if picture), None)

    async def follow(self) -> None:
        """Make drafts anew after each save, until cancelled."""
        try:
            await watch(self._root, self.refresh)
        except* (OSError, RuntimeError) as faults:
            causes = "; ".join(str(fault) for fault in faults.exceptions)
            _log.error("saves go unnoticed from now on: %s - start the preview again", causes)

    async def refresh(self) -> None:
        """Read what pages show, then tell them."""
        self._saves += 1
        self._fresh.clear()
        drafts = {
            slug: self._begin(slug) for slug, pages in self._readers.items() if slug and pages
        }
        if drafts:
            await asyncio.wait(drafts.values())
        async with self._news:
            self._drafts = drafts
            self._count += 1
            self._news.notify_all()
        if self._readers[""]:
            self._begin_survey()

    async def news(self, slug: str, seen: str) -> AsyncIterator[str]:
        """Yield each version after `seen`, and an empty text as a sign of life, until closed.

        `slug` is the issue that the page shows; empty when it shows none.
        """
        self._readers[slug] += 1
        try:
            while not self._closed:
                version = await self._next_version(slug, seen)
                seen = version or seen
                yield version
        finally:
            self._readers[slug] -= 1

    async def close(self) -> None:
        """End all waiting, so that the server can stop."""
        async with self._news:
            self._closed = True
            self._news.notify_all()
        if self._survey:
            self._survey.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._survey
        self._worker.shutdown(wait=False)

    async def _next_version(self, slug: str, seen: str) -> str:
        def version() -> str:
            return self.version if slug else self.table_version

        try:
            async with asyncio.timeout(HEARTBEAT), self._news:
                await self._news.wait_for(lambda: self._closed or version() != seen)
        except TimeoutError:
            return ""
        return "" if self._closed else version()

    def _begin_survey(self) -> None:
        if not self._closed and (self._survey is None or self._survey.done()):
            self._survey = asyncio.create_task(self._look_through(), name="survey")

    async def _look_through(self) -> None:
        """Read issue after issue, the last first, and tell the table of each.

        One at a time, so that an issue somebody opens meanwhile waits for one reading at most.
        """
        while slug := await self._next_unread():
            saves = self._saves
            try:
                summary = await self._ask(partial(self._desk.sum_up, slug))
            except Exception:  # noqa: BLE001 (whatever it is, the page of the issue says so too)
                _log.exception("%s cannot be read", slug)
                self._fresh.add(slug)
                continue
            async with self._news:
                self._summaries[slug] = summary
                if saves == self._saves:
                    self._fresh.add(slug)
                self._told += 1
                self._news.notify_all()

    async def _next_unread(self) -> str:
        unread = (slug for slug in reversed(await self.issues()) if slug not in self._fresh)
        return next(unread, "")

    def _begin(self, slug: str) -> asyncio.Task[Draft]:
        return asyncio.create_task(self._read(slug), name=f"read {slug}")

    async def _read(self, slug: str) -> Draft:
        draft = await self._ask(partial(self._desk.read, slug))
        if draft.editions:
            self._good[slug] = draft
            self._pictures[slug] = {each.digest: each for each in draft.pictures.values()}
        return draft

    async def _ask(self, question: Callable[[], _Answer]) -> _Answer:
        """Return the answer of the desk, which is asked from one thread at a time."""
        return await asyncio.get_running_loop().run_in_executor(self._worker, question)
