"""Parts add up to the whole, nobody gets nothing, and several processes only where they help."""

import datetime
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.mailing.deliver import DeliverySettings, Route
from newsletter.mailing.limits import DAY, Gentleness, WarmUp, rules_of
from newsletter.mailing.sharing import WHOLE, Part, parts_of, processes_for
from tests.mailing.sends import relay_at
from tests.store.office import NOON, minutes

counts = st.integers(1, 40)
FREE = DeliverySettings()
LARGE = 1_000_000


def route(connections: int = 16, gentleness: Gentleness | None = None) -> Route:
    return Route(
        transport=relay_at(1), connections=connections, gentleness=gentleness or Gentleness()
    )


def processes(
    *routes: Route, settings: DeliverySettings = FREE, to_do: int = LARGE, cores: int = 64
) -> int:
    return processes_for(settings, routes or (route(),), to_do=to_do, cores=cores)


@given(whole=st.integers(0, 10**9), count=counts)
def test_parts_of_a_number_add_up_to_it_and_differ_by_one_at_most(whole: int, count: int) -> None:
    shares = [part.of_whole(whole) for part in parts_of(count)]
    assert sum(shares) == whole
    assert min(shares) >= 0
    assert max(shares) - min(shares) <= 1


@given(
    per_second=st.floats(0.01, 5000),
    per_hour=st.integers(1, 10**6),
    first_day=st.integers(1, 10**4),
    count=counts,
)
def test_parts_of_limits_are_never_more_than_the_whole(
    per_second: float, per_hour: int, first_day: int, count: int
) -> None:
    whole = Gentleness(
        rules=rules_of(per_second, per_hour), warm_up=WarmUp(NOON.date(), first_day, 2)
    )
    parts = [part.of_gentleness(whole) for part in parts_of(count)]
    for number, rule in enumerate(whole.rules):
        shares = [part.rules[number].most for part in parts]
        assert min(shares) >= 0
        assert math.isclose(sum(shares), rule.most)
        assert sum(map(math.floor, shares)) == math.floor(rule.most)  # as Limits count
        assert {part.rules[number].seconds for part in parts} == {rule.seconds}
    for days in (0, 1, 9, 400):
        day = NOON.date() + datetime.timedelta(days=days)
        grown = [part.warm_up.most_on(day) for part in parts if part.warm_up]
        assert whole.warm_up
        assert len(grown) == count
        if whole.warm_up.most_on(day) < 10**9:
            assert sum(grown) == whole.warm_up.most_on(day)


@given(
    limit=st.integers(1, 500),
    sent=st.lists(st.integers(0, 30), max_size=20),
    count=st.integers(1, 9),
)
def test_what_was_sent_before_leaves_no_more_room_to_all_than_to_one(
    limit: int, sent: list[int], count: int
) -> None:
    history = [(NOON + minutes(number), each) for number, each in enumerate(sent)]
    rooms = [
        max(0, part.of_whole(limit) - sum(each for _, each in part.of_history(history)))
        for part in parts_of(count)
    ]
    assert sum(rooms) <= max(0, limit - sum(sent))
    assert WHOLE.of_history(history) == history


@given(connections=st.integers(1, 50), per_hour=st.integers(1, 99), wanted=st.integers(1, 32))
def test_nobody_ever_gets_a_part_of_nothing(connections: int, per_hour: int, wanted: int) -> None:
    ways = [route(connections, Gentleness(rules=rules_of(per_hour=per_hour)))]
    asked = DeliverySettings(processes=wanted)
    count = processes(*ways, settings=asked)
    assert count == min(wanted, connections, per_hour)
    for part in parts_of(count):
        (its,) = part.of_routes(ways)
        assert its.connections >= 1
        assert its.gentleness.rules[0].most >= 1


def test_the_limits_of_providers_are_dealt_out_too() -> None:
    domains = {"mail.ru": Gentleness(rules=rules_of(per_day=5))}
    settings = DeliverySettings(domains=domains)
    shares = [Part(number, 2).of_settings(settings).domains["mail.ru"] for number in (0, 1)]
    assert [each.rules[0].most for each in shares] == [3, 2]
    assert processes(settings=DeliverySettings(domains=domains, processes=9)) == 5


def test_a_large_send_on_many_cores_has_several_processes() -> None:
    assert processes() == 8
    assert processes(cores=4) == 2
    assert processes(route(connections=3)) == 3
    assert processes(route(), route(connections=2)) == 2
    quick = Gentleness(rules=rules_of(per_second=5000))
    assert processes(route(gentleness=quick), cores=8) == 4


@pytest.mark.parametrize(
    "limits",
    [
        Gentleness(rules=rules_of(per_second=50)),
        Gentleness(rules=rules_of(per_day=20_000)),
        Gentleness(warm_up=WarmUp(NOON.date(), 50_000, 2)),
    ],
)
def test_one_process_is_enough_where_limits_are_the_bound(limits: Gentleness) -> None:
    assert processes(route(gentleness=limits)) == 1
    assert processes(settings=DeliverySettings(domains={"mail.ru": limits})) == 1


def test_one_process_is_enough_for_few_mails_few_cores_or_one_connection() -> None:
    assert processes(to_do=9_999) == 1
    assert processes(cores=3) == 1
    assert processes(route(connections=1)) == 1
    assert processes(route(gentleness=Gentleness(rules=rules_of(per_second=0.5)))) == 1


def test_a_number_that_was_asked_for_is_heeded() -> None:
    asked = DeliverySettings(processes=3)
    assert processes(settings=asked, cores=1, to_do=50) == 3
    assert processes(settings=asked, to_do=2) == 2
    assert processes(settings=DeliverySettings(processes=1)) == 1


def test_limits_hold_over_a_day() -> None:
    """The span of a part is that of the whole: what was sent in it is looked for as far back."""
    whole = Gentleness(rules=rules_of(per_day=100))
    assert Part(1, 3).of_gentleness(whole).span == whole.span == DAY
