"""Rules about the mail as a whole: its size, and that both parts say the same."""

from pathlib import Path

import pytest
from PIL import Image

from newsletter.checks import whole
from newsletter.checks.checked import Checked
from newsletter.model.finding import Finding, Severity
from tests.checks.samples import SCHOOL, SPRING, TEXT_FILE, found_in, lines, small_way
from tests.workspace import TEXT, edit, take_the_way

KB = 1024


@pytest.mark.parametrize(
    ("size", "severity", "message"),
    [
        (90 * KB, None, ""),
        (90 * KB + 1, Severity.WARNING, "the en edition has 90 KB of HTML; it must stay below 102"),
        (
            102 * KB,
            Severity.WARNING,
            "the en edition has 102 KB of HTML; it must stay below 102 KB",
        ),
        (
            102 * KB + 1,
            Severity.ERROR,
            "the en edition has 102 KB of HTML; Gmail cuts it after 102",
        ),
    ],
)
def test_a_mail_that_gmail_cuts_is_told(size: int, severity: Severity | None, message: str) -> None:
    now = len(small_way().renderings["en"].html.encode())
    letters = (size - now) // 2
    filling = "я" * letters + "a" * (size - now - 2 * letters)
    findings = [
        each
        for rule in (whole.html_size, whole.html_size_near)
        for each in found_in(rule, html=("", filling))
        if "the en edition" in each.message
    ]
    assert [each.severity for each in findings] == ([severity] if severity else [])
    assert all(str(each).startswith(f"{SPRING}:13:1: {message}") for each in findings)


def test_long_lines_of_the_text_are_told_but_not_long_addresses() -> None:
    address = f"https://www.example.org/{'a' * 90}"
    welcome = f"\n{'a' * 78}\n{address}\nSee {address}\n{'b' * 70}: {address}\n"
    assert found_in(whole.text_lines, text=("", welcome)) == []
    (finding,) = found_in(whole.text_lines, text=("", f"\n{'a' * 79}\n{'b ' * 60}\n"))
    assert finding.severity is Severity.WARNING
    assert str(finding).startswith(
        f"{TEXT_FILE}:1:1: 2 lines of the text of the en edition are longer than 78 "
        "characters, the first: “aaaa"
    )


def test_a_text_that_is_only_a_teaser_is_told(small: Path) -> None:
    edit(small, TEXT_FILE, TEXT, "{{ slots.greeting }}\n{{ slots.unsubscribe_url }}\n")
    english, russian = lines(whole.text_parity, small)
    assert english.startswith(f"{TEXT_FILE}:1:1: the text of the en edition has ")
    assert "% of the words of the page; it lacks: office, examples, school, for, the …" in english
    assert "школа, для, молодых" in russian


def test_a_text_may_lack_a_few_words(small: Path) -> None:
    edit(small, TEXT_FILE, "{{ link.label }}:\n", "")
    assert lines(whole.text_parity, small) == []


def test_a_link_that_the_text_lacks_is_told_where_it_is_written(small: Path) -> None:
    assert lines(whole.text_links, small) == []
    edit(small, TEXT_FILE, "{{ link.url }}", "")
    assert [each.split(" is missing")[0] for each in lines(whole.text_links, small)] == [
        f"{SCHOOL}:11:7: https://www.example.org/school",
        f"{SCHOOL}:18:7: https://www.example.org/school",
    ]


def test_a_text_without_links_of_one_reader_alone_is_welcome() -> None:
    link = '<a href="[[preferences_url]]">Settings</a> <a href="tel:+74950000000">Call</a>'
    assert found_in(whole.text_links, html=("", link)) == []


def test_a_message_too_large_for_a_server_is_an_error(small: Path) -> None:
    (small / "issues/images").mkdir()
    Image.effect_noise((1200, 900), 90).save(small / "issues/images/a.png")
    edit(
        small, SCHOOL, "en:\n", "image: {file: images/a.png, rights: own}\nen:\n  image_alt: Hall\n"
    )
    edit(small, SCHOOL, "ru:\n", "ru:\n  image_alt: Зал\n")
    way = take_the_way(small)
    checked = Checked(way.composition, way.renderings)

    def told(megabytes: float) -> list[Finding]:
        return list(whole.message_size(checked, {"megabytes": megabytes}))

    assert told(50) == []
    english, russian = told(0.01)
    assert english.severity is Severity.ERROR
    assert str(english).startswith(f"{SPRING}:13:1: the en message has 1.")
    assert "the ru message has" in russian.message
