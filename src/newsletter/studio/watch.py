"""Notice saves in a workspace; the only module that knows watchfiles.

Folders are watched, never single files: most editors save by writing a new file over the old one,
and a watch on the old one would see nothing again. For the same reason a folder that was deleted
or made (another branch was checked out) begins the watch anew.
"""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path

from watchfiles import Change, DefaultFilter, awatch

TREES = ("issues", "templates", "subscribers")
"""Folders of a workspace that are watched with all that is in them."""

_STEP = 10
"""Milliseconds without a further change after which a save counts as finished."""

_PATIENCE = 200
"""Milliseconds after which a burst of changes is reported even if it goes on."""

_USUAL = DefaultFilter()  # without swap files and the like


Saved = Callable[[], Coroutine[None, None, None]]
"""What is to be done after a burst of saves."""


async def watch(root: Path, saved: Saved) -> None:
    """Await `saved()` after each burst of saves below `root` (without links), until cancelled.

    It is awaited too when a watch has begun, for what was saved before. Raises OSError (in a
    group) when the system refuses to watch.
    """
    while True:
        anew = asyncio.Event()
        trees = [root / name for name in TREES if (root / name).is_dir()]
        async with asyncio.TaskGroup() as group:
            group.create_task(_watch(root, [root], saved, anew))
            if trees:
                group.create_task(_watch(root, trees, saved, anew))
            group.create_task(saved())


def concerns(root: Path, path: Path) -> bool:
    """Whether an issue may look different when `path` changes."""
    first, *rest = path.relative_to(root).parts or ("",)
    if not rest:
        return first == "newsletter.yaml" or first in TREES
    return first in TREES and (first != "subscribers" or rest == ["lists.yaml"])


async def _watch(root: Path, folders: list[Path], saved: Saved, anew: asyncio.Event) -> None:
    """Watch the workspace itself, without what is below it, or its trees."""

    def matters(change: Change, path: str) -> bool:
        return concerns(root, Path(path)) and _USUAL(change, path)

    async for changes in awatch(
        *folders,
        watch_filter=matters,
        recursive=folders != [root],
        step=_STEP,
        debounce=_PATIENCE,
        stop_event=anew,
    ):
        await saved()
        trees = {path for kind, path in changes if kind != Change.modified}
        if trees & {str(root / name) for name in TREES}:
            anew.set()
