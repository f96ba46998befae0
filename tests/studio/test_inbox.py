"""What an inbox shows of a mail."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.studio.inbox import cut
from tests.studio.served import Elements, Preview
from tests.workspace import edit

LONG = "News of the spring: a school for the young, and what they have said about their own work"


@given(st.text(), st.integers(1, 80))
def test_a_text_is_cut_where_the_room_ends(text: str, room: int) -> None:
    shown = cut(text, room)
    assert len(shown) <= room
    if len(text) <= room:
        assert shown == text
    else:
        assert shown.endswith("…")
        assert text.startswith(shown[:-1])


@pytest.mark.parametrize(("width", "shown"), [("desktop", LONG[:69]), ("small", LONG[:39])])
def test_the_line_over_the_mail_is_that_of_the_inbox_it_is_read_in(
    spring: Path, preview: Preview, width: str, shown: str
) -> None:
    edit(spring, "issues/spring/issue.yaml", "News of the spring", f'"{LONG}"')
    page = Elements.of(preview.get(f"/issue/spring?edition=en&width={width}").text)
    assert f"Office of Examples12:00{shown.rstrip()}…" in page.words


def test_the_inbox_view_has_phone_and_desktop_in_both_schemes_and_says_what_is_cut(
    spring: Path, preview: Preview
) -> None:
    edit(spring, "issues/spring/issue.yaml", "News of the spring", f'"{LONG}"')
    page = Elements.of(preview.get("/issue/spring?edition=en&view=inbox").text)
    lines = [each for each in page.all("div") if each.get("class", "").startswith("inbox ")]
    assert [(each["class"], each["data-scheme"]) for each in lines] == [
        ("inbox phone", "light"),
        ("inbox phone", "dark"),
        ("inbox desktop", "light"),
        ("inbox desktop", "dark"),
    ]
    assert f"The subject has {len(LONG)} letters; of these {len(LONG) - 40} are cut" in page.words
    assert f"of these {len(LONG) - 70} are cut: “…{LONG[69:]}”" in page.words
