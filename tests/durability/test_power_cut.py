"""F29: the power goes at any moment, and the disk forgets, tears and reorders what was not synced.

The real program sends, with every write and sync of its state folder on record. For each sync the
disk is built anew as it may have been just before: then all that had been sent by that moment must
be known, by what was durable until then.
"""

import random
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from newsletter.model.mailing import DeliveryState
from newsletter.store.engine import open_database
from newsletter.store.ledger import Ledger
from newsletter.store.seal import insist_on_keys
from newsletter.tokens import load_key_ring
from tests.durability.judge import Judge, copies_of
from tests.durability.offices import ISSUE, Books, Office, addresses, books_in
from tests.durability.powercut import Disk
from tests.durability.shim import Shim, Step, steps_in
from tests.durability.taker import Mail, taking
from tests.mailing.witness import Way
from tests.store.office import NOON
from tests.workspace import write

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

S = DeliveryState
IMAGES = 4
"""How many random disks are tried for each sync."""


def restored(image: dict[str, bytes], folder: Path) -> Path:
    """Write what a disk held after the power cut into a `folder` of its own."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, octets in image.items():
        write(folder, name, b"\xff" * len(octets) if name.endswith("-shm") else octets)
        (folder / name).chmod(0o600)
    return folder


def recovered(state: Path) -> Books:
    """Return the books after a sender has put right what the dead one left."""
    with open_database(f"sqlite:///{state / 'state.db'}") as database:
        Ledger(database).recover(NOON)
    return books_in(state, with_attempts=False)


def knows_all(books: Books, mails: Sequence[Mail], judge: Judge) -> None:
    """Check the books against what had been sent when the power went."""
    judge.at_any_moment(books, mails)
    taken = {mail.recipient for mail in mails}
    assert books.standing(S.ACCEPTED) <= taken
    assert taken <= books.standing(S.ACCEPTED, S.UNKNOWN)
    assert not books.standing(S.SUBMITTING)


def until(moment: int, mails: Sequence[Mail]) -> list[Mail]:
    return [mail for mail in mails if mail.at < moment]


@pytest.mark.parametrize("way", Way, ids=lambda way: f"F29-{way}")
def test_f29_after_a_power_cut_all_that_was_sent_is_known(
    office_of_sixty: Path, shim: Shim, tmp_path: Path, request: pytest.FixtureRequest, way: Way
) -> None:
    chance = random.Random(request.config.getoption("--seed"))
    folder = Path(shutil.copytree(office_of_sixty, tmp_path / "office"))
    disk, steps, judge = (
        Disk.holding(shim.root),
        tmp_path / "steps",
        Judge(frozenset(addresses(60))),
    )
    environment = shim.far(0.01) if way is Way.CHUNKING else {}
    with taking(tmp_path / "taken", way, 0.004) as taker:
        office = Office(folder, taker.relay)
        office.run("send", ISSUE, "--yes", code=0, environment=environment | shim.logging(steps))
        mails = taker.mails()
    cuts = 0
    for step in steps_in(steps):
        if step.kind == "S":
            cuts += 1
            for image in disk.images(chance, IMAGES):
                books = recovered(restored(image, tmp_path / "restored"))
                knows_all(books, until(step.at, mails), judge)
        disk.take(step)
    assert cuts > 10
    for image in disk.images(chance, IMAGES):  # after the end: all is known for good
        books = recovered(restored(image, tmp_path / "restored"))
        assert books.standing(S.ACCEPTED) == judge.everybody


def test_f29_a_send_goes_on_after_a_power_cut_and_repeats_nobody(
    office_of_sixty: Path, shim: Shim, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    chance = random.Random(request.config.getoption("--seed"))
    folder = Path(shutil.copytree(office_of_sixty, tmp_path / "office"))
    disk, log = Disk.holding(shim.root), tmp_path / "steps"
    with taking(tmp_path / "taken", pause=0.004) as taker:
        office = Office(folder, taker.relay)
        office.run("send", ISSUE, "--yes", code=0, environment=shim.logging(log))
        mails, steps = taker.mails(), list(steps_in(log))
    for place in sorted(chance.sample(cuts_in_flight(steps, mails), 3)):
        while steps and steps[0].at < place:
            disk.take(steps.pop(0))
        *_, image = disk.images(chance, 1)
        restored(image, shim.root)
        before, judge = until(place, mails), Judge(frozenset(addresses(60)))
        with taking(tmp_path / f"taken{place}") as taker:
            done = Office(folder, taker.relay).run("resume", ISSUE)
            both = before + taker.mails()
        books = books_in(shim.root)
        judge.at_the_end(books, both, done.returncode)
        assert books.standing(S.ACCEPTED, S.UNKNOWN) == judge.everybody
        assert set(copies_of(both).values()) == {1}


def cuts_in_flight(steps: Sequence[Step], mails: Sequence[Mail]) -> list[int]:
    """Return the moments of syncs before which some mails had gone, and some had not."""
    return [each.at for each in steps if each.kind == "S" and mails[0].at < each.at < mails[-1].at]


def test_f29_keys_and_database_of_a_new_office_come_through_together(
    small: Path, library: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    chance = random.Random(request.config.getoption("--seed"))
    write(small, "people.csv", "email,language\nanna@example.org,en\n")
    shim, log = Shim(library, small / ".newsletter"), tmp_path / "steps"
    arguments = ("people.csv", "--list", "media", "--basis", "they asked", "--yes")
    Office(small, "").run(
        "subscribers", "import", *arguments, code=0, environment=shim.logging(log)
    )
    disk = Disk(shim.root)
    for step in steps_in(log):
        if step.kind == "S":
            for image in disk.images(chance, IMAGES):
                can_be_used(restored(image, tmp_path / "restored"))
        if step.kind != "M":
            disk.take(step)


def can_be_used(state: Path) -> None:
    """Check that an office may go on in `state`: no database, or one with the keys it needs."""
    file, keys = state / "state.db", state / "keys"
    if file.exists():
        with open_database(f"sqlite:///{file}") as database:
            insist_on_keys(database, load_key_ring(keys).fingerprint, keys)


def test_f29_without_a_sync_of_each_commit_this_would_be_found_out() -> None:
    """Hold the tests above to what they claim: a disk that was never synced knows nothing."""
    root = Path("/state")
    disk = Disk(root)
    write_one = Step("W", 1, 0, root / "log", Path(), b"intent")
    for step in (Step("C", 0, 0, root / "log", Path(), b""), write_one):
        disk.take(step)
    assert next(disk.images(random.Random(0), 0)) == {}
    disk.take(Step("S", 2, 0, root / "log", Path(), b""))
    assert next(disk.images(random.Random(0), 0)) == {}
    disk.take(Step("S", 3, 0, root, Path(), b""))
    assert next(disk.images(random.Random(0), 0)) == {"log": b"intent"}
