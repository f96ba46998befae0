"""Variants: each Delivery knows at freezing which of the renderings it gets."""

import dataclasses
from pathlib import Path

import pytest
import sqlalchemy as sa

from newsletter.errors import NewsletterError
from newsletter.model.ledger import Draft
from newsletter.model.segment import Is, OnList, Segment
from newsletter.store.ledger import Ledger
from tests.store.office import (
    ISSUE,
    NOON,
    claimed,
    draft,
    letter,
    opened,
    rename,
    speakers_of,
    subscribe,
    tamper,
)

RUSSIAN = speakers_of("ru")
PRESS = Segment(name="press", where=OnList(("media",)))


def with_variants(*names: str, segment: Segment | None = None) -> Draft:
    """Return a Mailing whose issue has parts for readers of Russian, and parts for the press."""
    variants = {
        name: {each: letter(each, text=f"[[greeting]] for {name}") for each in ("en", "ru")}
        for name in names
    }
    plain = draft("media", segment=segment)
    return dataclasses.replace(plain, only_for=(RUSSIAN, PRESS), variants=variants)


ALL = ("read-ru", "press", "read-ru.press")


def test_each_reader_is_dealt_the_variant_of_their_segments(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", ["anna"], language="ru")
        subscribe(database, "media", ["boris", "clara"], language="en")
        subscribe(database, "other", ["dora"], language="ru")
        ledger = Ledger(database)
        (tally,) = ledger.freeze(ISSUE, [with_variants(*ALL)], NOON)
        assert tally.by_variant == {"press": 2, "read-ru.press": 1}
        rename(database, "boris", name="Boris", language="ru")  # too late for this issue
        jobs = {job.address.local: job for job in claimed(ledger).jobs}
        dealt = {who: (job.language, job.variant) for who, job in jobs.items()}
        assert dealt == {
            "anna": ("ru", "read-ru.press"),
            "boris": ("en", "press"),
            "clara": ("en", "press"),
        }
        for job in jobs.values():
            kept = ledger.letter(job.mailing_id, job.language, job.variant)
            assert kept.rendering.text == f"[[greeting]] for {job.variant}"
        general = ledger.letter(jobs["anna"].mailing_id, "ru")
        assert general == letter("ru")


def test_who_is_in_no_segment_gets_the_general_one(tmp_path: Path) -> None:
    parts = (Segment(name="kz", where=Is("country", ("kz",))),)
    with opened(tmp_path) as database:
        subscribe(database, "media", ["anna"])
        mailing = dataclasses.replace(draft("media"), only_for=parts, variants={})
        (tally,) = Ledger(database).freeze(ISSUE, [mailing], NOON)
        assert tally.by_variant == {}
        assert [job.variant for job in claimed(Ledger(database)).jobs] == [""]


def test_nothing_is_frozen_when_a_variant_is_missing(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", ["anna"], language="ru")
        ledger = Ledger(database)
        with pytest.raises(NewsletterError, match=r"no variant read-ru\.press in ru"):
            ledger.freeze(ISSUE, [with_variants("press")], NOON)
        assert ledger.tallies(ISSUE) == []


def test_a_variant_that_was_changed_by_another_hand_is_not_sent(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", ["anna"], language="ru")
        ledger = Ledger(database)
        ledger.freeze(ISSUE, [with_variants(*ALL)], NOON)
        (job,) = claimed(ledger).jobs
        tamper(database)
        with pytest.raises(NewsletterError, match="is not what was frozen"):
            ledger.letter(job.mailing_id, job.language, job.variant)


def test_a_segment_is_sent_its_variants(tmp_path: Path) -> None:
    with opened(tmp_path) as database:
        subscribe(database, "media", ["anna"], language="ru")
        subscribe(database, "media", ["boris"], language="en")
        ledger = Ledger(database)
        ledger.freeze(ISSUE, [with_variants(*ALL, segment=RUSSIAN)], NOON)
        ledger.freeze(ISSUE, [with_variants(*ALL)], NOON)
        assert [each.by_variant for each in ledger.tallies(ISSUE)] == [
            {"read-ru.press": 1},
            {"press": 1},
        ]
        with database.read() as connection:
            assert connection.execute(sa.text("SELECT count(*) FROM renderings")).scalar() == 16
