"""Reading a whole workspace: all faults of all files at once, and a file again when it changed."""

import os
from pathlib import Path

import pytest

from newsletter.compose.compose import compose
from newsletter.compose.workspace import Folder, load
from newsletter.errors import InputRefused, WrongUsage
from tests.workspace import ITEM, LISTS, SETTINGS, edit, run_check, write


def test_the_faults_of_all_files_are_told_together(small: Path) -> None:
    edit(small, "newsletter.yaml", "time_zone: Europe/Moscow", "time_zone: Europe/Moskow")
    edit(small, "subscribers/lists.yaml", "owner: office@example.org", "owner: office")
    edit(small, "issues/items/school.yaml", "2015-03-17", "soon")
    write(small, "issues/items/other.yaml", "kind: [")
    edit(small, "issues/spring/issue.yaml", "serial:", "serials:")
    with pytest.raises(InputRefused) as caught:
        load(Folder(small), "spring")
    assert [finding.place.file for finding in caught.value.findings] == [
        "issues/items/other.yaml",
        "issues/items/school.yaml",
        "issues/spring/issue.yaml",
        "issues/spring/issue.yaml",
        "newsletter.yaml",
        "subscribers/lists.yaml",
    ]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputRefused) as caught:
        load(Folder(tmp_path))
    assert str(caught.value) == (
        "newsletter.yaml: there is no such file - check the name, or create the file\n"
        "subscribers/lists.yaml: there is no such file - check the name, or create the file"
    )


def test_an_issue_that_is_not_there_is_wrong_usage(small: Path) -> None:
    with pytest.raises(WrongUsage, match=r"there is no issue sprng - did you mean `spring`\?"):
        compose(Folder(small), "sprng")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("default_language: en", "default_language: kk", ":20:1: “kk” is not one of `languages`"),
        ("Europe/Moscow", "Europe/Moskva", ":21:1: “Europe/Moskva” is not a time zone"),
        ("[en, ru]", "[en, ru, zz]", ":19:21: “zz” is not the tag of a known language"),
        ("[en, ru]", "[en, ru, english]", ":19:21: “english” is not the tag of a known language"),
        ("  kz: { en: Kazakhstan, ru", "  kz: { en", ":29:3: the block `ru:` is missing"),
        ("  ru: { name: Бюро примеров }\n", "", ":14:1: the block `ru:` is missing"),
        (
            "  ru: { name: Бюро",
            "  kk: { name: а }\n  ru: { name: Бюро",
            ":18:3: `kk` is not a language of this newsletter",
        ),
    ],
)
def test_names_in_the_settings_are_checked(small: Path, old: str, new: str, expected: str) -> None:
    assert old in SETTINGS
    edit(small, "newsletter.yaml", old, new)
    assert f"newsletter.yaml{expected}" in run_check(small)


def test_two_items_of_one_name_are_refused(small: Path) -> None:
    write(small, "issues/items/2015/school.yaml", ITEM)
    with pytest.raises(InputRefused, match="a second item is called school") as caught:
        load(Folder(small))
    assert "give one of the files another name" in str(caught.value)


def test_what_an_editor_program_leaves_behind_is_no_item(small: Path) -> None:
    write(small, "issues/items/school.yaml~", "{")
    write(small, "issues/items/.school.yaml.swp", "{")
    assert set(load(Folder(small))[0].pool) == {"school"}


def test_a_file_is_read_again_when_it_changed_and_only_then(small: Path) -> None:
    folder = Folder(small)
    first = folder.lists()
    assert folder.lists() is first
    write(small, "subscribers/lists.yaml", LISTS.replace("For the media", "For the press"))
    os.utime(small / "subscribers/lists.yaml", ns=(1, 1))
    assert folder.lists().value.lists["media"].texts["en"].name == "For the press"


def test_a_faulty_file_is_refused_again_until_it_is_mended(small: Path) -> None:
    folder = Folder(small)
    write(small, "subscribers/lists.yaml", "lists: [")
    for _ in range(2):
        with pytest.raises(InputRefused, match="a value is missing here"):
            folder.lists()
    write(small, "subscribers/lists.yaml", LISTS)
    assert set(folder.lists().value.lists) == {"media"}
