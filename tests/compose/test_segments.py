"""`subscribers/segments.yaml`: understood as people write, and every fault told at its place."""

import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.compose.pool import Source
from newsletter.compose.segments import parse_segments, understand
from newsletter.compose.workspace import Folder, read_segments
from newsletter.compose.yamlfile import parse_yaml
from newsletter.errors import InputRefused
from newsletter.model.segment import AllOf, AnyOf, Holds, Is, Joined, Not, OnList, Wants, Where
from tests.workspace import run_check, write

FILE = "subscribers/segments.yaml"


def where(office: Path, text: str) -> Where:
    write(office, FILE, f"segments:\n  some:\n    where: {text}\n")
    return read_segments(Folder(office))["some"].where


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("{ country: kz }", Is("country", ("kz",))),
        ("{ country: Казахстан }", Is("country", ("kz",))),
        ("{ country: [KZ, Россия, Грузия] }", Is("country", ("kz", "ru", "ge"))),
        ("{ language: русский }", Is("language", ("ru",))),
        ("{ topics: Молодежь }", Wants(("youth",))),
        ("{ topics: [Safety at work, youth] }", Wants(("osh", "youth"))),
        ("{ organisation_type: Employers }", Is("organisation_type", ("employers",))),
        ("{ organisation: Ёлки }", Holds("organisation", ("елки",))),
        ("{ source: people.csv }", Holds("source", ("people.csv",))),
        ("{ list: media }", OnList(("media",))),
        (
            "{ country: kz, not: { language: ru } }",
            AllOf((Is("country", ("kz",)), Not(Is("language", ("ru",))))),
        ),
        (
            "{ any: [{ country: kz }, { topics: osh }] }",
            AnyOf((Is("country", ("kz",)), Wants(("osh",)))),
        ),
    ],
)
def test_words_are_understood_as_people_write_them(small: Path, text: str, meant: Where) -> None:
    assert where(small, text) == meant


def test_days_begin_in_the_office(small: Path) -> None:
    moscow = datetime.timezone(datetime.timedelta(hours=3))
    new_year = datetime.datetime(2015, 1, 1, tzinfo=moscow)
    assert where(small, "{ joined_before: 2015-01-01 }") == Joined(new_year, before=True)
    assert where(small, "{ joined_after: 2014-12-31 }") == Joined(new_year, before=False)


def test_without_the_file_there_is_no_segment(small: Path) -> None:
    assert read_segments(Folder(small)) == {}


FAULTS = """\
segments:
  one:
    en: One
    kk: Бір
    where: { country: [kz, kazahstan], lagnuage: ru }
  Two: { where: { country: kz } }
  three:
    where: {}
  four:
    where: { joined_before: 1015-01-01, any: [] }
"""
MEANINGS = """\
segments:
  one:
    kk: Бір
    where: { country: [kz, Казахста], topics: [ohs] }
  two:
    where:
      any:
        - { list: mdeia }
        - { not: { language: runic } }
"""


def test_every_fault_of_form_is_told_at_its_place(small: Path) -> None:
    write(small, FILE, FAULTS)
    told = run_check(small)
    for line in (
        f"{FILE}:5:40: the key `lagnuage` is not known - did you mean `language`?",
        f"{FILE}:6:3: ",
        f"{FILE}:8:5: `where` asks nothing - write a condition, for example `country: kz`",
        f"{FILE}:10:14: `joined_before` cannot be in the year 1015 - check the date",
        f"{FILE}:10:41: `any` is empty - name at least one",
    ):
        assert line in told


def test_every_word_that_nobody_knows_is_told_with_the_nearest(small: Path) -> None:
    write(small, FILE, MEANINGS)
    told = run_check(small).splitlines()
    seen = "(see `languages` in newsletter.yaml)"
    assert told == [
        f"{FILE}:3:5: `kk` is not a language of this newsletter - known: en, ru {seen}",
        f"{FILE}:4:28: there is no country “Казахста” - did you mean `Казахстан`?",
        f"{FILE}:4:48: there is no topic “ohs” - did you mean `osh`?",
        f"{FILE}:8:13: there is no list “mdeia” - did you mean `media`?",
        f"{FILE}:9:20: there is no language “runic” - known: en, ru",
    ]


def test_what_is_too_deep_or_too_long_is_refused(small: Path) -> None:
    deep = "{ not: " * 10 + "{ country: kz }" + " }" * 10
    with pytest.raises(InputRefused, match="more than 10 conditions, one inside the other"):
        where(small, deep)
    long = ", ".join("{ country: kz }" for _ in range(201))
    with pytest.raises(InputRefused, match="`some` has more than 200 conditions"):
        where(small, f"{{ any: [{long}] }}")
    where(small, "{ not: " * 9 + "{ country: kz }" + " }" * 9)


words = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=12)
scalars = st.one_of(words, st.integers(), st.booleans(), st.none(), st.dates().map(str))
keys = st.sampled_from(
    ["country", "language", "topics", "list", "all", "any", "not", "joined_after", "source", "x"]
)
written = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3)
)


@given(data=written)
def test_whatever_stands_there_is_understood_or_refused_with_a_place(
    settings_and_lists: tuple[object, object], data: object
) -> None:
    import json

    text = json.dumps({"segments": {"some": {"where": data}}}, ensure_ascii=False)
    try:
        file = parse_yaml(text, FILE)
        source = Source(parse_segments(file), file.marks)
        _, findings = understand(source, *settings_and_lists)  # type: ignore[arg-type]
    except InputRefused as refused:
        findings = list(refused.findings)
        assert findings
    assert all(each.place.line and each.message and each.remedy for each in findings)


@pytest.fixture(scope="module")
def settings_and_lists(tmp_path_factory: pytest.TempPathFactory) -> tuple[object, object]:
    from tests.workspace import small_office

    folder = Folder(small_office(tmp_path_factory.mktemp("office") / "small"))
    return folder.settings().value, folder.lists().value
