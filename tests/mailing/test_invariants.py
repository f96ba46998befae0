"""The seven invariants of a send, each seen from outside: relay, ledger and report together."""

import asyncio
import collections
import random
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from newsletter.errors import NewsletterError
from newsletter.mailing.report import Report, report
from newsletter.mailing.resolve import resolve
from newsletter.model.ledger import Resolution
from newsletter.model.mailing import FINAL, DeliveryState
from newsletter.store.engine import Database
from newsletter.store.ledger import Ledger
from newsletter.store.tables import consents, deliveries
from tests.mailing.sends import SwiftClock, send
from tests.mailing.witness import DROP, Witness
from tests.store.office import (
    ISSUE,
    NOON,
    PENDING,
    draft,
    erase,
    frozen,
    letter,
    opened,
    readers,
    subscribe,
    suppress,
    tamper,
    unsubscribe,
)

S = DeliveryState
PEOPLE = readers(40)


def office(database: Database) -> Ledger:
    subscribe(database, "constituents", PEOPLE[:25], language="ru")
    subscribe(database, "media", PEOPLE[20:])
    subscribe(database, "media", ["waiting"], state=PENDING)
    unsubscribe(database, PEOPLE[2])
    suppress(database, PEOPLE[30])
    return frozen(database, "constituents", "media")


