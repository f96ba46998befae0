"""Reading a whole workspace: all faults of all files at once, and a file again when it changed."""

import os
from pathlib import Path

import pytest

from newsletter.checks.proof import proof
from newsletter.compose.catalogue import catalogue
from newsletter.compose.compose import compose
from newsletter.compose.workspace import Folder, item_faults, load
from newsletter.errors import InputRefused, WrongUsage
from newsletter.model.finding import Severity
from tests.workspace import ISSUE, ITEM, LISTS, SETTINGS, edit, run_check, write


def test_the_faults_of_all_files_are_told_together(small: Path) -> None:
    edit(small, "newsletter.yaml", "time_zone: Europe/Moscow", "time_zone: Europe/Moskow")
    edit(small, "subscribers/lists.yaml", "owner: office@example.org", "owner: office")
    edit(small, "issues/items/school.yaml", "2015-03-17", "soon")
    edit(small, "issues/spring/issue.yaml", "layout: brief", "layout: briefs")
    edit(small, "templates/plain/theme.yaml", ", ru: Отписаться", "")
    with pytest.raises(InputRefused) as caught:
        proof(Folder(small), "spring")
    assert [finding.place.file for finding in caught.value.findings] == [
        "issues/items/school.yaml",
        "issues/spring/issue.yaml",
        "newsletter.yaml",
        "subscribers/lists.yaml",
        "templates/plain/theme.yaml",
    ]


def test_the_items_of_an_issue_that_cannot_be_read_are_told_with_it(small: Path) -> None:
    edit(small, "issues/items/school.yaml", "2015-03-17", "soon")
    write(small, "issues/items/other.yaml", "kind: [")
    edit(small, "issues/spring/issue.yaml", "number: 1", "number: one")
    with pytest.raises(InputRefused) as caught:
        load(Folder(small), "spring")
    assert [finding.place.file for finding in caught.value.findings] == [
        "issues/items/school.yaml",
        "issues/spring/issue.yaml",
    ]


@pytest.mark.parametrize(
    "sections",
    ["sections: 1", "sections: [1]", "sections: [{items: 1}]", "sections: [{items: [1]}]"],
)
def test_sections_that_are_none_are_simply_told(small: Path, sections: str) -> None:
    write(small, "issues/spring/issue.yaml", ISSUE[: ISSUE.index("sections:")] + sections)
    with pytest.raises(InputRefused) as caught:
        load(Folder(small), "spring")
    assert {each.place.file for each in caught.value.findings} == {"issues/spring/issue.yaml"}


def test_a_new_language_is_missed_everywhere_in_one_round(small: Path) -> None:
    for name in ("newsletter.yaml", "issues/spring/issue.yaml"):
        edit(small, name, "languages: [en, ru]", "languages: [en, ru, kk]")
    with pytest.raises(InputRefused) as caught:
        proof(Folder(small), "spring")
    told = str(caught.value)
    for place in (
        "issues/spring/issue.yaml:1:1: the block `kk:` is missing - ",
        "issues/items/school.yaml:1:1: the block `kk:` is missing - ",
        "newsletter.yaml:1:1: the block `kk:` is missing in `publisher` - ",
        "newsletter.yaml:29:3: the block `kk:` is missing in `countries: kz` - ",
        "theme.yaml:6:3: the block `kk:` is missing in `strings: unsubscribe` - ",
    ):
        assert place in told


def test_a_language_that_the_office_has_not_is_told_in_the_lists(small: Path) -> None:
    edit(small, "subscribers/lists.yaml", "    ru:", "    kk: { name: БАҚ }\n    ru:")
    assert run_check(small) == (
        "subscribers/lists.yaml:6:5: `kk` is not a language of this newsletter - known: en, ru "
        "(see `languages` in newsletter.yaml)"
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("languages: [en, ur]", "5:21: there is no language “ur” - known: en, ru"),
        ("languages: [kk]", "5:17: there is no language “kk” - known: en, ru"),
        ("opt_in: dubble", "5:5: `opt_in` cannot be “dubble” - did you mean `double`?"),
        (
            "{ open: true, opt_in: staff }",
            "2:3: `media` is `open`, but only the staff puts readers on it",
        ),
    ],
)
def test_what_is_wrong_with_a_list_is_told_at_its_place(small: Path, line: str, said: str) -> None:
    lines = line.strip("{} ").split(", ") if line[0] == "{" else [line]
    options = "".join(f"    {each}\n" for each in lines)
    edit(small, "subscribers/lists.yaml", "    en: {", f"{options}    en: {{")
    assert run_check(small).startswith(f"subscribers/lists.yaml:{said}")


def test_a_list_needs_its_words_in_the_languages_in_which_it_goes_out(small: Path) -> None:
    edit(small, "subscribers/lists.yaml", "    ru: { name: Для прессы }", "    languages: [ru]")
    assert run_check(small).startswith(
        "subscribers/lists.yaml:2:3: the block `ru:` is missing in `lists: media`"
    )


