"""Options that several commands have in the same form."""

import contextlib
import datetime
from collections.abc import Callable
from typing import Any, TypeVar

import click

from newsletter.errors import WrongUsage

_Command = TypeVar("_Command", bound=Callable[..., Any])

KINDS = ("news", "announcement", "event", "publication", "project", "vacancy", "interview")
"""The kinds of item; `model/content.py` has them too, and a test holds both together."""


class Day(click.ParamType[datetime.date]):
    """A day, as 2015-03-17; 17.03.2015 is understood too."""

    name = "date"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime.date:
        """Return the day that `value` names."""
        if isinstance(value, datetime.date):
            return value
        for form in ("%Y-%m-%d", "%d.%m.%Y"):
            with contextlib.suppress(ValueError):
                return datetime.datetime.strptime(str(value).strip(), form).date()  # noqa: DTZ007
        message = f"“{value}” is not a day; write it as 2015-03-17"
        raise click.BadParameter(message, ctx=ctx, param=param)


def day_option(*names: str, help: str) -> Callable[[_Command], _Command]:  # noqa: A002 (click's word)
    """Return an option that takes a day."""
    return click.option(*names, type=Day(), metavar="DATE", help=help)


def port_option(default: int) -> Callable[[_Command], _Command]:
    """Return the option for the port to listen at."""
    return click.option(
        "--port",
        type=click.IntRange(0, 65535),
        default=default,
        show_default=True,
        help="Port on this computer; 0 takes any free one.",
    )


def insist_on_order(since: datetime.date | None, until: datetime.date | None) -> None:
    """Raise WrongUsage when there are no days from `since` to `until`."""
    if since and until and until < since:
        raise WrongUsage(f"--to {until} is before --from {since}", "exchange the two")
