"""A mail as the preview serves it: nothing but what was asked for is changed."""

import re
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.checks.page import read_page
from newsletter.model.finding import Finding, Severity, Spot
from newsletter.studio.findings import marks_of
from newsletter.studio.live import Look
from newsletter.studio.mail import SCHEMES, MailView, mail_html, mail_text
from newsletter.studio.ports import Draft
from newsletter.studio.readers import NOBODY, Reader, sample_readers
from tests.studio.drafts import draft_of, finding
from tests.studio.served import Elements, Preview
from tests.workspace import ROOT

OWN_STYLE = re.compile(r"<style>:root \{ color-scheme.*?</style>(?=</head>)", re.DOTALL)
ADDED = re.compile(r' data-finding="[^"]*" data-grave="[a-z]+"( id="at-f\d+")?')


@cache
def sample_draft() -> Draft:
    return draft_of(ROOT, "2015-1")


def tags(page: str) -> list[tuple[str, dict[str, str]]]:
    """Return the elements of a mail as served, without the style that is the preview's own."""
    return Elements.of(OWN_STYLE.sub("", page)).found


def found_at(*elements: int, severity: Severity = Severity.ERROR) -> tuple[Finding, ...]:
    return tuple(finding(f"no. {each}", Spot("en", each), severity) for each in elements)


def marked(draft: Draft, *elements: int, **view: object) -> str:
    marks = {each: [(f"f{each}", finding("", Spot("en", each)))] for each in elements}
    return mail_html(draft, "en", MailView(marks=marks, **view))  # type: ignore[arg-type]


@given(st.sets(st.integers(0, 400), min_size=1, max_size=5), st.sampled_from(SCHEMES))
def test_a_mark_is_at_the_element_of_its_number_and_nothing_else_is_changed(
    elements: set[int], scheme: str
) -> None:
    page = marked(sample_draft(), *elements, scheme=scheme)
    names = [attributes.get("data-finding") for _, attributes in tags(page)]
    assert {number: name for number, name in enumerate(names) if name} == {
        number: f"f{number}" for number in elements
    }
    plain = mail_html(sample_draft(), "en", MailView(scheme=scheme))  # type: ignore[arg-type]
    assert ADDED.sub("", page).split("</head>")[1] == plain.split("</head>")[1]


def test_several_findings_at_one_element_are_named_together_by_the_gravest() -> None:
    draft = sample_draft()
    marks = {
        90: [
            ("f2", finding("a", Spot("en", 90), Severity.NOTE)),
            ("f1", finding("b", Spot("en", 90), Severity.WARNING)),
        ]
    }
    _, attributes = tags(mail_html(draft, "en", MailView(marks=marks)))[90]
    assert (attributes["data-finding"], attributes["data-grave"]) == ("f2 f1", "warning")


def test_a_finding_without_a_place_in_the_mail_or_of_another_edition_marks_nothing() -> None:
    draft = sample_draft()
    found = (finding("of the list"), finding("of the ru edition", Spot("ru", 90)), *found_at(91))
    look = Look("", draft, draft)
    with_findings = Draft(editions=draft.editions, findings=found)
    assert marks_of(Look("", with_findings, with_findings), "en").keys() == {91}
    assert marks_of(Look("", Draft(findings=found), look.shown), "en") == {}


def test_a_mark_on_an_element_that_is_not_there_is_left_out(spring: Path) -> None:
    draft = draft_of(spring)
    count = len(read_page(draft.editions["en"].rendering.html).elements)
    assert ADDED.search(marked(draft, count)) is None


def test_pictures_off_leaves_their_places_and_words(preview_of_sample: Preview) -> None:
    on = Elements.of(preview_of_sample.get("/mail/2015-1/en.html").text).all("img")
    off = Elements.of(preview_of_sample.get("/mail/2015-1/en.html?pictures=off").text).all("img")
    assert {image["src"] for image in off} == {"/picture/off"}
    without = [{name: each for name, each in image.items() if name != "src"} for image in on]
    assert [image | {"src": ""} for image in off] == [image | {"src": ""} for image in without]
    answer = preview_of_sample.get("/picture/off")
    assert (answer.status, answer.body) == (200, b"")


@pytest.mark.parametrize("scheme", ["partial", "full"])
def test_forced_dark_is_what_a_program_makes_of_the_light_colours(scheme: str) -> None:
    page = mail_html(sample_draft(), "en", MailView(scheme=scheme))  # type: ignore[arg-type]
    assert "prefers-color-scheme" not in page
    light = sample_draft().editions["en"].rendering.html
    assert light.count("background-color:#ffffff") > 3
    assert "background-color:#ffffff" not in page
    assert [tag for tag, _ in tags(page)] == [tag for tag, _ in tags(light)]


def test_each_invented_reader_is_greeted_as_a_send_would_do(spring: Path) -> None:
    draft = draft_of(spring)
    readers = {each.key: each for each in sample_readers(draft.languages)}
    assert readers.keys() == {"", "sample-en", "sample-ru", "long", "signs"}
    assert mail_text(draft, "en", NOBODY).startswith("Dear reader,")
    assert mail_text(draft, "en", readers["sample-en"]).startswith("Dear Anna Smith,")
    assert mail_text(draft, "ru", readers["sample-ru"]).startswith("Здравствуйте, Иван Соколов!")
    page = mail_html(draft, "en", MailView(reader=readers["signs"]))
    assert "O’Neil &amp; Sons &lt;“Press”&gt;" in page


def test_whoever_is_chosen_no_link_can_unsubscribe_them(spring: Path) -> None:
    draft = draft_of(spring)
    somebody = Reader(key="subscriber-1", label="", name="Anna", language="ru", address="a@b.org")
    for reader in (NOBODY, somebody):
        page = Elements.of(mail_html(draft, "en", MailView(reader=reader)))
        (leave,) = [each["href"] for each in page.all("a") if "unsubscribe" in each["href"]]
        assert leave == "https://news.example.org/unsubscribe/sample"


def test_a_reader_gets_the_edition_of_their_language_or_the_usual_one(spring: Path) -> None:
    draft = draft_of(spring)
    for language, edition in {"ru": "ru", "en": "en", "kk": "en", "": "en"}.items():
        assert draft.edition_for(Reader(key="", label="", language=language)) == edition
