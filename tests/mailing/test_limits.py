"""Limits hold over any span that a relay may look at, and give away little."""

import bisect
import contextlib
import datetime
import math
import random
import zoneinfo
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.mailing.clock import SystemClock
from newsletter.mailing.deliver import DeliverySettings, Route, Surroundings, deliver
from newsletter.mailing.limits import (
    DAY,
    HOUR,
    NO_LIMITS,
    Allowance,
    Gentleness,
    Hours,
    Limit,
    Rule,
    WarmUp,
    open_at,
    rules_of,
    seconds_for,
)
from newsletter.mailing.ports import Clock
from newsletter.mailing.providers import Providers
from newsletter.model.providers import provider_of
from tests.mailing.sends import SwiftClock, office, relay_at, send
from tests.mailing.witness import Answers, Witness
from tests.store.office import ISSUE, KEYS, NOON, opened

MOSCOW = zoneinfo.ZoneInfo("Europe/Moscow")
OFFICE_HOURS = Hours(datetime.time(9), datetime.time(18), MOSCOW, frozenset(range(5)))
NIGHT = Hours(datetime.time(22), datetime.time(6), MOSCOW)


@given(
    most=st.integers(1, 8),
    steps=st.lists(
        st.tuples(st.floats(0, 0.4), st.booleans(), st.floats(0, 1)), min_size=1, max_size=120
    ),
)
def test_no_span_ever_has_more_than_the_limit_wherever_a_message_was_counted(
    most: int, steps: list[tuple[float, bool, float]]
) -> None:
    """A relay counts a message at some moment between its beginning and its end."""
    clock = SwiftClock()
    limit = Limit(Rule(most, 1.0), clock)
    under_way: list[float] = []
    counted: list[float] = []
    for wait, ends, share in steps:
        clock.passed += wait
        if ends and under_way:
            began = under_way.pop(0)
            counted.append(began + share * (clock.passed - began))
            limit.end()
        elif limit.room():
            under_way.append(clock.passed)
            limit.begin()
    counted += under_way
    for start in counted:
        assert sum(start <= moment < start + 1.0 for moment in counted) <= most


def test_what_ended_makes_room_when_its_span_is_over() -> None:
    clock = SwiftClock()
    limit = Limit(Rule(2, HOUR), clock)
    for _ in range(2):
        limit.begin()
    assert (limit.room(), limit.seconds_to_wait()) == (0, float("inf"))
    for _ in range(2):
        limit.end()
    wait = limit.seconds_to_wait()
    assert HOUR <= wait <= HOUR * 1.01
    clock.passed += wait
    assert limit.room() == 2


def test_what_never_went_counts_for_nothing() -> None:
    limit = Limit(Rule(1, DAY), SwiftClock())
    limit.begin()
    limit.take_back()
    assert limit.room() == 1


def test_what_was_sent_before_counts_and_grows_old() -> None:
    clock = SwiftClock()
    before = [(NOON - datetime.timedelta(hours=hours), 40) for hours in (30, 20, 1)]
    allowance = Allowance(Gentleness(rules=rules_of(per_day=100)), clock, before)
    assert allowance.room(1000) == 20
    clock.passed += 5 * HOUR
    assert allowance.room(1000) == 60


def test_a_relay_that_nobody_knows_begins_with_little_and_gets_more_every_day() -> None:
    warm_up = WarmUp(NOON.date(), 50, 2)
    assert [warm_up.most_on(NOON.date() + datetime.timedelta(days=d)) for d in (-1, 0, 1, 3)] == [
        *(50, 50, 100, 400),
    ]
    clock = SwiftClock()
    allowance = Allowance(Gentleness(warm_up=warm_up, rules=rules_of(per_day=150)), clock)
    rooms = []
    for _ in range(4):
        rooms.append(allowance.room(1000))
        for _ in range(rooms[-1]):
            allowance.begin()
            allowance.end()
        clock.passed += DAY * 1.01
    assert rooms == [50, 100, 150, 150]


def test_fewer_than_one_a_second_is_one_in_so_many_seconds() -> None:
    assert rules_of(per_second=0.25) == (Rule(1, 4.0),)
    assert seconds_for(1000, Gentleness(rules=rules_of(per_second=10, per_hour=100))) == 9 * HOUR


