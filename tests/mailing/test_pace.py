"""How fast a send goes, and how it treats a relay in trouble."""

import random

from hypothesis import given
from hypothesis import strategies as st

from newsletter.mailing.pace import Breaker, Pace, wait_for_room
from tests.mailing.sends import SwiftClock


@given(
    rate=st.floats(0.01, 1000),
    waits=st.lists(st.floats(0, 20), max_size=30),
    wanted=st.integers(0, 50),
)
def test_never_more_than_the_rate_and_a_small_burst(
    rate: float, waits: list[float], wanted: int
) -> None:
    clock = SwiftClock()
    pace = Pace(rate, clock)
    sent = 0
    for wait in [0.0, *waits]:
        clock.passed += wait
        count = pace.allowed(wanted)
        assert 0 <= count <= wanted
        pace.take(count)
        sent += count
    assert sent <= rate * clock.passed + max(2.0, rate / 10) + 1e-6


@given(rate=st.floats(0.01, 1000))
def test_after_the_wait_one_may_go(rate: float) -> None:
    clock = SwiftClock()
    pace = Pace(rate, clock)
    for _ in range(20):
        pace.take(pace.allowed(1))
        if wait := pace.seconds_to_wait():
            clock.passed += wait * 1.000001
        assert pace.allowed(1) == 1


def breaker(clock: SwiftClock) -> Breaker:
    return Breaker(clock, random.Random(3), most=8, most_at_first=3)


def fail(switch: Breaker, clock: SwiftClock) -> bool:
    clock.passed += switch.seconds_to_wait() + 0.01
    return switch.fault(clock.monotonic())


def test_pauses_grow_and_too_many_faults_in_a_row_are_told() -> None:
    clock = SwiftClock()
    switch = breaker(clock)
    switch.good()
    pauses, told = [], []
    for _ in range(8):
        told.append(fail(switch, clock))
        pauses.append(switch.seconds_to_wait())
    assert told == [False] * 7 + [True]
    assert pauses[0] <= 1.25
    assert max(pauses) <= 30 * 1.25
    assert pauses[4] > pauses[1] > pauses[0]


def test_f1_relays_in_trouble_are_not_asked_by_all_at_the_same_moment() -> None:
    pauses = set()
    for seed in range(20):
        clock = SwiftClock()
        switch = Breaker(clock, random.Random(seed), most=8, most_at_first=3)
        switch.fault(clock.monotonic())
        pauses.add(switch.seconds_to_wait())
    assert len(pauses) == 20
    assert all(0.75 <= pause <= 1.25 for pause in pauses)


def test_few_faults_are_enough_before_anything_has_succeeded() -> None:
    clock = SwiftClock()
    switch = breaker(clock)
    assert [fail(switch, clock) for _ in range(3)] == [False, False, True]


def test_success_forgets_earlier_faults() -> None:
    clock = SwiftClock()
    switch = breaker(clock)
    for _ in range(20):
        assert not fail(switch, clock)
        assert not fail(switch, clock)
        switch.good()


def test_connections_that_break_together_are_one_fault() -> None:
    clock = SwiftClock()
    switch = breaker(clock)
    clock.passed = 5.0
    began = [1.0, 2.0, 3.0, 4.0]
    assert not any(switch.fault(each) for each in began)
    assert 0 < switch.seconds_to_wait() <= 1.25


@given(refusals=st.integers(1, 10**6), seed=st.integers())
def test_a_relay_without_room_is_asked_less_and_less_often(refusals: int, seed: int) -> None:
    assert 0.75 <= wait_for_room(refusals, random.Random(seed)) <= 300 * 1.25
