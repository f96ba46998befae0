"""Rules about the mail as readers and mail programs get it."""

from pathlib import Path

import pytest

from newsletter.checks import mail
from newsletter.checks.page import read_page
from newsletter.model.finding import Severity
from tests.checks.samples import PAGE_FILE, SPRING, TEXT_FILE, found_in, lines, small_way
from tests.workspace import TEXT, edit

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
    findings = found_in(mail.html_size, html=("", filling))
    assert [each.severity for each in findings] == ([severity] if severity else [])
    assert all(str(each).startswith(f"{SPRING}:13:1: {message}") for each in findings)


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
    (finding,) = found_in(mail.unsubscribe, html=(LINK, instead))
    assert finding.severity is Severity.ERROR
    assert str(finding).startswith(
        f"{PAGE_FILE}: the en edition has no visible link to unsubscribe"
    )


def test_a_picture_with_words_is_a_way_out() -> None:
    button = '<a href="[[unsubscribe_url]]"><img src="a.png" alt="Unsubscribe"></a>'
    assert found_in(mail.unsubscribe, html=(LINK, button)) == []


def test_a_text_without_a_way_out_is_an_error() -> None:
    (finding,) = found_in(mail.unsubscribe, text=("[[unsubscribe_url]]", ""))
    assert finding.severity is Severity.ERROR
    assert str(finding).startswith(f"{TEXT_FILE}: the text of the en edition has no address to")


def test_a_postal_address_that_lacks_a_line_is_an_error() -> None:
    (finding,) = found_in(mail.postal_address, html=("1 Example Street", ""))
    assert finding.severity is Severity.ERROR
    assert str(finding) == (
        f"{PAGE_FILE}: the en edition lacks of the postal address: 1 Example Street - "
        "print every line of edition.publisher.address"
    )
    (finding,) = found_in(mail.postal_address, text=("1 Example Street, Moscow", ""))
    assert finding.place.file == TEXT_FILE
    assert finding.message.endswith("1 Example Street; Moscow")


def test_an_address_may_be_broken_into_lines() -> None:
    broken = "1\n   Example&nbsp;<b>Str</b>eet"
    assert found_in(mail.postal_address, html=("1 Example Street", broken)) == []
    assert found_in(mail.postal_address, text=("1 Example Street", "1 Example\n  Street")) == []


@pytest.mark.parametrize("given", ['lang="ru"', 'lang=""', ""])
def test_a_page_in_the_wrong_voice_is_an_error(given: str) -> None:
    (finding,) = found_in(mail.page_language, html=('lang="en"', given))
    assert finding.severity is Severity.ERROR
    assert str(finding).startswith(f"{PAGE_FILE}: the en edition says that its language is “")


@pytest.mark.parametrize("title", ["<title></title>", "<title>  </title>", ""])
def test_a_page_without_title_is_an_error(title: str) -> None:
    (finding,) = found_in(mail.page_title, html=("<title>News of the spring</title>", title))
    assert finding.severity is Severity.ERROR
    assert str(finding).startswith(f"{PAGE_FILE}: the en edition has no title - write <mj-title>")


def test_long_lines_of_the_text_are_told_but_not_long_addresses() -> None:
    address = f"https://www.example.org/{'a' * 90}"
    welcome = f"\n{'a' * 78}\n{address}\nSee {address}\n{'b' * 70}: {address}\n"
    assert found_in(mail.text_lines, text=("", welcome)) == []
    (finding,) = found_in(mail.text_lines, text=("", f"\n{'a' * 79}\n{'b ' * 60}\n"))
    assert finding.severity is Severity.WARNING
    assert str(finding).startswith(
        f"{TEXT_FILE}: 2 lines of the en text are longer than 78 characters, the first: “aaaa"
    )


def test_a_text_that_is_only_a_teaser_is_told(small: Path) -> None:
    edit(small, TEXT_FILE, TEXT, "{{ slots.greeting }}\n{{ slots.unsubscribe_url }}\n")
    english, russian = lines(mail.text_parity, small)
    assert english.startswith(f"{TEXT_FILE}: the text of the en edition has ")
    assert "% of the words of the page; it lacks: school, for, the, young, forty …" in english
    assert "школа, для, молодых" in russian


def test_a_text_may_lack_a_few_words(small: Path) -> None:
    edit(small, TEXT_FILE, "{{ link.label }}:\n", "")
    assert lines(mail.text_parity, small) == []


def test_a_page_is_read_as_people_see_it() -> None:
    page = read_page(
        '<html lang="ru"><head><title> A\n b </title><style>c</style></head><body>'
        '<div style="display:none">hidden<p>too</p><br></div>one<b>two</b><p>three</p>'
        "<script>d</script><!-- e -->four&nbsp;\u00a0five</i></body></html>"
    )
    assert (page.language, page.title, page.words) == ("ru", "A b", "onetwo three four five")
