"""Names in items and issues: whatever is not there is named, with the nearest that is."""

import os
from pathlib import Path

import pytest

from tests.workspace import ISSUE, ITEM, edit, run_check, write

SCHOOL = "issues/items/school.yaml"
SPRING = "issues/spring/issue.yaml"
PICK = "    items: [school]"

UNKNOWN = {
    "country": (
        SCHOOL,
        "[ru]",
        "[ru, kzz]",
        ":3:17: there is no country “kzz” - did you mean `kz`",
    ),
    "topic": (SCHOOL, "[osh]", "[ohs]", ":4:10: there is no topic “ohs” - did you mean `osh`?"),
    "field left as typed": (
        SCHOOL,
        "  lead:",
        "  verbatim: [titlex]\n  lead:",
        ":7:14: there is no field “titlex” - did you mean `title`?",
    ),
    "language of a block": (
        SCHOOL,
        "ru:\n",
        "kk: {title: а}\nru:\n",
        ":12:1: `kk` is not a language of this newsletter",
    ),
    "theme": (SPRING, "plain", "plein", ":4:1: there is no theme “plein” - did you mean `plain`?"),
    "layout": (SPRING, "brief", "briefs", ":14:5: there is no layout “briefs” - did you mean"),
    "language": (SPRING, "[en, ru]", "[en, rus]", ":5:17: there is no language “rus”"),
    "list": (SPRING, "[media]", "[medya]", ":6:9: there is no list “medya” - did you mean `med"),
    "item": (SPRING, "[school]", "[shool]", ":15:13: there is no item “shool” - did"),
    "country of a rule": (
        SPRING,
        PICK,
        "    pick: {countries: [uzz]}",
        ":15:24: there is no country “uzz” - did you mean `uz`?",
    ),
    "topic of a rule": (SPRING, PICK, "    pick: {topics: [yout]}", "there is no topic “yout”"),
    "exception of a rule": (
        SPRING,
        PICK,
        "    pick: {except: [shool]}",
        ":15:21: there is no item “shool” - did you mean `school`?",
    ),
    "country twice": (SCHOOL, "[ru]", "[ru, ru]", ":3:17: the country “ru” stands here twice"),
    "list twice": (SPRING, "[media]", "[media, media]", ":6:16: the list “media” stands here tw"),
    "item twice": (SPRING, "[school]", "[school, school]", "the item “school” stands here twice"),
    "block of the issue missing": (
        SPRING,
        ISSUE[ISSUE.index("ru:\n") : ISSUE.index("sections:")],
        "",
        ":1:1: the block `ru:` is missing - add it beside the others, with the words in Russian",
    ),
    "block of a section missing": (
        SPRING,
        PICK,
        f"{PICK}\n    en: {{heading: News}}",
        ":14:5: the block `ru:` is missing in `sections: 1` - add it",
    ),
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_what_is_not_there_is_told_with_its_place(small: Path, case: str) -> None:
    file, old, new, expected = UNKNOWN[case]
    edit(small, file, old, new)
    assert expected in run_check(small)


def test_an_item_in_one_language_may_wait_in_the_pool_but_not_be_picked(small: Path) -> None:
    write(small, "issues/items/draft.yaml", ITEM[: ITEM.index("ru:\n")])
    assert run_check(small) == ""
    edit(small, SPRING, "[school]", "[school, draft]")
    assert run_check(small).startswith("issues/items/draft.yaml:1:1: the block `ru:` is missing")


OUTSIDE = ["../newsletter.yaml", "/etc/passwd", "images/../../newsletter.yaml"]
OUTSIDE += ["https://www.example.org/a.png", "file:///etc/passwd", r"\\server\a.png", "link/hosts"]


@pytest.mark.parametrize("file", OUTSIDE)
def test_a_picture_outside_the_issues_is_refused(small: Path, file: str) -> None:
    (small / "issues" / "link").symlink_to("/etc")
    edit(small, SCHOOL, "topics:", f"image: {{file: '{file}'}}\ntopics:")
    assert run_check(small) == (
        f"{SCHOOL}:4:9: the picture “{file}” lies outside the folder issues/ - "
        "copy it to issues/images/ and write `file: images/name.png`"
    )


@pytest.mark.parametrize("file", ["images/none.png", "a" * 400 + ".png"])
def test_a_picture_that_is_not_there_is_refused(small: Path, file: str) -> None:
    edit(small, SCHOOL, "topics:", f"image: {{file: {file}}}\ntopics:")
    assert f":4:9: there is no picture “{file}” - " in run_check(small)


@pytest.mark.parametrize(
    ("file", "what"),
    [
        ("images", "a folder"),
        ("images/folder.png", "a folder"),
        ("images/pipe.png", "a pipe or a device"),
        ("images/gone.png", "a link that leads nowhere"),
    ],
)
def test_what_is_no_file_is_called_what_it_is(small: Path, file: str, what: str) -> None:
    images = small / "issues" / "images"
    (images / "folder.png").mkdir(parents=True)
    os.mkfifo(images / "pipe.png")
    (images / "gone.png").symlink_to("nowhere.png")
    edit(small, SCHOOL, "topics:", f"image: {{file: {file}}}\ntopics:")
    assert run_check(small) == (
        f"{SCHOOL}:4:9: “{file}” is {what}, not a picture - name the file of a picture"
    )


def test_a_picture_that_is_nearly_there_is_offered(small: Path) -> None:
    write(small, "issues/images/school.png", b"")
    edit(small, SCHOOL, "topics:", "image: {file: images/shool.png}\ntopics:")
    assert run_check(small).endswith("“images/shool.png” - did you mean `images/school.png`?")


def test_a_picture_of_another_kind_is_refused(small: Path) -> None:
    write(small, "issues/images/school.svg", "<svg/>")
    edit(small, SCHOOL, "topics:", "image: {file: images/school.svg}\ntopics:")
    assert (
        ":4:9: “images/school.svg” is a drawing in SVG, which mail programs do not show - export it"
    ) in run_check(small)
    write(small, "issues/images/school.txt", "")
    edit(small, SCHOOL, "school.svg", "school.txt")
    assert (
        ":4:9: “images/school.txt” is not a PNG, JPEG, GIF, WebP or AVIF picture - open it"
    ) in run_check(small)


def test_a_link_that_leads_to_itself_is_no_picture(small: Path) -> None:
    (small / "issues" / "loop.png").symlink_to("loop.png")
    edit(small, SCHOOL, "topics:", "image: {file: loop.png}\ntopics:")
    assert f"{SCHOOL}:4:9: " in run_check(small)
