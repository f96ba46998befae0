"""Rules about what an inbox shows: the subject and the line after it."""

from pathlib import Path

import pytest

from newsletter.checks import inbox
from newsletter.model.finding import Severity
from tests.checks.samples import PAGE_FILE, SPRING, found, lines
from tests.workspace import edit

PREHEADER = "preheader: A school for the young, and what they said about their work"
HIDDEN = '<div style="display:none">{{ edition.preheader }}{{ ("&#847; " * 60) | safe }}</div>'


def test_a_long_subject_is_cut_by_inboxes(small: Path) -> None:
    edit(small, SPRING, "subject: News of the spring", f"subject: {'a' * 70}")
    assert lines(inbox.subject_length, small) == []
    edit(small, SPRING, "subject: aaa", "subject: aaaa")
    (finding,) = found(inbox.subject_length, small)
    assert finding.severity is Severity.WARNING
    assert str(finding).startswith(f"{SPRING}:8:3: the subject has 71 characters; inboxes cut")


@pytest.mark.parametrize(
    ("subject", "told"),
    [
        ("NEWS from THE SPRING of LABOUR", "in capitals: “SPRING LABOUR”"),
        ("News of the spring!!!", "has “!!!” in it"),
        ("Are you coming?!", "has “?!” in it"),
        ("News of the spring!", ""),
        ("ILO and UNESCO meet in Moscow", ""),
    ],
)
def test_a_subject_that_shouts_is_told(small: Path, subject: str, told: str) -> None:
    edit(small, SPRING, "subject: News of the spring", f'subject: "{subject}"')
    said = lines(inbox.subject_shouts, small)
    assert [told in each for each in said] == ([True] if told else [])
    assert all(each.startswith(f"{SPRING}:8:3: ") for each in said)


@pytest.mark.parametrize(
    ("subject", "told"),
    [("Newsletter", True), ("Issue No. 60", False), ("Young miners meet", False)],
)
def test_a_subject_of_any_issue_is_told(small: Path, subject: str, told: bool) -> None:
    edit(small, SPRING, "subject: News of the spring", f'subject: "{subject}"')
    edit(small, SPRING, "subject: Новости весны", "subject: Новости долгой весны")
    found_in_it = found(inbox.subject_number, small)
    assert [str(each.place) for each in found_in_it] == ([f"{SPRING}:8:3"] if told else [])


def test_a_phone_shows_what_is_new(small: Path) -> None:
    series = "Newsletter of the Office, No. 1 (60)"
    edit(small, SPRING, "subject: News of the spring", f'subject: "{series}: spring"')
    (told,) = lines(inbox.subject_front, small)
    assert told.startswith(f"{SPRING}:8:3: a phone shows only “{series}:…” - put what is new")
    edit(small, SPRING, f"{series}: spring", "Newsletter No. 1 (60): spring in the North")
    assert lines(inbox.subject_front, small) == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("a" * 39, "the preheader has 39 characters; 40 to 110 read best - lengthen it"),
        ("a" * 40, None),
        ("a" * 110, None),
        ("a" * 111, "the preheader has 111 characters; 40 to 110 read best - shorten it"),
        ("NEWS of the  spring", None),  # that is told by the other rule
    ],
)
def test_a_preheader_is_a_second_try(small: Path, words: str, expected: str | None) -> None:
    edit(small, SPRING, PREHEADER, f"preheader: {words}")
    told = lines(inbox.preheader, small)
    assert told == ([f"{SPRING}:9:3: {expected}"] if expected else [])


def test_a_preheader_that_repeats_the_subject_is_an_error(small: Path) -> None:
    assert lines(inbox.preheader_repeats, small) == []
    edit(small, SPRING, PREHEADER, "preheader: NEWS of the  spring")
    (finding,) = found(inbox.preheader_repeats, small)
    assert finding.severity is Severity.ERROR
    assert str(finding) == (
        f"{SPRING}:9:3: the preheader repeats the subject - say what else is in the issue"
    )


def test_a_page_without_its_preheader_is_told(small: Path) -> None:
    assert lines(inbox.preheader_missing, small) == []
    edit(small, PAGE_FILE, HIDDEN, "")
    (told,) = lines(inbox.preheader_missing, small)
    assert told.startswith(f"{PAGE_FILE}:1:1: the page does not begin with the preheader")


def test_a_preheader_that_the_page_runs_into_is_told_at_its_tag(small: Path) -> None:
    assert lines(inbox.preheader_padding, small) == []
    edit(small, PAGE_FILE, "* 60", "* 2")
    places = {str(each.place) for each in found(inbox.preheader_padding, small)}
    assert places == {f"{PAGE_FILE}:5:20"}
