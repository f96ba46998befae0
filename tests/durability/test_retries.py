"""F31, between sends: a retry is due at a moment of the calendar, whichever way that was set."""

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from newsletter.model.mailing import DeliveryState
from tests.cli.program import COMMAND
from tests.durability.offices import ISSUE, Books, addresses, books_in
from tests.durability.shim import ShiftedClock, Shim
from tests.mailing.witness import Witness

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

S = DeliveryState
LATER = "reader007@example.org"
AN_HOUR, A_DAY = 3600.0, 86400.0


def later_at_first(verb: str, recipient: str, count: int) -> bytes | None:
    """Ask for patience with one reader, once."""
    return b"450 4.2.0 later\r\n" if (verb, recipient, count) == ("RCPT", LATER, 1) else None


async def test_f31_a_retry_comes_neither_early_nor_never_when_the_calendar_is_wrong(
    office_of_sixty: Path, clock: ShiftedClock, shim: Shim, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(office_of_sixty, tmp_path / "office"))
    async with Witness(later_at_first) as relay:

        async def command(*arguments: str) -> tuple[int | None, Books]:
            process = await asyncio.create_subprocess_exec(
                *(*COMMAND, *arguments, ISSUE),
                cwd=folder,
                env=os.environ
                | {"NEWSLETTER_RELAY": f"smtp://127.0.0.1:{relay.port}?tls=none"}
                | shim.at_the_time_of(clock),
                stdout=asyncio.subprocess.DEVNULL,
            )
            return await process.wait(), books_in(shim.root)

        code, books = await command("send", "--yes")
        assert (code, books.standing(S.DEFERRED)) == (3, {LATER})
        for jump in (0.0, -A_DAY):  # too early, and much too early
            clock.jump(calendar=jump)
            code, books = await command("resume")
            assert (code, books.standing(S.DEFERRED)) == (3, {LATER})
            assert relay.recipients.total() == 59
        clock.jump(calendar=AN_HOUR)
        code, books = await command("resume")
        assert (code, books.standing(S.ACCEPTED)) == (0, set(addresses(60)))
        assert set(relay.recipients.values()) == {1}