@pytest.mark.parametrize(
    ("hours", "moment", "opens"),
    [
        (OFFICE_HOURS, "2015-03-31T12:00", "2015-03-31T12:00"),
        (OFFICE_HOURS, "2015-03-31T08:59", "2015-03-31T09:00"),
        (OFFICE_HOURS, "2015-03-31T18:00", "2015-04-01T09:00"),
        (OFFICE_HOURS, "2015-04-03T18:01", "2015-04-06T09:00"),
        (NIGHT, "2015-03-31T05:59", "2015-03-31T05:59"),
        (NIGHT, "2015-03-31T06:00", "2015-03-31T22:00"),
    ],
)
def test_mail_goes_within_the_hours_of_the_office(hours: Hours, moment: str, opens: str) -> None:
    asked = datetime.datetime.fromisoformat(moment).replace(tzinfo=MOSCOW)
    expected = datetime.datetime.fromisoformat(opens).replace(tzinfo=MOSCOW)
    assert open_at([hours], asked) == expected


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    friday_night = Hours(datetime.time(22), datetime.time(6), MOSCOW, frozenset({4}))
    saturday = datetime.datetime(2015, 4, 4, 5, 0, tzinfo=MOSCOW)
    assert friday_night.next_open(saturday) == saturday
    assert friday_night.next_open(saturday.replace(hour=23)).weekday() == 4


def test_the_domains_of_a_provider_are_one() -> None:
    assert {provider_of(each) for each in ("bk.ru", "inbox.ru", "mail.ru")} == {"mail.ru"}
    providers = Providers({"bk.ru": Gentleness(rules=rules_of(per_hour=1))}, SwiftClock())
    assert providers.begin("mail.ru")
    assert not providers.begin("list.ru")
    assert providers.begin("example.org")
    providers.end("mail.ru", went=False)
    assert providers.begin("inbox.ru")


# --- In a send ---


async def test_a_send_keeps_to_the_limit_of_an_hour_and_goes_on_when_it_may(
    tmp_path: Path,
) -> None:
    clock = SwiftClock()
    gentleness = Gentleness(rules=rules_of(per_hour=4))
    with opened(tmp_path) as database:
        ledger = office(database, 10)
        async with Witness() as relay:
            sent = []
            report = await send(ledger, relay.port, clock=clock, gentleness=gentleness)
            while report.goes_on_at:
                assert report.next_due == report.goes_on_at
                sent.append(len(relay.accepted))
                clock.go_to(report.goes_on_at)
                report = await send(ledger, relay.port, clock=clock, gentleness=gentleness)
            sent.append(len(relay.accepted))
        assert sent == [4, 8, 10]
        assert report.exit_code == 0
        assert set(relay.recipients.values()) == {1}


async def test_a_new_process_knows_what_was_sent_in_this_hour(tmp_path: Path) -> None:
    gentleness = Gentleness(rules=rules_of(per_hour=4))
    with opened(tmp_path) as database:
        ledger = office(database, 10)
        async with Witness() as relay:
            for _ in range(3):
                await send(ledger, relay.port, clock=SwiftClock(), gentleness=gentleness)
        assert len(relay.accepted) == 4


async def test_outside_its_hours_nothing_is_sent_and_nobody_connects(tmp_path: Path) -> None:
    clock = SwiftClock()  # noon in Greenwich is three in the afternoon in Moscow
    hours = (Hours(datetime.time(9), datetime.time(12), MOSCOW),)
    with opened(tmp_path) as database:
        ledger = office(database, 5)
        async with Witness() as relay:
            report = await send(ledger, relay.port, clock=clock, hours=hours)
            assert not relay.connections
            assert report.goes_on_at == datetime.datetime(2015, 4, 1, 9, tzinfo=MOSCOW)
            clock.go_to(report.goes_on_at)
            assert (await send(ledger, relay.port, clock=clock, hours=hours)).exit_code == 0


