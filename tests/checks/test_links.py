"""Rules about links."""

from pathlib import Path

import pytest

from newsletter.checks import links
from newsletter.model.finding import Severity
from tests.checks.samples import PAGE_FILE, SCHOOL, found, found_in, lines
from tests.workspace import edit

ITEM_LINK = "url: https://www.example.org/school"
TEXT_LINK = "(https://www.example.org/rights)"


REACHABLE = ["https://www.example.org/a?b=c#d", "mailto:office@example.org", "tel:+74950000000"]
REACHABLE += ["https://пример.example/путь", "https://8.8.8.8/"]


@pytest.mark.parametrize("address", REACHABLE)
def test_what_every_reader_can_reach_is_welcome(small: Path, address: str) -> None:
    edit(small, SCHOOL, ITEM_LINK, f"url: {address}")
    assert lines(links.link_targets, small) == []


def test_an_address_without_encryption_is_told(small: Path) -> None:
    edit(small, SCHOOL, ITEM_LINK, "url: http://www.example.org/school")
    (finding,) = found(links.link_targets, small)
    assert finding.severity is Severity.WARNING
    assert str(finding) == (
        f"{SCHOOL}:11:7: the link to www.example.org is not encrypted (http) - "
        "write https:// if the website has it"
    )


INSIDE = ["http://localhost:8000/", "https://127.0.0.1/", "https://[::1]/", "https://192.168.1.7/a"]
INSIDE += [
    "https://intranet/a",
    "https://files.local/",
    "https://a.localhost/",
    "https://10.0.0.1/",
]


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_the_office_is_an_error(small: Path, address: str) -> None:
    edit(small, SCHOOL, ITEM_LINK, f"url: {address}")
    (finding,) = found(links.link_targets, small)
    assert finding.severity is Severity.ERROR
    assert str(finding).startswith(f"{SCHOOL}:11:7: the link “About the school” leads to ")
    assert finding.message.endswith(", which readers cannot reach")


@pytest.mark.parametrize(
    "address", ["()", "(page.html)", "(/page)", "(#part)", "(ftp://example.org/)"]
)
def test_a_link_that_leads_nowhere_is_an_error(small: Path, address: str) -> None:
    edit(small, SCHOOL, TEXT_LINK, address)
    (finding,) = found(links.link_targets, small)
    assert finding.severity is Severity.ERROR
    assert str(finding) == (
        f"{SCHOOL}:8:3: the link “rights” leads nowhere: “{address[1:-1]}” - "
        "write the whole address, with https://"
    )


@pytest.mark.parametrize("address", ["", "#", "http://[broken", "https://", "mailto:"])
def test_a_link_of_the_theme_that_leads_nowhere_is_told_there(address: str) -> None:
    (finding,) = found_in(links.link_targets, html=("", f'<a href="{address}">here it is</a>'))
    assert str(finding).startswith(f"{PAGE_FILE}: the link “here it is” leads nowhere: “{address}”")


def test_a_public_address_inside_the_office_is_told_in_the_settings(small: Path) -> None:
    edit(small, "newsletter.yaml", "https://news.example.org", "http://localhost:8000")
    link = '<a href="{{ edition.view_url }}">View</a>'
    edit(small, "templates/plain/issue.mjml.j2", "          <a", f"          {link}\n          <a")
    told = lines(links.link_targets, small)
    assert [each.split(" - ")[0] for each in told] == [
        "newsletter.yaml: the link “View” leads to localhost, which readers cannot reach"
    ]


VAGUE = [
    "here",
    "Click here",
    "Read more …",
    "here »",
    "Подробнее",
    "Читать далее →",
    "здесь",
    "«Тут»",
]


@pytest.mark.parametrize("label", VAGUE)
def test_a_label_that_says_nothing_is_told(small: Path, label: str) -> None:
    edit(small, SCHOOL, "label: About the school", f"label: {label}")
    (finding,) = found(links.link_labels, small)
    assert finding.severity is Severity.WARNING
    assert str(finding.place) == f"{SCHOOL}:10:7"
    assert "does not say where the link leads - name what stands there" in str(finding)


def test_a_vague_label_in_a_text_is_told_in_the_text(small: Path) -> None:
    edit(small, SCHOOL, "[правах]", "[здесь]")
    assert [str(each.place) for each in found(links.link_labels, small)] == [f"{SCHOOL}:15:3"]


@pytest.mark.parametrize(
    "label",
    ["About the school", "Read more about the school", "www.example.org", "Example.org/school"],
)
def test_a_label_that_says_where_is_welcome(small: Path, label: str) -> None:
    edit(small, SCHOOL, "label: About the school", f"label: {label}")
    assert lines(links.link_labels, small) == []


def test_a_label_that_is_another_address_is_told(small: Path) -> None:
    edit(small, SCHOOL, "label: About the school", "label: https://www.bank.example/school")
    (told,) = lines(links.link_labels, small)
    assert told.startswith(
        f"{SCHOOL}:10:7: the link says “https://www.bank.example/school” and leads to "
        "https://www.example.org/school"
    )


def test_a_link_without_words_is_an_error() -> None:
    address = "https://www.example.org/school"
    for inside in ("", '<img src="a.png">', '<img src="a.png" alt=" ">'):
        findings = found_in(links.link_labels, html=("", f'<a href="{address}">{inside}</a>'))
        assert [(each.severity, each.message) for each in findings] == [
            (Severity.ERROR, f"the link to “{address}” has no words")
        ]
    named = f'<a href="{address}"><img src="a.png" alt="The school"></a>'
    assert found_in(links.link_labels, html=("", named)) == []


def test_links_that_nobody_sees_are_let_be() -> None:
    for hidden in (
        '<!--[if mso]><a href="">x</a><![endif]-->',
        '<div style="display:none"><a>x</a></div>',
    ):
        assert found_in(links.link_targets, html=("", hidden)) == []
