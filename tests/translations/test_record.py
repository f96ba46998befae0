from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import InputRefused
from newsletter.model.translating import fingerprint
from newsletter.translations.record import (
    FILE,
    Made,
    Record,
    parse_record,
    read_record,
    record_text,
    write_record,
)

A, B, C, D = (fingerprint(each) for each in ("A school", "A new school", "Школа", "Новая школа"))

NAMES = st.from_regex(r"items/[a-z0-9-]{1,20}:[a-z]{1,9}(\.[0-9]{1,2}\.label)?", fullmatch=True)
PRINTS = st.text(alphabet="0123456789abcdef", min_size=16, max_size=16)
RECORDS = st.frozensets(st.builds(Made, NAMES, st.sampled_from(["ru", "kk"]), PRINTS, PRINTS))


@given(RECORDS)
def test_a_record_is_read_as_it_was_written(made: frozenset[Made]) -> None:
    assert parse_record(record_text(Record(made))).made == made


@given(RECORDS, RECORDS)
def test_two_branches_are_merged_by_keeping_all_lines(
    ours: frozenset[Made], theirs: frozenset[Made]
) -> None:
    text = record_text(Record(ours)) + record_text(Record(theirs))
    assert parse_record(text).made == ours | theirs


def test_a_record_says_what_it_is_and_has_a_line_for_each_field_in_order() -> None:
    record = Record(
        frozenset({Made("items/b:title", "ru", A, C), Made("items/a:lead", "kk", B, D)})
    )
    header, *lines = record_text(record).split("\nitems/")
    assert header.startswith("# Which translation was made from which text")
    assert lines == [f"a:lead kk {B} {D}", f"b:title ru {A} {C}\n"]


def test_a_translation_is_stale_when_it_was_made_from_other_words_only() -> None:
    record = Record(frozenset({Made("items/school:title", "ru", A, C)}))
    assert record.knows("ru", "A school", "Школа")
    assert record.is_stale("ru", "A new school", "Школа")
    assert not record.is_stale("ru", "A school", "Школа")
    assert not record.is_stale("ru", "A new school", "Новая школа"), "never seen: it is new"
    assert not record.is_stale("kk", "A new school", "Школа"), "another language"


def test_two_sources_may_have_one_translation() -> None:
    record = Record(
        frozenset({Made("items/a:title", "ru", A, C), Made("items/b:title", "ru", B, C)})
    )
    assert not record.is_stale("ru", "A school", "Школа")
    assert not record.is_stale("ru", "A new school", "Школа")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A school\nfor the young", "A school for  the young"),
        ("  A school ", "A school"),
        ("Ё", "Е\u0308"),
        ("А\u00a0я", "А я"),
    ],
)
def test_lines_broken_anew_and_letters_composed_otherwise_are_the_same_text(
    one: str, other: str
) -> None:
    assert fingerprint(one) == fingerprint(other)


def test_other_words_are_another_text() -> None:
    assert len({fingerprint(each) for each in ("A school", "A School", "A school.", "")}) == 4


def test_every_line_that_is_none_is_told_with_its_number(tmp_path: Path) -> None:
    (tmp_path / "issues").mkdir()
    (tmp_path / FILE).write_text(
        f"# note\n<<<<<<< HEAD\nitems/a:title ru {A} {C}\n=======\nitems/a:title ru {A}\n"
    )
    with pytest.raises(InputRefused) as caught:
        read_record(tmp_path)
    said = [str(finding) for finding in caught.value.findings]
    assert [line.split(": ")[0] for line in said] == [f"{FILE}:{line}:1" for line in (2, 4, 5)]
    assert "a merge stopped in the middle here - keep the lines of both sides" in said[0]
    assert "not a line of the record" in said[2]


def test_nothing_is_written_when_nothing_is_new(tmp_path: Path) -> None:
    record = Record(frozenset({Made("items/a:title", "ru", A, C)}))
    assert not write_record(tmp_path, Record())
    assert write_record(tmp_path, record)
    before = (tmp_path / FILE).stat().st_mtime_ns
    assert not write_record(tmp_path, record)
    assert (tmp_path / FILE).stat().st_mtime_ns == before
    assert read_record(tmp_path).made == record.made
    assert [path.name for path in (tmp_path / "issues").iterdir()] == ["translations.lock"]
