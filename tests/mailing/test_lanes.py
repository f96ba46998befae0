"""Several relays: they share, they stand in for one another, and each has limits of its own."""

from pathlib import Path

import pytest

from newsletter.mailing.deliver import DeliverySettings, Route, Surroundings, deliver
from newsletter.mailing.limits import Gentleness, rules_of
from newsletter.mailing.report import Report
from newsletter.model.mailing import DeliveryState
from newsletter.store.ledger import Ledger
from tests.mailing.sends import HurriedClock, SwiftClock, office, relay_at
from tests.mailing.witness import Witness
from tests.store.office import ISSUE, KEYS, address, opened


async def send_by(ledger: Ledger, *routes: Route, clock: SwiftClock | None = None) -> Report:
    around = Surroundings(clock=clock or SwiftClock())
    return await deliver(ledger, routes, KEYS, ISSUE, DeliverySettings(), around)


def route(relay: Witness, name: str, share: float = 1, **options: object) -> Route:
    transport = relay_at(relay.port)
    return Route(transport=transport, name=name, share=share, connections=2, **options)  # type: ignore[arg-type]


async def test_relays_share_the_mails_by_their_shares(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        ledger = office(database, 400)
        async with Witness() as big, Witness() as small:
            report = await send_by(ledger, route(big, "big", 3), route(small, "small", 1))
        assert report.exit_code == 0
        assert len(big.accepted) + len(small.accepted) == 400
        assert abs(len(big.accepted) - 300) <= 25
        assert not big.recipients.keys() & small.recipients.keys()


async def test_an_attempt_remembers_its_relay(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        ledger = office(database, 3)
        async with Witness() as relay:
            await send_by(ledger, route(relay, "main"))
        (story,) = ledger.stories(address("reader00001").key)
        assert [each.relay for each in story.attempts] == ["main"]


@pytest.mark.parametrize("make_clock", [SwiftClock, HurriedClock])
@pytest.mark.parametrize("share", [0, 1])
async def test_f27_a_relay_that_is_not_there_is_stood_in_for(
    tmp_path: Path, share: int, make_clock: type[SwiftClock]
) -> None:
    """Whether the other one is connected before this one is given up, or behind."""
    with opened(tmp_path) as database:
        ledger = office(database, 40)
        async with Witness() as gone:
            pass
        async with Witness() as reserve:
            ways = route(gone, "main"), route(reserve, "reserve", share)
            report = await send_by(ledger, *ways, clock=make_clock())
        assert report.exit_code == 0
        assert len(reserve.accepted) == 40


async def test_a_relay_that_stands_by_gets_nothing_while_another_works(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        ledger = office(database, 40)
        async with Witness() as main, Witness() as reserve:
            report = await send_by(ledger, route(main, "main"), route(reserve, "reserve", 0))
        assert report.exit_code == 0
        assert (len(main.accepted), len(reserve.accepted)) == (40, 0)


async def test_a_relay_that_does_not_want_us_is_left_and_the_other_goes_on(tmp_path: Path) -> None:
    policy = b"550 5.7.1 go away\r\n"
    with opened(tmp_path) as database:
        ledger = office(database, 40)
        async with (
            Witness(lambda verb, *_: policy if verb == "MAIL" else None) as unkind,
            Witness() as kind,
        ):
            report = await send_by(ledger, route(unkind, "unkind"), route(kind, "kind"))
        assert report.exit_code == 0
        assert len(kind.accepted) == 40


async def test_when_no_relay_is_left_the_send_stops_and_nobody_is_lost(tmp_path: Path) -> None:
    policy = b"550 5.7.1 go away\r\n"
    with opened(tmp_path) as database:
        ledger = office(database, 20)
        async with (
            Witness(lambda verb, *_: policy if verb == "MAIL" else None) as one,
            Witness(lambda verb, *_: policy if verb == "MAIL" else None) as two,
        ):
            report = await send_by(ledger, route(one, "one"), route(two, "two"))
        assert report.exit_code == 4
        left = report.count(DeliveryState.PENDING) + report.count(DeliveryState.DEFERRED)
        assert left == 20


async def test_a_full_relay_leaves_the_rest_to_the_other_or_to_the_next_day(tmp_path: Path) -> None:
    clock = SwiftClock()
    with opened(tmp_path) as database:
        ledger = office(database, 60)
        async with Witness() as one, Witness() as two:
            small = Gentleness(rules=rules_of(per_day=10))
            larger = Gentleness(rules=rules_of(per_day=30))
            ways = (route(one, "one", gentleness=small), route(two, "two", gentleness=larger))
            report = await send_by(ledger, *ways, clock=clock)
            assert (len(one.accepted), len(two.accepted)) == (10, 30)
            assert report.goes_on_at is not None
            clock.go_to(report.goes_on_at)
            report = await send_by(ledger, *ways, clock=clock)
        assert report.count(DeliveryState.ACCEPTED) == 60
        assert len(one.accepted) <= 20