async def test_a_full_provider_holds_nobody_else_up(tmp_path: Path) -> None:
    clock = SwiftClock()
    domains = {"example.org": Gentleness(rules=rules_of(per_hour=3))}
    with opened(tmp_path) as database:
        ledger = office(database, 8)
        async with Witness() as relay:
            report = await send(ledger, relay.port, clock=clock, domains=domains)
            assert len(relay.accepted) == 3
            clock.go_to(report.next_due)
            await send(ledger, relay.port, clock=clock, domains=domains)
            assert len(relay.accepted) == 6


@pytest.mark.slow
@pytest.mark.parametrize("per_second", [37, 200, 1500])
async def test_a_limit_never_brings_a_send_to_a_stand(tmp_path: Path, per_second: int) -> None:
    """Room comes by the passing of time, at any moment between two looks at the clock."""
    gentleness = Gentleness(rules=rules_of(per_second=per_second))
    with opened(tmp_path) as database:
        ledger = office(database, 60)
        async with Witness() as relay:
            clock = SystemClock()
            report = await send(ledger, relay.port, clock=clock, gentleness=gentleness)
    assert report.exit_code == 0


# --- As a relay counts ---

WITHIN = 0.95
"""How near to its limit a send comes that always has enough to do."""


def most_in(moments: Sequence[float], seconds: float) -> int:
    """Return how many of `moments`, the earliest first, lie within any span of that length."""
    return max(
        bisect.bisect_left(moments, moment + seconds) - number
        for number, moment in enumerate(moments)
    )


def noting(clock: Clock, moments: list[float]) -> Answers:
    """Answer as usual, and note when each mail had come whole."""

    def note(verb: str, _recipient: str, _count: int) -> None:
        if verb == "DOT":
            moments.append(clock.monotonic())

    return note


