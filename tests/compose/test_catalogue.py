"""The pool as a list: where items were used, drafts, and what is looked for."""

import datetime
from pathlib import Path
from typing import Any

import pytest

from newsletter.checks.proof import proof
from newsletter.compose.catalogue import Wanted, catalogue
from newsletter.compose.workspace import Folder
from newsletter.errors import InputRefused, WrongUsage
from tests.workspace import ISSUE, ITEM, edit, write

SUMMER = ISSUE.replace(
    "number: 1\nserial: 60\ndate: 2015-03-31", "number: 2\nserial: 61\ndate: 2015-06-30"
)
OTHER = ITEM.replace("2015-03-17", "2015-04-02").replace("[ru]", "[kz, uz]").replace("[osh]", "[]")


@pytest.fixture
def office(small: Path) -> Path:
    write(small, "issues/items/other.yaml", OTHER.replace("Школа", "Ещё школа"))
    write(small, "issues/items/draft.yaml", f"draft: true\n{ITEM}")
    return small


def wanted(office: Path, **wishes: Any) -> list[str]:
    return [each.id for each in catalogue(Folder(office))[0] if Wanted(**wishes).fits(each)]


def test_an_item_is_known_by_the_issues_that_have_it(office: Path) -> None:
    entries = {entry.id: entry for entry in catalogue(Folder(office))[0]}
    assert entries["school"].issues == ("spring",)
    assert entries["other"].issues == ()
    assert entries["draft"].as_json()["draft"] is True


@pytest.mark.parametrize(
    ("wishes", "found"),
    [
        ({}, ["other", "school", "draft"]),
        ({"unused": True}, ["other", "draft"]),
        ({"used_in": "spring"}, ["school"]),
        ({"drafts": True}, ["draft"]),
        ({"countries": ("uz",)}, ["other"]),
        ({"countries": ("uz", "ru")}, ["other", "school", "draft"]),
        ({"topics": ("osh",), "unused": True}, ["draft"]),
        ({"since": datetime.date(2015, 4, 1)}, ["other"]),
        ({"until": datetime.date(2015, 3, 17)}, ["school", "draft"]),
        ({"text": "ЕЩЕ  школа"}, ["other"]),
        ({"kinds": ("event",)}, []),
    ],
)
def test_what_is_looked_for_is_found(
    office: Path, wishes: dict[str, Any], found: list[str]
) -> None:
    assert sorted(wanted(office, **wishes)) == sorted(found)


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        ({"countries": ("kzz",)}, "there is no country “kzz” - did you mean `kz`?"),
        ({"topics": ("oss",)}, "there is no topic “oss” - did you mean `osh`?"),
        ({"used_in": "sprng"}, "there is no issue “sprng” - did you mean `spring`?"),
    ],
)
def test_a_name_that_is_not_known_is_not_simply_empty(
    office: Path, wishes: dict[str, Any], said: str
) -> None:
    folder = Folder(office)
    with pytest.raises(WrongUsage) as refused:
        Wanted(**wishes).insist(folder.settings().value, folder.slugs())
    assert str(refused.value) == said


def test_a_story_in_two_issues_is_a_warning_and_an_event_is_not(office: Path) -> None:
    write(office, "issues/summer/issue.yaml", SUMMER)
    (doubt,) = catalogue(Folder(office))[1]
    assert str(doubt).startswith("issues/items/school.yaml:1:1: stands in more than one issue: ")
    event = ITEM.replace("kind: news", "kind: event\nstarts: 2015-07-02")
    event = event.replace("  title", "  place: Osh\n  title")
    write(office, "issues/items/school.yaml", event)
    assert catalogue(Folder(office))[1] == []


def test_a_rule_takes_no_draft(office: Path) -> None:
    edit(office, "issues/spring/issue.yaml", "items: [school]", "pick: { kind: news }")
    ready = proof(Folder(office), "spring")
    assert [entry.id for entry in ready.composition.chosen[0]] == ["other", "school"]


def test_an_issue_that_names_a_draft_has_to_wait(office: Path) -> None:
    edit(office, "issues/spring/issue.yaml", "[school]", "[school, draft]")
    with pytest.raises(InputRefused) as refused:
        proof(Folder(office), "spring")
    assert str(refused.value) == (
        "issues/items/draft.yaml:1:1: draft is still a draft - finish it and delete the line "
        "`draft: true`, or take it out of the issue"
    )
