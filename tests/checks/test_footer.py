"""Rules about what every mail must hold: who, why, where, and the way out."""

from pathlib import Path

import pytest

from newsletter.checks import footer
from newsletter.checks.rule import Rule
from newsletter.model.finding import Severity
from tests.checks.samples import PAGE_FILE, SETTINGS, TEXT_FILE, found, found_in, lines
from tests.workspace import edit

LINK = '<a href="[[unsubscribe_url]]">Unsubscribe</a>'


@pytest.mark.parametrize(
    "instead",
    [
        "",
        "<!-- [[unsubscribe_url]] -->",
        "[[unsubscribe_url]]",
        '<a href="[[unsubscribe_url]]"></a>',
        '<a href="[[unsubscribe_url]]"><img src="dot.gif" alt=""></a>',
        f'<div style="display: none">{LINK}</div>',
        f"<!--[if mso]>{LINK}<![endif]-->",
        '<a href="[[preferences_url]]">Unsubscribe</a>',
    ],
)
def test_a_page_without_a_visible_way_out_is_an_error(instead: str) -> None:
    (finding,) = found_in(footer.unsubscribe, html=(LINK, instead))
    assert finding.severity is Severity.ERROR
    assert str(finding).startswith(
        f"{PAGE_FILE}: the en edition has no visible link to unsubscribe"
    )


def test_a_picture_with_words_is_a_way_out() -> None:
    button = '<a href="[[unsubscribe_url]]"><img src="a.png" alt="Unsubscribe"></a>'
    assert found_in(footer.unsubscribe, html=(LINK, button)) == []


def test_a_text_without_a_way_out_is_an_error() -> None:
    (finding,) = found_in(footer.unsubscribe, text=("[[unsubscribe_url]]", ""))
    assert finding.severity is Severity.ERROR
    assert str(finding).startswith(f"{TEXT_FILE}:1:1: the text of the en edition has no address")


def test_a_postal_address_that_lacks_a_line_is_an_error() -> None:
    (finding,) = found_in(footer.postal_address, html=("1 Example Street", ""))
    assert finding.severity is Severity.ERROR
    assert str(finding) == (
        f"{PAGE_FILE}: the en edition lacks of the postal address: 1 Example Street - "
        "print every line of edition.publisher.address"
    )
    (finding,) = found_in(footer.postal_address, text=("1 Example Street, Moscow", ""))
    assert finding.place.file == TEXT_FILE
    assert finding.message.endswith("1 Example Street; Moscow")


def test_an_address_may_be_broken_into_lines() -> None:
    broken = "1\n   Example&nbsp;<b>Str</b>eet"
    assert found_in(footer.postal_address, html=("1 Example Street", broken)) == []
    assert found_in(footer.postal_address, text=("1 Example Street", "1 Example\n  Street")) == []


@pytest.mark.parametrize(
    ("url", "told"), [("http://news.example.org", True), ("https://news.example.org", False)]
)
def test_one_click_to_unsubscribe_needs_https(small: Path, url: str, told: bool) -> None:
    edit(small, SETTINGS, "public_url: https://news.example.org", f"public_url: {url}")
    findings = found(footer.unsubscribe_header, small)
    assert [str(each.place) for each in findings] == ([f"{SETTINGS}:22:1"] if told else [])
    assert all(each.severity is Severity.ERROR for each in findings)


@pytest.mark.parametrize(
    ("rule", "word", "said"),
    [
        (footer.sender_named, "Office of Examples", "does not say who publishes it"),
        (footer.reason_named, "You asked for this newsletter.", "does not say why the reader"),
    ],
)
def test_who_sends_it_and_why_stands_in_both_parts(rule: Rule, word: str, said: str) -> None:
    assert found_in(rule) == []
    (finding,) = found_in(rule, html=(word, "Somebody"))
    assert str(finding).startswith(f"{PAGE_FILE}: the en page {said}")
    (finding,) = found_in(rule, text=(word, "Somebody"))
    assert str(finding).startswith(f"{TEXT_FILE}:1:1: the en text {said}")


def test_both_parts_lead_to_the_edition_on_the_web() -> None:
    address = "https://news.example.org/issues/spring/en/"
    assert found_in(footer.view_online) == []
    (finding,) = found_in(
        footer.view_online, html=(f'href="{address}"', 'href="https://a.example"')
    )
    assert str(finding).startswith(f"{PAGE_FILE}: the en page has no link to itself on the web")
    (finding,) = found_in(footer.view_online, text=(address, ""))
    assert str(finding).startswith(f"{TEXT_FILE}:1:1: the en text has no address of itself")


def test_what_is_filled_in_stands_in_both_parts(small: Path) -> None:
    assert lines(footer.slots_alike, small) == []
    edit(small, TEXT_FILE, "{{ slots.greeting }}", "{{ slots.preferences_url }}")
    told = lines(footer.slots_alike, small)
    assert [each.split(", ")[0] for each in told] == [
        f"{TEXT_FILE}:1:1: the en text lacks [[greeting]]",
        f"{PAGE_FILE}:1:1: the en page lacks [[preferences_url]]",
        f"{TEXT_FILE}:1:1: the ru text lacks [[greeting]]",
        f"{PAGE_FILE}:1:1: the ru page lacks [[preferences_url]]",
    ]


def test_a_slot_that_does_not_exist_is_the_business_of_another_rule() -> None:
    assert found_in(footer.slots_alike, html=("", "[[name]]")) == []
