"""What known answers ask for: each row by the very text that its provider sends.

Addresses and names of hosts in the replies are examples; the words are those of the provider.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.model.mailing import Outcome, Scope, Stage, Verdict
from newsletter.smtp.answers import LONGEST_PAUSE, About, Kind, advice_of, known_answer
from newsletter.smtp.answertable import ANSWERS
from newsletter.smtp.replies import ReplyParser, outcome_of

SLOW, QUOTA, GREY, BLOCKED, BUSY = Kind
RELAY, DOMAIN, MAILBOX = About


def _read() -> Iterator[tuple[str, Kind, About, int | None]]:
    """Yield what stands in answers.txt."""
    text = (Path(__file__).parent / "answers.txt").read_text(encoding="utf-8")
    for block in text.split("\n\n")[1:]:
        head, *lines = block.strip().splitlines()
        kind, about, pause = head.split()
        reply = "\n".join(line.removeprefix("    ") for line in lines)
        yield reply, Kind(kind), About(about), None if pause == "-" else int(pause)


REPLIES = list(_read())


def heard(reply: str, stage: Stage = Stage.FINAL) -> Outcome:
    """Return the Outcome of a reply that comes over the wire."""
    octets = "".join(f"{line}\r\n" for line in reply.splitlines()).encode()
    (found,) = ReplyParser().feed(octets)
    return outcome_of(stage, found.code, found.text)


@pytest.mark.parametrize(("reply", "kind", "about", "pause"), REPLIES)
def test_a_known_answer_asks_for(reply: str, kind: Kind, about: About, pause: int | None) -> None:
    advice = advice_of(heard(reply))
    assert advice
    assert (advice.kind, advice.about, advice.pause) == (kind, about, pause)


@pytest.mark.parametrize(("reply", "kind", "about", "pause"), REPLIES)
@pytest.mark.parametrize("stage", [Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.FINAL])
def test_a_known_answer_about_us_costs_no_recipient_the_mail(
    reply: str, kind: Kind, about: About, pause: int | None, stage: Stage
) -> None:
    outcome = heard(reply, stage)
    if about is RELAY or kind is BLOCKED:
        assert outcome.scope in (Scope.SENDER, Scope.CONNECTION, Scope.POLICY)
    if kind in (SLOW, QUOTA, BUSY):
        assert outcome.scope is not Scope.POLICY  # which stops the send at once
    if about is MAILBOX and stage is not Stage.MAIL:
        assert (outcome.verdict, outcome.scope) == (Verdict.DEFERRED, Scope.RECIPIENT)


def test_every_row_is_met_by_a_reply_and_says_where_it_was_seen() -> None:
    met = {
        known_answer(each.code, each.enhanced, each.text)
        for each in map(heard, dict.fromkeys(reply for reply, *_ in REPLIES))
    }
    assert met == set(ANSWERS)
    assert all(answer.seen and answer.words for answer in ANSWERS)


def test_words_for_the_operator_can_follow_a_colon() -> None:
    for answer in ANSWERS:
        assert not answer.words.endswith("."), answer
        assert re.match(
            r"[a-z]|Gmail|GMX|Microsoft|Outlook|Yahoo|Yandex|Mail\.ru|Zoho", answer.words
        )


@pytest.mark.parametrize(
    "reply",
    [
        "250 2.0.0 Ok: queued as 12345",
        "550 5.1.1 <anna@example.com>: no such user",
        "450 4.2.2 mailbox full",
        "451 4.3.0 Try again later",
        "421 closing",
        "554 5.7.1 rejected",
    ],
)
def test_what_nobody_has_seen_gets_no_advice(reply: str) -> None:
    assert advice_of(heard(reply)) is None


def test_what_was_taken_gets_no_advice_whatever_its_words() -> None:
    assert advice_of(heard("250 Greylisted, but taken")) is None


def test_a_fault_without_a_reply_gets_no_advice() -> None:
    lost = Outcome(
        verdict=Verdict.UNKNOWN, stage=Stage.FINAL, scope=Scope.CONNECTION, text="Greylisted"
    )
    assert advice_of(lost) is None


def test_the_words_of_a_refused_login_are_known_too() -> None:
    text = "the relay refused the login: Authentication failed: Maximum credits exceeded"
    refused = Outcome(
        verdict=Verdict.RELEASED, stage=Stage.CONNECT, scope=Scope.POLICY, code=451, text=text
    )
    advice = advice_of(refused)
    assert advice
    assert advice.kind is QUOTA


@given(st.integers(400, 599), st.integers(0, 10**9))
def test_no_reply_makes_us_wait_for_more_than_a_day(code: int, seconds: int) -> None:
    text = f"Too many messages. Try again in {seconds} seconds"
    advice = advice_of(outcome_of(Stage.FINAL, code, text))
    assert advice
    assert advice.pause is not None
    assert 0 <= advice.pause <= LONGEST_PAUSE