@pytest.mark.slow
@pytest.mark.parametrize("per_second", [10, 50, 200])
async def test_over_any_second_a_relay_sees_no_more_than_the_limit(
    tmp_path: Path, per_second: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """By a real clock; how near to the limit it came is printed, for the machine may be busy."""
    moments: list[float] = []
    clock = SystemClock()
    with opened(tmp_path) as database:
        ledger = office(database, per_second * 5)
        async with Witness(noting(clock, moments)) as relay:
            gentleness = Gentleness(rules=rules_of(per_second=per_second))
            report = await send(ledger, relay.port, clock=clock, gentleness=gentleness)
    assert report.exit_code == 0
    assert most_in(moments, 1.0) <= per_second
    rate = (len(moments) - 1) / (moments[-1] - moments[0])
    with capsys.disabled():
        print(f" {rate:.1f} a second of {per_second},", end="")  # noqa: T201 (a figure to read)


@pytest.mark.slow
@pytest.mark.parametrize(("per_second", "count"), [(50, 500), (200, 1500), (0.5, 12)])
async def test_a_send_gives_away_no_more_than_a_twentieth_of_its_limit(
    tmp_path: Path, per_second: float, count: int
) -> None:
    """By a clock on which nothing but waiting takes time, so that no machine is too slow."""
    moments: list[float] = []
    clock = SwiftClock()
    with opened(tmp_path) as database:
        ledger = office(database, count)
        async with Witness(noting(clock, moments)) as relay:
            gentleness = Gentleness(rules=rules_of(per_second=per_second))
            report = await send(ledger, relay.port, clock=clock, gentleness=gentleness)
    assert report.exit_code == 0
    assert most_in(moments, max(1.0, 1 / per_second)) <= max(1, per_second)
    assert (count - 1) / (moments[-1] - moments[0]) >= per_second * WITHIN


@given(
    per_second=st.sampled_from([0.5, 1, 2.5, 3, 10, 50, 200]),
    late=st.floats(0, 0.005),
    took=st.floats(0, 0.01),
    seed=st.integers(),
)
def test_who_is_woken_late_keeps_the_limit_and_does_not_fall_behind(
    per_second: float, late: float, took: float, seed: int
) -> None:
    """A relay counts each message at some moment while it is under way."""
    clock, chance = SwiftClock(), random.Random(seed)
    allowance = Allowance(Gentleness(rules=rules_of(per_second=per_second)), clock)
    under_way: list[float] = []
    counted: list[float] = []
    while len(counted) < max(20, 6 * per_second):
        while under_way and under_way[0] <= clock.passed:
            under_way.pop(0)
            allowance.end()
        for _ in range(allowance.room(8)):
            allowance.begin()
            under_way.append(clock.passed + took)
            counted.append(clock.passed + took * chance.random())
        ends = [under_way[0] - clock.passed] if under_way else []
        clock.passed += max(1e-6, min([allowance.seconds_to_wait(), *ends])) + late
    counted.sort()
    span = max(1.0, 1 / per_second)
    assert most_in(counted, span - 1e-9) <= math.ceil(max(1, per_second))
    assert (len(counted) - 1) / (counted[-1] - counted[0]) >= per_second * WITHIN


@dataclass(frozen=True, kw_only=True)
class Course:
    """A send that takes long: its limits, what they allow in any span, and how long it may take."""

    id: str
    readers: int
    relays: Sequence[Gentleness]
    most: Sequence[Mapping[float, int]]
    hours: float
    domains: Mapping[str, Gentleness] = field(default_factory=dict)


COURSES = [
    Course(
        id="hours and days",
        readers=150,
        relays=[Gentleness(rules=rules_of(per_hour=10, per_day=60))],
        most=[{HOUR: 10, DAY: 60}],
        hours=50,
    ),
    Course(
        id="a warm-up",
        readers=150,
        relays=[Gentleness(warm_up=WarmUp(NOON.date(), 10, 2))],
        most=[{HOUR: 80, DAY: 80}],
        hours=72,
    ),
    Course(
        id="a provider",
        readers=20,
        relays=[NO_LIMITS],
        most=[{HOUR: 6}],
        hours=3,
        domains={"example.org": Gentleness(rules=rules_of(per_hour=6))},
    ),
    Course(
        id="two relays",
        readers=60,
        relays=[Gentleness(rules=rules_of(per_hour=each)) for each in (10, 5)],
        most=[{HOUR: 10}, {HOUR: 5}],
        hours=3,
    ),
]


@pytest.mark.parametrize("course", COURSES, ids=lambda course: course.id)
async def test_over_days_each_relay_sees_no_more_than_the_limit_and_hardly_less(
    course: Course, tmp_path: Path
) -> None:
    clock = SwiftClock()
    seen: list[list[float]] = [[] for _ in course.relays]
    with opened(tmp_path) as database:
        ledger = office(database, course.readers)
        async with contextlib.AsyncExitStack() as stack:
            routes = []
            for number, (moments, gentleness) in enumerate(zip(seen, course.relays, strict=True)):
                relay = await stack.enter_async_context(Witness(noting(clock, moments)))
                transport = relay_at(relay.port)
                routes.append(Route(transport=transport, name=f"{number}", gentleness=gentleness))
            settings = DeliverySettings(domains=course.domains)
            around = Surroundings(clock=clock)
            report = await deliver(ledger, routes, KEYS, ISSUE, settings, around)
            while report.next_due:
                clock.go_to(report.next_due)
                report = await deliver(ledger, routes, KEYS, ISSUE, settings, around)
    assert report.exit_code == 0
    assert sum(map(len, seen)) == course.readers
    for moments, most in zip(seen, course.most, strict=True):
        for seconds, limit in most.items():
            assert most_in(moments, seconds) <= limit
    assert clock.passed <= course.hours * HOUR / WITHIN


def test_a_warm_up_is_never_ahead_of_its_day() -> None:
    """Over any 24 hours there are no more than the last day of them allows."""
    clock, warm_up = SwiftClock(), WarmUp(NOON.date(), 10, 2)
    allowance = Allowance(Gentleness(warm_up=warm_up), clock)
    moments: list[float] = []
    while clock.passed < 5 * DAY:
        for _ in range(allowance.room(1000)):
            allowance.begin()
            allowance.end()
            moments.append(clock.passed)
        clock.passed += HOUR / 3
    for number, moment in enumerate(moments):
        day = (NOON + datetime.timedelta(seconds=moment)).date()
        before = number + 1 - bisect.bisect_right(moments, moment - DAY)
        assert before <= warm_up.most_on(day)
    assert len(moments) >= 10 + 20 + 40 + 80 + 160
