"""Show a running send: a bar on a terminal, a line now and then elsewhere."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from newsletter.mailing.progress import Progress

_SECONDS_BETWEEN_LINES = 15.0


@contextlib.contextmanager
def progress_bar(*, quiet: bool) -> Iterator[Callable[["Progress"], None]]:
    """Yield a listener that shows each Progress it is told."""
    if quiet:
        yield _ignore
    elif sys.stderr.isatty():
        with _bar() as listener:
            yield listener
    else:
        yield _line_now_and_then()


def _ignore(_: "Progress") -> None:
    """Show nothing."""


@contextlib.contextmanager
def _bar() -> Iterator[Callable[["Progress"], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.completed:,.0f}/{task.total:,.0f}"),
        BarColumn(bar_width=24),
        TextColumn("{task.description}"),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("", total=0)

        def listener(progress: "Progress") -> None:
            shown.update(
                task,
                total=progress.total,
                completed=progress.finished + progress.deferred,
                description=_words(progress),
            )

        yield listener


def _line_now_and_then() -> Callable[["Progress"], None]:
    last = time.monotonic()

    def listener(progress: "Progress") -> None:
        nonlocal last
        if time.monotonic() - last >= _SECONDS_BETWEEN_LINES:
            last = time.monotonic()
            done = progress.finished + progress.deferred
            with contextlib.suppress(OSError):  # a log that cannot be written ends no send
                click.echo(f"{done:,}/{progress.total:,}  {_words(progress)}", err=True)

    return listener


def _words(progress: "Progress") -> str:
    parts = [f"{progress.rate:,.0f}/s"]
    if progress.seconds_left is not None:
        parts.append(f"{duration(progress.seconds_left)} left")
    parts += [
        f"{number:,} {name}"
        for name, number in (
            ("deferred", progress.deferred),
            ("refused", progress.refused),
            ("unknown", progress.unknown),
        )
        if number
    ]
    if progress.note:
        parts.append(progress.note[:40])
    return ", ".join(parts)


def duration(seconds: float) -> str:
    """Return 40 s, 3 min, 2 h 10 min."""
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
