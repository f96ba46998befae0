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
    (finding,) = found(links.link_http, small)
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


def test_a_link_to_a_mailbox_that_is_none_is_an_error(small: Path) -> None:
    edit(small, SCHOOL, TEXT_LINK, "(mailto:anna)")
    (finding,) = found(links.link_targets, small)
    assert str(finding) == (
        f"{SCHOOL}:8:3: the link “rights” is to “anna”, which is no mail address - "
        "write it as mailto:name@example.org"
    )
    edit(small, SCHOOL, "(mailto:anna)", "(mailto:anna%40example.org,boris@example.org?subject=A)")
    assert lines(links.link_targets, small) == []


@pytest.mark.parametrize("address", ["", "#", "http://[broken", "https://", "mailto:"])
def test_a_link_of_the_theme_that_leads_nowhere_is_told_there(address: str) -> None:
    (finding,) = found_in(links.link_targets, html=("", f'<a href="{address}">here it is</a>'))
    assert str(finding).startswith(f"{PAGE_FILE}: the link “here it is” leads nowhere: “{address}”")


def test_a_public_address_inside_the_office_is_told_in_the_settings(small: Path) -> None:
    edit(small, "newsletter.yaml", "https://news.example.org", "http://localhost:8000")
    link = '<a href="{{ edition.view_url }}">View</a>'
    edit(small, "templates/plain/issue.mjml.j2", "          <a", f"          {link}\n          <a")
    told = dict.fromkeys(lines(links.link_targets, small))
    assert [each.split(" - ")[0] for each in told if "“View”" in each] == [
        "newsletter.yaml:22:1: the link “View” leads to localhost, which readers cannot reach"
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
    (finding,) = found(links.link_vague, small)
    assert finding.severity is Severity.WARNING
    assert str(finding.place) == f"{SCHOOL}:10:7"
    assert "does not say where the link leads - name what stands there" in str(finding)


def test_a_vague_label_in_a_text_is_told_in_the_text(small: Path) -> None:
    edit(small, SCHOOL, "[правах]", "[здесь]")
    assert [str(each.place) for each in found(links.link_vague, small)] == [f"{SCHOOL}:15:3"]


@pytest.mark.parametrize(
    "label",
    ["About the school", "Read more about the school", "www.example.org", "Example.org/school"],
)
def test_a_label_that_says_where_is_welcome(small: Path, label: str) -> None:
    edit(small, SCHOOL, "label: About the school", f"label: {label}")
    assert lines(links.link_vague, small) == []
    assert lines(links.link_disguised, small) == []


def test_a_label_that_is_another_address_is_told(small: Path) -> None:
    edit(small, SCHOOL, "label: About the school", "label: https://www.bank.example/school")
    (told,) = lines(links.link_disguised, small)
    assert told.startswith(
        f"{SCHOOL}:10:7: the link says “https://www.bank.example/school” and leads to "
        "https://www.example.org/school"
    )


def test_a_link_without_words_is_an_error() -> None:
    address = "https://www.example.org/school"
    for inside in ("", '<img src="a.png">', '<img src="a.png" alt=" ">'):
        findings = found_in(links.link_empty, html=("", f'<a href="{address}">{inside}</a>'))
        assert [(each.severity, each.message) for each in findings] == [
            (Severity.ERROR, f"the link to “{address}” has no words")
        ]
    named = f'<a href="{address}"><img src="a.png" alt="The school"></a>'
    assert found_in(links.link_empty, html=("", named)) == []


def test_links_that_nobody_sees_are_let_be() -> None:
    for hidden in (
        '<!--[if mso]><a href="">x</a><![endif]-->',
        '<div style="display:none"><a>x</a></div>',
    ):
        assert found_in(links.link_targets, html=("", hidden)) == []


@pytest.mark.parametrize(
    ("html", "told"),
    [
        ('<a href="https://a.example/">Same</a> <a href="https://b.example/">same</a>', True),
        ('<a href="https://a.example/">Same</a> <a href="https://a.example/">Same</a>', False),
        ('<a href="https://a.example/">One</a> <a href="https://b.example/">Other</a>', False),
    ],
)
def test_links_of_one_name_lead_to_one_place(html: str, told: bool) -> None:
    said = [each.message for each in found_in(links.link_same_words, html=("", html))]
    message = "“same” leads to https://b.example/, above to https://a.example/"
    assert said == ([message] if told else [])


@pytest.mark.parametrize(
    ("html", "told"),
    [
        ('<a href="tel:4959330810">(495) 933 08 10</a>', "cannot be dialled from abroad"),
        ('<a href="tel:+74959330811">+7 (495) 933 08 10</a>', "dials +74959330811"),
        ('<a href="tel:+74959330810">+7 (495) 933 08 10</a>', ""),
        ('<a href="tel:+74959330810">Call us</a>', ""),
    ],
)
def test_a_telephone_dials_what_it_shows(html: str, told: str) -> None:
    said = [each.message for each in found_in(links.link_telephone, html=("", html))]
    assert [told in each for each in said] == ([True] if told else [])


@pytest.mark.parametrize(
    ("html", "told"),
    [
        ('<a href="https://a.example/" style="text-decoration: none">Words</a>', True),
        ('<a href="https://a.example/" style="text-decoration:underline">Words</a>', False),
        (
            '<a href="https://a.example/" style="text-decoration:none;background:#000">Go on</a>',
            False,
        ),
        (
            '<a href="https://a.example/" style="text-decoration:none"><img src="a" alt="b"></a>',
            False,
        ),
    ],
)
def test_a_link_is_underlined(html: str, told: bool) -> None:
    assert bool(found_in(links.link_line, html=("", html))) is told


def test_a_link_that_hides_its_address_is_told(small: Path) -> None:
    edit(small, SCHOOL, ITEM_LINK, "url: https://bit.ly/school")
    (told,) = lines(links.link_shortened, small)
    assert told.startswith(f"{SCHOOL}:11:7: the link “About the school” hides behind bit.ly")
    edit(small, SCHOOL, "https://bit.ly/school", "https://rabbit.ly/school")
    assert lines(links.link_shortened, small) == []


@pytest.mark.parametrize(
    ("address", "label", "told"),
    [
        ("https://www.example.org/en/school", "О школе", True),
        ("https://en.example.org/school", "О школе", True),
        ("https://www.example.org/school?lang=en", "О школе", True),
        ("https://www.example.org/en/school", "О школе (на английском языке)", False),
        ("https://www.example.org/ru/school", "О школе", False),
        ("https://www.example.org/school", "О школе", False),
        ("https://www.example.org/encore/school", "О школе", False),
    ],
)
def test_a_link_into_another_language_is_told(
    small: Path, address: str, label: str, told: bool
) -> None:
    old = "    - label: О школе\n      url: https://www.example.org/school"
    edit(small, SCHOOL, old, f"    - label: {label}\n      url: {address}")
    places = [str(each.place) for each in found(links.link_edition, small)]
    assert places == ([f"{SCHOOL}:18:7"] if told else [])
