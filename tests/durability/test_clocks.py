"""F31: the clock of the computer jumps in mid-send and between sends.

Time limits go by the clock that never goes back, so nothing rushes or hangs. When something is due
is a moment of the calendar: with a wrong calendar it comes early or waits, and nobody is lost.
"""

import bisect
import datetime
import shutil
from pathlib import Path

import pytest

from newsletter.model.mailing import DeliveryState
from tests.durability.judge import Judge, copies_of
from tests.durability.offices import ISSUE, Office, addresses, freeze
from tests.durability.shim import ShiftedClock, Shim
from tests.durability.taker import Mail, taking
from tests.workspace import edit

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

S = DeliveryState
SEND, RESUME = ("send", ISSUE, "--yes"), ("resume", ISSUE)
A_SECOND, AN_HOUR, A_DAY = 1.0, 3600.0, 86400.0
PER_SECOND = 30
BERLIN = "CET-1CEST,M3.5.0,M10.5.0/3"  # in the words of POSIX, which need no database
END_OF_SUMMER_TIME = datetime.datetime(2026, 10, 25, 1, tzinfo=datetime.UTC)

JUMPS = {
    "F31-a-day-ahead": A_DAY,
    "F31-a-day-back": -A_DAY,
    "F31-an-hour-ahead": AN_HOUR,
    "F31-an-hour-back": -AN_HOUR,
    "F31-a-leap-second": -A_SECOND,
}


@pytest.fixture
def office_folder(office_of_sixty: Path, tmp_path: Path) -> Path:
    """Return an office that sends slowly."""
    folder = Path(shutil.copytree(office_of_sixty, tmp_path / "office"))
    edit(folder, "newsletter.yaml", "per_second: 400", f"per_second: {PER_SECOND}")
    return folder


def most_in_a_second(mails: list[Mail]) -> int:
    """Return how many mails were taken within any one second."""
    moments = sorted(mail.at for mail in mails)
    return max(
        bisect.bisect_left(moments, moment + 10**9) - place for place, moment in enumerate(moments)
    )


@pytest.mark.parametrize("jump", JUMPS.values(), ids=JUMPS)
def test_f31_a_jump_of_the_calendar_in_mid_send_rushes_nothing_and_loses_nobody(
    office_folder: Path, clock: ShiftedClock, shim: Shim, tmp_path: Path, jump: float
) -> None:
    judge = Judge(frozenset(addresses(60)))
    with taking(tmp_path / "taken") as taker:
        office = Office(office_folder, taker.relay, shim.at_the_time_of(clock))
        with office.started(*SEND) as process:
            taker.wait_for(10, process)
            clock.jump(calendar=jump)
            process.communicate()
        books, mails = office.books(), taker.mails()
        judge.at_the_end(books, mails, process.returncode)
        assert set(books.states.values()) <= {S.ACCEPTED, S.PENDING}
        if jump > 0:
            assert not books.waiting
        assert most_in_a_second(mails) <= PER_SECOND
        clock.jump(calendar=max(jump, 0.0))  # set right again: what waits is due
        office.run(*RESUME, code=0)
        assert office.books().standing(S.ACCEPTED) == judge.everybody
        assert set(copies_of(taker.mails()).values()) == {1}


def test_f31_the_end_of_summer_time_in_mid_send_changes_nothing(
    office_folder: Path, clock: ShiftedClock, shim: Shim, tmp_path: Path
) -> None:
    edit(office_folder, "newsletter.yaml", "time_zone: Europe/Moscow", "time_zone: Europe/Berlin")
    edit(office_folder, "newsletter.yaml", "limits: {", 'limits: { hours: "01:00-04:00",')
    judge = Judge(frozenset(addresses(60)))
    with taking(tmp_path / "taken") as taker:
        office = Office(office_folder, taker.relay, {**shim.at_the_time_of(clock), "TZ": BERLIN})
        ahead = (END_OF_SUMMER_TIME - datetime.datetime.now(datetime.UTC)).total_seconds()
        clock.jump(calendar=ahead - 60)
        with office.started(*SEND) as process:
            taker.wait_for(10, process)
            clock.jump(calendar=ahead)
            process.communicate()
        books, mails = office.books(), taker.mails()
        judge.at_the_end(books, mails, process.returncode)
        assert books.standing(S.ACCEPTED) == judge.everybody
        assert most_in_a_second(mails) <= PER_SECOND


def test_f31_after_a_day_that_passed_at_once_what_was_in_flight_is_accounted_for(
    office_folder: Path, clock: ShiftedClock, shim: Shim, tmp_path: Path
) -> None:
    judge = Judge(frozenset(addresses(60)))
    with taking(tmp_path / "taken", pause=0.05) as taker:
        office = Office(office_folder, taker.relay, shim.at_the_time_of(clock))
        with office.started(*SEND) as process:
            taker.wait_for(10, process)
            clock.jump(calendar=A_DAY, passed=A_DAY)
            process.communicate()
        books = office.books()
        judge.at_the_end(books, taker.mails(), process.returncode)
        judge.in_doubt.update(books.standing(S.UNKNOWN))
        done = office.run(*RESUME)
        books = office.books()
        judge.at_the_end(books, taker.mails(), done.returncode)
        assert books.standing(S.ACCEPTED, S.UNKNOWN) == judge.everybody
        assert set(copies_of(taker.mails()).values()) == {1}


def test_f31_with_the_calendar_a_day_back_a_resume_says_why_nothing_goes(
    office_folder: Path, clock: ShiftedClock, shim: Shim, tmp_path: Path
) -> None:
    freeze(office_folder)
    clock.jump(calendar=-A_DAY)
    with taking(tmp_path / "taken") as taker:
        office = Office(office_folder, taker.relay, shim.at_the_time_of(clock))
        said = office.run(*RESUME, code=3).stdout
        assert "What waits is due tomorrow at" in said
        assert "If the clock is wrong, set it right first" in said
        assert not taker.mails()
        clock.jump()
        said = office.run(*RESUME, code=0).stdout
        assert "clock" not in said
        assert set(copies_of(taker.mails()).values()) == {1}