def test_an_issue_has_an_edition_for_each_of_its_lists(small: Path) -> None:
    edit(small, "subscribers/lists.yaml", "    en: {", "    languages: [ru]\n    en: {")
    edit(small, "issues/spring/issue.yaml", "languages: [en, ru]", "languages: [en]")
    assert run_check(small).startswith(
        "issues/spring/issue.yaml:6:9: the list media goes out in ru, "
        "and the issue has no such edition"
    )


BY_RULE = ("items: [school]", "pick: { kind: news }")
EMPTY = 'kind: news\ndate: 2015-03-18\nen:\n  title: ""\n'
UNFINISHED = {
    "format": EMPTY,
    "name that is not there": ITEM.replace("[osh]", "[ohs]"),
    "no YAML": "kind: [",
}


@pytest.mark.parametrize("case", UNFINISHED)
@pytest.mark.parametrize("swap", [("", ""), BY_RULE])
def test_an_unfinished_item_is_a_warning_to_issues_that_do_not_name_it(
    small: Path, case: str, swap: tuple[str, str]
) -> None:
    edit(small, "issues/spring/issue.yaml", *swap)
    write(small, "issues/items/draft.yaml", UNFINISHED[case])
    ready = proof(Folder(small), "spring").require_no_errors()
    assert {(each.place.file, each.severity) for each in ready.findings} == {
        ("issues/items/draft.yaml", Severity.WARNING)
    }
    assert [entry.id for entry in ready.composition.chosen[0]] == ["school"]


@pytest.mark.parametrize("case", UNFINISHED)
def test_an_unfinished_item_is_an_error_to_an_issue_that_names_it(small: Path, case: str) -> None:
    edit(small, "issues/spring/issue.yaml", "[school]", "[school, draft]")
    write(small, "issues/items/draft.yaml", UNFINISHED[case])
    with pytest.raises(InputRefused) as caught:
        proof(Folder(small), "spring")
    (finding,) = caught.value.findings
    assert (finding.place.file, finding.severity) == ("issues/items/draft.yaml", Severity.ERROR)


def test_a_rule_may_leave_out_an_unfinished_item(small: Path) -> None:
    edit(small, "issues/spring/issue.yaml", "items: [school]", "pick: { except: [draft] }")
    write(small, "issues/items/draft.yaml", EMPTY)
    assert proof(Folder(small), "spring").errors == ()


def test_the_workspace_as_a_whole_has_every_fault_of_its_items(small: Path) -> None:
    write(small, "issues/items/draft.yaml", EMPTY)
    write(small, "issues/items/other.yaml", UNFINISHED["name that is not there"])
    faults = item_faults(Folder(small))
    assert {each.place.file for each in faults} == {
        "issues/items/draft.yaml",
        "issues/items/other.yaml",
    }
    assert {each.severity for each in faults} == {Severity.ERROR}


def test_the_catalogue_lists_what_can_be_read_and_names_the_rest(small: Path) -> None:
    write(small, "issues/items/draft.yaml", EMPTY)
    write(small, "issues/summer/issue.yaml", ISSUE.replace("layout: brief", "layout: briefs"))
    entries, doubts = catalogue(Folder(small))
    assert [(entry.id, entry.issues) for entry in entries] == [("school", ("spring",))]
    assert [(each.place.file, each.severity) for each in doubts] == [
        ("issues/items/draft.yaml", Severity.WARNING),
        ("issues/summer/issue.yaml", Severity.WARNING),
    ]


MISNAMED = [
    "school (1).yaml",
    "School.yaml",
    "школа.yaml",
    "spring_school.yaml",
    "school.YAML",
    "school.Yml",
    "school.yaml.txt",
]


@pytest.mark.parametrize("name", MISNAMED)
def test_a_copy_with_a_name_of_its_own_does_not_double_a_story(small: Path, name: str) -> None:
    edit(small, "issues/spring/issue.yaml", *BY_RULE)
    write(small, f"issues/items/{name}", ITEM)
    ready = proof(Folder(small), "spring").require_no_errors()
    assert [entry.id for entry in ready.composition.chosen[0]] == ["school"]
    (finding,) = ready.findings
    assert str(finding).startswith(
        f"issues/items/{name}: an item's file cannot be called “{name}” - rename it with small "
    )


def test_an_item_whose_ending_is_misspelt_is_not_simply_missing(small: Path) -> None:
    (small / "issues/items/school.yaml").rename(small / "issues/items/school.YAML")
    assert run_check(small).startswith("issues/items/school.YAML: an item's file cannot be called")


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
        load(Folder(small), "spring")
    assert "give one of the files another name" in str(caught.value)


def test_what_an_editor_program_leaves_behind_is_no_item(small: Path) -> None:
    write(small, "issues/items/school.yaml~", "{")
    write(small, "issues/items/.school.yaml.swp", "{")
    write(small, "issues/items/._school.yaml", "{")
    office, _ = load(Folder(small))
    assert set(office.pool) == {"school"}
    assert office.doubts == []


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
