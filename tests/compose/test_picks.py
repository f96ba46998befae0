"""Choosing items: by name in the order given, by rule from the pool, and nothing twice."""

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.compose.picks import choose, day_of
from newsletter.compose.pool import PoolItem
from newsletter.model.content import KINDS, Issue, Pick
from newsletter.model.place import Marks

BLOCKS = {
    "title": "a",
    "place": "b",
    "quote": "c",
    "person": "d",
    "position": "e",
}
NEEDED = {
    "event": ("title", "place"),
    "vacancy": ("title", "place"),
    "interview": ("title", "quote", "person", "position"),
}


def entry(item_id: str, **facts: Any) -> PoolItem:
    kind = facts.get("kind", "news")
    words = {key: BLOCKS[key] for key in NEEDED.get(kind, ("title",))}
    data = {"kind": kind, "date": "2015-03-17", "en": words, **facts}
    return PoolItem(item_id, KINDS[kind].model_validate(data), Marks("x"))


def pool_of(*entries: PoolItem) -> dict[str, PoolItem]:
    return {each.id: each for each in entries}


def ids(pool: dict[str, PoolItem], *sections: dict[str, Any]) -> list[list[str]]:
    issue = Issue.model_validate(
        {
            "number": 1,
            "serial": 60,
            "date": "2015-03-31",
            "theme": "plain",
            "languages": ["en"],
            "lists": ["media"],
            "sections": [{"layout": "brief", **section} for section in sections],
            "en": {"subject": "a", "preheader": "b"},
        }
    )
    return [[each.id for each in section] for section in choose(issue, pool)]


def picked(pool: dict[str, PoolItem], **rule: Any) -> list[str]:
    return ids(pool, {"pick": rule})[0]


def test_items_stand_in_the_order_they_are_named() -> None:
    pool = pool_of(entry("a"), entry("b"), entry("c"))
    assert ids(pool, {"items": ["c", "a"]}, {}) == [["c", "a"], []]


def test_a_rule_takes_the_newest_first_and_equal_days_by_name() -> None:
    pool = pool_of(
        entry("b", date="2015-03-01"),
        entry("a", date="2015-03-01"),
        entry("c", date="2015-02-01"),
        entry("d", date="2015-04-01"),
    )
    assert picked(pool) == ["d", "a", "b", "c"]
    assert picked(pool, order="oldest") == ["c", "a", "b", "d"]
    assert picked(pool, limit=2) == ["d", "a"]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"kind": "news"}, ["kz-osh", "ru"]),
        ({"kind": ["news", "publication"]}, ["book", "kz-osh", "ru"]),
        ({"countries": ["kz"]}, ["book", "kz-osh"]),
        ({"countries": ["kz", "ru"]}, ["book", "kz-osh", "ru"]),
        ({"topics": ["osh"]}, ["kz-osh"]),
        ({"countries": ["kz"], "topics": ["osh"], "kind": "publication"}, []),
        ({"except": ["ru", "book"]}, ["kz-osh"]),
        ({}, ["book", "kz-osh", "ru"]),
    ],
)
def test_a_rule_takes_what_fits_all_it_asks_for(rule: dict[str, Any], expected: list[str]) -> None:
    pool = pool_of(
        entry("ru", countries=["ru"]),
        entry("kz-osh", countries=["kz"], topics=["osh", "youth"]),
        entry("book", kind="publication", countries=["ru", "kz"]),
    )
    assert sorted(picked(pool, **rule)) == expected


def test_the_first_and_the_last_day_belong_to_the_time_asked_for() -> None:
    days = [datetime.date(2015, 3, day) for day in range(1, 6)]
    pool = pool_of(*(entry(str(day), date=day) for day in days))
    taken = picked(pool, order="oldest", **{"from": "2015-03-02", "to": "2015-03-04"})
    assert taken == ["2015-03-02", "2015-03-03", "2015-03-04"]


def test_an_event_counts_by_its_first_day() -> None:
    pool = pool_of(entry("a", kind="event", date="2015-01-01", starts="2015-04-07"))
    assert picked(pool, **{"from": "2015-04-01"}) == ["a"]
    assert picked(pool, to="2015-03-31") == []


def test_an_earlier_section_keeps_what_it_took() -> None:
    pool = pool_of(entry("a"), entry("b"), entry("c"))
    rule = {"pick": {"limit": 2}}
    assert ids(pool, rule, rule) == [["a", "b"], ["c"]]


def test_what_a_later_section_names_is_not_taken_by_a_rule_before_it() -> None:
    pool = pool_of(entry("a"), entry("b"))
    assert ids(pool, {"pick": {"kind": "news"}}, {"items": ["a"]}) == [["b"], ["a"]]


DAYS = st.dates(datetime.date(2015, 1, 1), datetime.date(2015, 1, 20)).map(str)
CODES = st.lists(st.sampled_from(["kz", "ru", "uz"]), max_size=2, unique=True)
FACTS = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["news", "publication", "announcement"]),
        "date": DAYS,
        "countries": CODES,
        "topics": CODES,
    }
)


def _has_days(rule: dict[str, Any]) -> bool:
    """Whether a rule ends after it begins; else it is refused."""
    return bool(rule.get("from", "") <= rule.get("to", "9"))


RULES = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.sampled_from(["news", ["news", "publication"], "event"]),
        "countries": CODES,
        "topics": CODES,
        "from": DAYS,
        "to": DAYS,
        "limit": st.integers(1, 4),
        "order": st.sampled_from(["newest", "oldest"]),
        "except": st.lists(st.sampled_from(["i0", "i1", "i2"]), max_size=2),
    },
).filter(_has_days)


def _asked_for(rule: Pick, item: PoolItem) -> bool:
    fits_kind = not rule.kind or item.item.kind in rule.kind
    return fits_kind and item.id not in rule.leave_out


@given(st.lists(FACTS, max_size=8), st.lists(RULES, max_size=4), st.sets(st.integers(0, 7)))
def test_nothing_stands_twice_and_every_rule_is_kept(
    facts: list[dict[str, Any]], rules: list[dict[str, Any]], named: set[int]
) -> None:
    pool = pool_of(*(entry(f"i{number}", **each) for number, each in enumerate(facts)))
    by_hand = [f"i{number}" for number in sorted(named) if f"i{number}" in pool]
    sections: list[dict[str, Any]] = [*({"pick": rule} for rule in rules), {"items": by_hand}]
    chosen = ids(pool, *sections)
    flat = [item_id for section in chosen for item_id in section]
    assert len(flat) == len(set(flat))
    assert chosen[-1] == by_hand
    for data, section in zip(rules, chosen, strict=False):
        rule = Pick.model_validate(data)
        days = [day_of(pool[item_id].item) for item_id in section]
        assert len(section) <= (rule.limit or len(pool))
        assert days == sorted(days, reverse=rule.order == "newest")
        assert all(_asked_for(rule, pool[item_id]) for item_id in section)
        assert all(rule.since is None or rule.since <= day for day in days)
        assert all(rule.until is None or day <= rule.until for day in days)
        for name in ("countries", "topics"):
            wanted = set(getattr(rule, name))
            assert all(
                not wanted or wanted & set(getattr(pool[item_id].item, name)) for item_id in section
            )
