"""F32: two commands send at once. One does all the work, the other says why it does none."""

import shutil
from collections import Counter
from pathlib import Path

import pytest

from newsletter.model.mailing import DeliveryState
from tests.durability.judge import Judge, copies_of
from tests.durability.offices import ISSUE, Office, addresses, freeze
from tests.durability.taker import Mail, Taker, taking
from tests.workspace import edit

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

S = DeliveryState
SEND, RESUME = ("send", ISSUE, "--yes"), ("resume", ISSUE)
OTHER = "summer"
SEND_OTHER, RESUME_OTHER = ("send", OTHER, "--yes"), ("resume", OTHER)
REASONS = ("is delivering from here already", f"newsletter resume {ISSUE}")


@pytest.fixture
def folder(office_of_sixty: Path, tmp_path: Path) -> Path:
    """Return an office with two issues."""
    folder = Path(shutil.copytree(office_of_sixty, tmp_path / "office"))
    shutil.copytree(folder / "issues/spring", folder / "issues/summer")
    edit(folder, "issues/summer/issue.yaml", "number: 1\nserial: 60", "number: 2\nserial: 61")
    return folder


def both(office: Office, *commands: tuple[str, ...]) -> list[tuple[int, str]]:
    """Run two commands at once; return their exit codes and what they complained of."""
    first, second = commands
    with office.started(*first) as one, office.started(*second) as two:
        said = [process.communicate(timeout=100)[1] for process in (one, two)]
        assert not any("Traceback" in each for each in said), said
        return [(one.returncode, said[0]), (two.returncode, said[1])]


def of(slug: str, taker: Taker) -> list[Mail]:
    """Return the mails of one issue."""
    return [mail for mail in taker.mails() if mail.message_id.startswith(f"<{slug}.")]


@pytest.mark.parametrize("number", range(3), ids=lambda number: f"F32-{number}")
@pytest.mark.parametrize("commands", [(SEND, SEND), (SEND, RESUME), (RESUME, RESUME)], ids=str)
def test_f32_of_two_at_once_one_sends_and_the_other_says_so(
    folder: Path, tmp_path: Path, commands: tuple[tuple[str, ...], ...], number: int
) -> None:
    if commands == (RESUME, RESUME):
        freeze(folder)
    with taking(tmp_path / "taken", pause=0.15) as taker:
        office = Office(folder, taker.relay)
        ended = both(office, *commands)
        judge = Judge(frozenset(addresses(60)))
        assert Counter(code for code, _ in ended) == {0: 1, 1: 1}, ended
        (complaint,) = (said for code, said in ended if code)
        assert any(reason in complaint for reason in (*REASONS, "newsletter send")), complaint
        judge.at_the_end(office.books(), taker.mails(), 0)
        assert office.books().standing(S.ACCEPTED) == judge.everybody
        assert set(copies_of(taker.mails()).values()) == {1}


def test_f32_of_two_issues_at_once_one_waits_and_goes_on_later(
    folder: Path, tmp_path: Path
) -> None:
    with taking(tmp_path / "taken", pause=0.15) as taker:
        office = Office(folder, taker.relay)
        ended = both(office, SEND, SEND_OTHER)
        assert Counter(code for code, _ in ended) == {0: 1, 1: 1}, ended
        (complaint,) = (said for code, said in ended if code)
        assert REASONS[0] in complaint
        office.run(*(RESUME if ended[0][0] else RESUME_OTHER), code=0)
        for slug in (ISSUE, OTHER):
            assert set(copies_of(of(slug, taker))) == set(addresses(60))
            assert set(copies_of(of(slug, taker)).values()) == {1}
