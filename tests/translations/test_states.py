"""How far translations are: in the samples, and in a small office whose every line is known."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from newsletter.compose.compose import compose
from newsletter.compose.workspace import Folder
from newsletter.errors import InputRefused, WrongUsage
from newsletter.model.translating import FieldState, State
from newsletter.translations.keeping import record_accepted, record_new
from newsletter.translations.record import FILE, read_record
from newsletter.translations.states import (
    issue_states,
    pool_states,
    translation_states,
    workspace_states,
)
from tests.workspace import ROOT, edit, write

SCHOOL = "issues/items/school.yaml"


def todo(states: Iterable[FieldState]) -> dict[str, State]:
    """Return the fields that are not done."""
    return {f"{each.id} {each.language}": each.state for each in states if each.state != "done"}


def noted(office: Path) -> Path:
    """Note all translations of the office as they stand; return it."""
    assert record_new(office, pool_states(Folder(office))) > 0
    return office


def test_nothing_in_the_samples_is_called_mismatched_or_stale() -> None:
    states = workspace_states(Folder(ROOT), ("en", "ru", "kk"))
    assert len({each.owner for each in states}) == 48, "46 items and two issues"
    assert Counter(each.state for each in states if each.language == "ru") == {State.DONE: 267}
    assert {each.state for each in states} == {State.DONE, State.MISSING}


def test_everything_in_the_samples_is_on_record() -> None:
    states = pool_states(Folder(ROOT))
    assert [each.id for each in states if each.target and not each.recorded] == []


WEB = "https://www.example.org"
EDITED = [
    ("2015-06-15-safety-drawings", "7 to 14", "8 to 14", "lead", "numbers differ: en 8; ru 7"),
    ("2015-04-06-newsletter-released", "On 6 April", "On 7 April", "lead",
     "dates differ: en 7 April; ru 6 апреля"),
    ("2015-06-22-summer-hours", "July and August", "June and August", "lead",
     "dates differ: en June; ru июле"),
    ("2015-04-14-osh-week", "/en/news/osh-week", "/en/news/osh-day", "links 1 url",
     f"the addresses differ: {WEB}/en/news/osh-day and {WEB}/ru/news/osh-week"),
    ("2015-06-10-women-entrepreneurs", "in Uzbekistan", "in Armenia", "title",
     "countries differ: en Armenia; ru Узбекистан"),
    ("2015-02-02-georgia-labour-relations", "title: Georgia", "title: Armenia", "title",
     "countries differ: en Armenia; ru Грузия"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("item", "old", "new", "field", "said"), EDITED, ids=lambda each: each[:24]
)
def test_one_number_date_link_or_country_is_found_and_nothing_else(
    office: Path, item: str, old: str, new: str, field: str, said: str
) -> None:
    edit(office, f"issues/items/2015/{item}.yaml", old, new)
    found = [each for each in pool_states(Folder(office)) if each.state is State.MISMATCHED]
    (state,) = [each for each in found if each.language == "ru"]
    assert (state.owner, state.field) == (f"items/{item}", field)
    assert state.differences == (said,)
    assert {each.id for each in found} == {state.id}


def test_a_source_that_changes_alone_makes_its_translation_stale(small: Path) -> None:
    noted(small)
    assert todo(pool_states(Folder(small))) == {}
    edit(small, SCHOOL, "A school for the young", "A school for young workers")
    (state,) = [each for each in pool_states(Folder(small)) if each.state is State.STALE]
    assert (state.id, state.language, state.target) == (
        "items/school:title", "ru", "Школа для молодых"
    )  # fmt: skip
    assert (str(state.source_place), str(state.place)) == (f"{SCHOOL}:6:3", f"{SCHOOL}:13:3")


def test_a_translation_that_follows_its_source_is_done(small: Path) -> None:
    noted(small)
    edit(small, SCHOOL, "A school for the young", "A school for young workers")
    edit(small, SCHOOL, "Школа для молодых", "Школа для молодых работников")
    states = pool_states(Folder(small))
    assert todo(states) == {}
    assert [each.id for each in states if not each.recorded] == ["items/school:title"]


def test_a_text_broken_into_other_lines_is_not_stale(small: Path) -> None:
    noted(small)
    edit(
        small, SCHOOL, "lead: Forty young people met.", "lead: >-\n    Forty young\n    people met."
    )
    assert todo(pool_states(Folder(small))) == {}


def test_a_number_that_was_edited_is_both_and_told_as_a_mismatch(small: Path) -> None:
    edit(small, SCHOOL, "Forty young people", "40 young people")
    noted(small)
    edit(small, SCHOOL, "40 young people", "50 young people")
    assert todo(pool_states(Folder(small))) == {"items/school:lead ru": State.MISMATCHED}


def test_a_renamed_item_keeps_its_record(small: Path) -> None:
    noted(small)
    (small / SCHOOL).rename(small / "issues/items/spring-school.yaml")
    edit(small, "issues/spring/issue.yaml", "[school]", "[spring-school]")
    edit(small, "issues/items/spring-school.yaml", "A school for the young", "A school")
    states = pool_states(Folder(small))
    assert todo(states) == {"items/spring-school:title ru": State.STALE}
    record_accepted(small, [each for each in states if each.state is State.STALE], states)
    assert "items/school" not in (small / FILE).read_text()
    assert todo(pool_states(Folder(small))) == {}


def test_what_is_accepted_is_done_until_the_source_changes_again(small: Path) -> None:
    noted(small)
    for title in ("A school for all", "A school for everybody"):
        edit(small, SCHOOL, "  title: A school", f"  title: {title}\n  # A school")
        states = pool_states(Folder(small))
        assert todo(states) == {"items/school:title ru": State.STALE}
        assert record_accepted(small, states, states) == 1
        assert todo(pool_states(Folder(small))) == {}
        edit(small, SCHOOL, f"  title: {title}\n  # A school", "  title: A school")
        record_accepted(small, pool_states(Folder(small)), pool_states(Folder(small)))


def test_noting_what_is_new_does_not_hide_what_is_stale(small: Path) -> None:
    noted(small)
    edit(small, SCHOOL, "A school for the young", "A school for young workers")
    assert record_new(small, pool_states(Folder(small))) == 0
    assert todo(pool_states(Folder(small))) == {"items/school:title ru": State.STALE}


def test_the_record_forgets_texts_that_stand_nowhere(small: Path) -> None:
    noted(small)
    edit(small, SCHOOL, "Школа для молодых", "Молодёжная школа")
    states = pool_states(Folder(small))
    record_accepted(small, states, states)
    ids = [each.id for each in read_record(small).made]
    assert len(ids) == len(set(ids))


def test_a_field_that_only_one_language_has_is_missing_or_a_mismatch(small: Path) -> None:
    edit(small, SCHOOL, "  text: Говорили", "  # text: Говорили")
    edit(small, SCHOOL, "  title: Школа для молодых", "  title: Школа\n  footnote: Примечание.")
    states = {each.field: each for each in pool_states(Folder(small))}
    assert (states["text"].state, states["text"].target) == (State.MISSING, "")
    assert states["footnote"].state is State.MISMATCHED
    assert states["footnote"].differences == ("stands in ru alone, not in en",)


def test_an_item_may_be_written_first_in_another_language(small: Path) -> None:
    edit(small, SCHOOL, "kind: news", "kind: news\nwritten_in: ru")
    noted(small)
    edit(small, SCHOOL, "Школа для молодых", "Школа для молодых работников")
    states = pool_states(Folder(small))
    assert todo(states) == {"items/school:title en": State.STALE}
    sources = {(each.owner, each.source_language) for each in states}
    assert sources == {("items/school", "ru"), ("issues/spring", "en")}


def test_a_language_it_was_written_in_has_to_be_known(small: Path) -> None:
    edit(small, SCHOOL, "kind: news", "kind: news\nwritten_in: rus")
    with pytest.raises(
        InputRefused, match=r"school.yaml:2:1: there is no language “rus” - did you mean `ru`"
    ):
        compose(Folder(small), "spring")


def test_words_of_the_issue_count_too(small: Path) -> None:
    edit(small, "issues/spring/issue.yaml", "News of the spring", "News of spring 2015")
    edit(
        small,
        "issues/spring/issue.yaml",
        "    items: [school]",
        "    items: [school]\n    en: { heading: News }\n    ru: { heading: Новости }",
    )
    states = {each.field: each for each in translation_states(compose(Folder(small), "spring"))}
    assert states["subject"].differences == ("numbers in en alone: 2015",)
    assert states["sections 1 heading"].id == "issues/spring:sections.1.heading"
    assert str(states["sections 1 heading"].place) == "issues/spring/issue.yaml:17:11"


def test_an_issue_with_missing_translations_can_be_asked(small: Path) -> None:
    text = (small / SCHOOL).read_text(encoding="utf-8")
    write(small, SCHOOL, text[: text.index("ru:\n")])
    with pytest.raises(InputRefused):
        compose(Folder(small), "spring")
    missing = todo(issue_states(Folder(small), "spring"))
    assert set(missing.values()) == {State.MISSING}
    assert [each.split(":")[1] for each in missing] == [
        "title ru", "lead ru", "text ru", "links.1.label ru", "links.1.url ru"
    ]  # fmt: skip


def test_other_faults_of_an_issue_are_told_instead(small: Path) -> None:
    edit(small, "issues/spring/issue.yaml", "[school]", "[schole]")
    with pytest.raises(InputRefused, match="there is no item “schole”"):
        issue_states(Folder(small), "spring")
    with pytest.raises(WrongUsage, match="there is no issue autumn"):
        issue_states(Folder(small), "autumn")


def test_an_item_counts_in_the_languages_of_the_issues_that_have_it() -> None:
    states = pool_states(Folder(ROOT))
    languages = {each.language for each in states if each.owner == "items/2015-03-17-arctic-school"}
    assert languages == {"ru"}, "No. 1 appeared in two languages, though the newsletter has three"
