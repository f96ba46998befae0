"""The marks of our mails are found wherever reports carry them, and cannot be made up."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.message.recipient import seal_of, with_token
from newsletter.model.judging import Proof
from newsletter.returns.parts import take_apart
from newsletter.returns.tracing import Trace, texts_of, traces_in, wish_to_leave
from newsletter.tokens import KeyRing, Purpose, to_local_part, to_url

KEYS = KeyRing({1: b"k" * 32})
OTHER_KEYS = KeyRing({1: b"o" * 32})
BOX = "bounces@office.example.org"


def path(number: int, keys: KeyRing = KEYS) -> str:
    return with_token(BOX, keys.sign(Purpose.RETURN, number))


def traces(message: str) -> list[Trace]:
    texts = texts_of(take_apart(message.encode()))
    return traces_in(texts, KEYS, lambda issue, number: seal_of(KEYS, issue, number))


@pytest.mark.parametrize(
    "message",
    [
        "To: {path}\n\nx",
        "Delivered-To: {path}\nTo: someone@example.org\n\nx",
        "To: <{upper}>\n\nx",
        "To: x@example.org\nContent-Type: text/plain\n\nmail from <{path}> was refused",
        (
            "To: x@example.org\nContent-Type: multipart/report; boundary=B\n\n--B\nContent-Type: "
            "text/rfc822-headers\n\nReturn-Path: <{path}>\nSubject: y\n\n--B--\n"
        ),
        (
            "To: x@example.org\nContent-Type: multipart/report; boundary=B\n\n--B\nContent-Type: "
            "message/rfc822\n\nReturn-Path: <{path}>\nSubject: y\n\nz\n--B--\n"
        ),
    ],
)
def test_a_token_is_found_wherever_a_report_has_it(message: str) -> None:
    text = message.format(path=path(77), upper=path(77).upper())
    assert traces(text) == [Trace(Proof.RETURN_PATH, delivery_id=77)]


def test_a_message_id_counts_with_its_seal_alone() -> None:
    good = f"<2026-1.77.{seal_of(KEYS, '2026-1', 77)}@office.example.org>"
    assert traces(f"In-Reply-To: {good}\n\nx") == [Trace(Proof.MESSAGE_ID, delivery_id=77)]
    assert traces(f"In-Reply-To: {good.replace('.77.', '.78.')}\n\nx") == []
    assert traces(f"In-Reply-To: {good.replace('2026-1', '2026-2')}\n\nx") == []


def test_a_link_of_the_mail_leads_to_the_subscription() -> None:
    token = to_url(KEYS.sign(Purpose.UNSUBSCRIBE, 5, 2))
    text = f"Subject: x\n\nList-Unsubscribe: <https://news.example.org/unsubscribe/{token}>\n"
    assert traces(text) == [Trace(Proof.LINK, subscriber_id=5, list_id=2)]
    confirm = to_url(KEYS.sign(Purpose.CONFIRM, 5, 2))
    assert traces(text.replace(token, confirm)) == []


def test_tokens_of_other_keys_and_purposes_are_nothing() -> None:
    assert traces(f"To: {path(77, OTHER_KEYS)}\n\nx") == []
    leave = with_token(BOX, KEYS.sign(Purpose.UNSUBSCRIBE, 5, 2))
    assert traces(f"To: {leave}\n\nx") == []
    assert wish_to_leave(take_apart(f"To: {leave}\n\nx".encode()), KEYS) == (5, 2)
    assert wish_to_leave(take_apart(f"To: {path(5)}\n\nx".encode()), KEYS) is None
    body = f"To: x@example.org\n\nplease write to {leave}"
    assert wish_to_leave(take_apart(body.encode()), KEYS) is None


@given(
    st.integers(1, 2**40), st.integers(0, 200), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567")
)
def test_no_letter_of_a_token_can_be_changed(number: int, place: int, letter: str) -> None:
    token = to_local_part(KEYS.sign(Purpose.RETURN, number))
    place %= len(token)
    changed = token[:place] + letter + token[place + 1 :]
    found = traces(f"To: bounces+{changed}@office.example.org\n\nx")
    assert found == ([Trace(Proof.RETURN_PATH, delivery_id=number)] if changed == token else [])


@given(st.binary(max_size=2000))
def test_any_octets_are_looked_through_without_an_error(data: bytes) -> None:
    assert traces_in(texts_of(take_apart(data)), KEYS, lambda *_: "-") == []
    assert wish_to_leave(take_apart(data), KEYS) is None


def test_a_thousand_made_up_marks_cost_no_thousand_checks() -> None:
    made_up = "\n".join(f"bounces+{number:a>30}@example.org" for number in range(5000))
    tried = []

    class Counting(KeyRing):
        def verify(self, purpose: Purpose, token: bytes) -> tuple[int, ...] | None:
            tried.append(token)
            return super().verify(purpose, token)

    text = re.sub(r"\d", "b", made_up)
    traces_in(
        [text, made_up.translate(str.maketrans("0123456789", "abcdefghij"))],
        Counting(KEYS.keys),
        lambda *_: "-",
    )
    assert len(tried) <= 600