class Moody:
    """A relay that does anything to anybody, at first; later it recovers."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.well = False

    def __call__(self, verb: str, _: str, __: int) -> bytes | None:
        if self.well or self.chance.random() > 0.15:
            return None
        faults = {
            "GREETING": [b"421 4.3.2 busy\r\n", DROP],
            "MAIL": [b"451 4.3.0 later\r\n", DROP],
            "RCPT": [b"450 4.2.1 later\r\n", b"550 5.1.1 unknown\r\n", DROP],
            "DATA": [DROP],
            "DOT": [DROP, b"451 4.3.0 later\r\n", b"554 5.6.0 no\r\n"],
        }
        return self.chance.choice(faults[verb]) if verb in faults else None


async def until_done(ledger: Ledger, relay: Witness, moody: Moody) -> tuple[Report, SwiftClock]:
    """Resume until nothing is due any more; the relay is well after a while."""
    clock = SwiftClock()
    found = await send(ledger, relay.port, clock=clock)
    for round_ in range(40):
        assert all(tally.balanced for tally in found.tallies)  # I1 at each stage
        if not found.next_due:
            return found, clock
        moody.well = round_ > 4
        clock.go_to(max(clock.now(), found.next_due))
        found = await send(ledger, relay.port, clock=clock)
    raise AssertionError("it does not come to an end")


def addresses(ledger: Ledger, state: DeliveryState) -> set[str]:
    return {each.address for each in ledger.standings(ISSUE, [state])}


@pytest.mark.parametrize("seed", range(4))
async def test_i1_candidates_are_deliveries_and_exclusions_and_each_ends_in_one_final_state(
    tmp_path: Path, seed: int
) -> None:
    moody = Moody(seed)
    with opened(tmp_path) as database:
        ledger = office(database)
        async with Witness(moody) as relay:
            done, _ = await until_done(ledger, relay, moody)
        assert sum(tally.candidates for tally in done.tallies) == 46
        assert all(tally.balanced for tally in done.tallies)
        standings, exclusions = list(ledger.standings(ISSUE)), list(ledger.exclusions(ISSUE))
    assert {each.state for each in standings} <= FINAL
    listed = collections.Counter((each.list, each.address) for each in standings + exclusions)
    assert set(listed.values()) == {1}
    assert len(listed) == 46


@pytest.mark.parametrize("seed", range(4))
async def test_i2_an_intent_is_durable_before_a_message_is_written_and_nobody_is_mailed_twice(
    tmp_path: Path, seed: int
) -> None:
    moody = Moody(seed)
    with opened(tmp_path) as database, opened(tmp_path) as outside:
        ledger = office(database)
        unwritten: list[str] = []

        def look(verb: str, recipient: str, count: int) -> bytes | None:
            if verb == "DATA" and not _intent_is_there(outside, recipient):
                unwritten.append(recipient)
            return moody(verb, recipient, count)

        async with Witness(look) as relay:
            await until_done(ledger, relay, moody)
        assert unwritten == []
        assert set(relay.recipients.values()) == {1}
        # Of all that came whole, only what was answered with a refusal came again.
        unknown = addresses(ledger, S.UNKNOWN)
        accepted = addresses(ledger, S.ACCEPTED)
        assert accepted == set(relay.recipients)
        assert unknown & accepted == set()


def _intent_is_there(outside: Database, recipient: str) -> bool:
    query = (
        sa.select(sa.func.count())
        .select_from(deliveries)
        .where(deliveries.c.shown == recipient, deliveries.c.state == S.SUBMITTING)
    )
    with outside.read() as connection:
        return connection.execute(query).scalar_one() == 1


@pytest.mark.parametrize("seed", range(4))
async def test_i3_lost_connections_lose_nobody_and_who_may_have_got_two_is_listed(
    tmp_path: Path, seed: int
) -> None:
    moody = Moody(seed)
    unlucky = f"{PEOPLE[5]}@example.org"

    def answers(verb: str, recipient: str, count: int) -> bytes | None:
        if recipient == unlucky:
            return DROP if (verb, count) == ("DOT", 1) else None
        return moody(verb, recipient, count)

    with opened(tmp_path) as database:
        ledger = office(database)
        async with Witness(answers) as relay:
            _, clock = await until_done(ledger, relay, moody)
            unknown = addresses(ledger, S.UNKNOWN)
            refused = addresses(ledger, S.REFUSED)
            everybody = {each.address for each in ledger.standings(ISSUE)}
            assert unlucky in unknown
            assert set(relay.recipients) | unknown | refused == everybody
            moody.well = True
            resolve(ledger, ISSUE, Resolution.RESEND, clock.now())
            await send(ledger, relay.port, clock=clock)
        assert set(relay.recipients) | refused == everybody
        assert {who for who, count in relay.recipients.items() if count > 1} <= unknown
        ids = {taken.recipient: taken.message_id for taken in relay.whole}
        assert all(taken.message_id == ids[taken.recipient] for taken in relay.whole)
        copies = [taken for taken in relay.whole if taken.recipient == unlucky]
        assert len(copies) == 2


async def test_i4_nobody_is_mailed_who_left_before_their_mail_was_begun(
    tmp_path: Path,
) -> None:  # F35
    with opened(tmp_path) as database:
        ledger = office(database)
        left: set[str] = set()

        def leave(verb: str, recipient: str, _: int) -> None:
            """At each mail, one who has not been begun leaves."""
            waiting = sorted(addresses(ledger, S.PENDING) - left)
            if verb == "DOT" and waiting:
                who = waiting[-1]
                (unsubscribe if len(left) % 2 else suppress)(database, who.partition("@")[0])
                if who in addresses(ledger, S.PENDING):  # else the intent was a moment earlier
                    left.add(who)

        async with Witness(leave) as relay:
            found = await send(ledger, relay.port)
        assert len(left) > 5
        assert left & set(relay.recipients) == set()
        assert addresses(ledger, S.SKIPPED) == left
        assert found.exit_code == 0


async def test_i5_what_is_sent_is_what_was_frozen(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        ledger = office(database)
        with pytest.raises(NewsletterError, match="was frozen for the list"):
            ledger.freeze(ISSUE, [draft("media")], NOON)
        async with Witness() as relay:
            await send(ledger, relay.port)
        with database.read() as connection:
            digests = set(
                connection.execute(sa.text("SELECT language || digest FROM renderings")).scalars()
            )
        assert digests == {f"{tag}{letter(tag).rendering.digest}" for tag in ("en", "ru")}
        bodies = collections.defaultdict(set)
        for taken in relay.accepted:
            text = taken.message.get_body(["plain"])
            assert text is not None
            bodies[taken.message["Subject"]].add(
                re.sub(r"Dear Reader \w+", "Dear Reader", text.get_content().strip())
            )
        assert bodies == {
            "ILO News": {"Hello Dear Reader,"},
            "Новости МОТ": {"Hello Dear Reader,"},
        }


async def test_i5_what_was_changed_after_freezing_is_not_sent(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        ledger = office(database)
        tamper(database)
        async with Witness() as relay:
            with pytest.raises(NewsletterError, match="not what was frozen"):
                await send(ledger, relay.port)
        assert not relay.whole


async def test_i6_erasing_a_reader_in_mid_send_leaves_counts_and_evidence(
    tmp_path: Path,
) -> None:  # F35
    with opened(tmp_path) as database:
        ledger = office(database)
        erased: list[str] = []

        def erase_one(verb: str, _: str, __: int) -> None:
            if verb == "DOT" and not erased:
                erased.append(min(addresses(ledger, S.PENDING)))
                erase(database, erased[0].partition("@")[0])

        async with Witness(erase_one) as relay:
            found = await send(ledger, relay.port)
        assert erased[0] not in relay.recipients
        assert found.count(S.SKIPPED) == 1
        assert all(tally.balanced for tally in found.tallies)
        with database.read() as connection:
            (evidence,) = connection.execute(sa.select(consents)).all()
        assert (evidence.subscriber_id, evidence.action) == (None, "withdrawn")


@dataclass
class Interruptions:
    """A relay that knows one reader no more, and a hand that stops the send now and then."""

    stop: asyncio.Event
    chance: random.Random
    often: float

    def __call__(self, verb: str, recipient: str, _: int) -> bytes | None:
        if verb == "DOT" and self.chance.random() < self.often:
            self.stop.set()
        gone = verb == "RCPT" and recipient.startswith(PEOPLE[7])
        return b"550 5.1.1 no such user\r\n" if gone else None


async def _stopped_and_resumed(folder: Path, often: float) -> dict[DeliveryState, set[str]]:
    """Send with stops until it is done, and return who is where."""
    stop = asyncio.Event()
    with opened(folder) as database:
        ledger = office(database)
        async with Witness(Interruptions(stop, random.Random(often), often)) as relay:
            found = await send(ledger, relay.port, stop=stop)
            assert (found.exit_code == 4) == (often > 0)
            while found.stopped:
                assert found.exit_code == 4
                stop.clear()
                found = await send(ledger, relay.port, stop=stop)
            assert found.exit_code == 3
            again = await send(ledger, relay.port)
        assert again.tallies == found.tallies == report(ledger, ISSUE).tallies
        assert set(relay.recipients.values()) == {1}
        return {state: addresses(ledger, state) for state in DeliveryState}


async def test_i7_any_order_of_stops_and_resumes_comes_to_the_same_end(
    tmp_path: Path,
) -> None:  # F39
    ends = [await _stopped_and_resumed(tmp_path / str(often), often) for often in (0.0, 0.2, 0.4)]
    assert ends[0] == ends[1] == ends[2]


async def test_i7_the_exit_code_agrees_with_the_report(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        ledger = office(database)
        assert report(ledger, ISSUE).exit_code == 3  # still waiting
        async with Witness() as relay:
            found = await send(ledger, relay.port)
        assert found.exit_code == report(ledger, ISSUE).exit_code == 0
        for mailing in found.as_json()["mailings"]:
            states = [state.value for state in DeliveryState if state is not S.SUBMITTING]
            assert mailing["candidates"] == mailing["excluded"] + sum(
                mailing[state] for state in states
            )
