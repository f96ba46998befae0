"""What replies mean: a table of stages and codes, and reading whatever a server may send."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.model.mailing import Scope, Stage, Verdict
from newsletter.smtp.replies import (
    TEXT_LIMIT,
    BadReply,
    Reply,
    ReplyParser,
    decode_reply,
    outcome_of,
)

CONNECT, MAIL, RCPT, DATA, BODY, FINAL = list(Stage)[1:]
ACCEPTED, DEFERRED, REFUSED, UNKNOWN, RELEASED = Verdict
CONNECTION, SENDER, MESSAGE, RECIPIENT, POLICY = Scope

MEANINGS = [
    # stage, reply, verdict, scope
    (CONNECT, "421 4.3.2 too busy", RELEASED, CONNECTION),
    (CONNECT, "450 not now", RELEASED, CONNECTION),
    (CONNECT, "454 4.7.0 TLS not available", RELEASED, POLICY),
    (CONNECT, "554 5.7.1 we do not know you", RELEASED, POLICY),
    (CONNECT, "535 5.7.8 bad credentials", RELEASED, POLICY),
    (MAIL, "421 closing", RELEASED, CONNECTION),
    (MAIL, "451 4.3.2 not accepting", RELEASED, CONNECTION),
    (MAIL, "452 4.3.1 out of space", RELEASED, CONNECTION),
    (MAIL, "452 out of space", RELEASED, CONNECTION),
    (MAIL, "451 local error", RELEASED, SENDER),
    (MAIL, "451 4.7.1 slow down", RELEASED, SENDER),
    (MAIL, "450 4.7.1 Error: too much mail from 192.0.2.1", RELEASED, SENDER),
    (MAIL, "451 4.7.26 not authenticated", RELEASED, POLICY),
    (MAIL, "451 4.7.500 Server busy. Please try again later from [192.0.2.1].", RELEASED, SENDER),
    (MAIL, "550 5.1.8 Access denied, bad outbound sender AS(42004)", RELEASED, POLICY),
    (MAIL, "454 4.7.0 log in again", RELEASED, POLICY),
    (MAIL, "454 not now", RELEASED, SENDER),
    (MAIL, "450 4.1.8 your domain is not found", RELEASED, SENDER),
    (MAIL, "550 5.1.0 sender rejected", RELEASED, SENDER),
    (MAIL, "553 not allowed", RELEASED, SENDER),
    (MAIL, "550 5.7.1 not authorised", RELEASED, POLICY),
    (MAIL, "530 5.7.0 log in first", RELEASED, POLICY),
    (MAIL, "503 5.5.1 nested MAIL", RELEASED, CONNECTION),
    (MAIL, "552 5.3.4 too big", REFUSED, MESSAGE),
    (MAIL, "552 too big", REFUSED, MESSAGE),
    (MAIL, "550 5.6.7 no letters beyond ASCII", REFUSED, RECIPIENT),
    (MAIL, "354 what", RELEASED, CONNECTION),
    (RCPT, "421 4.7.0 too many", RELEASED, CONNECTION),
    (RCPT, "450 4.2.0 greylisted", DEFERRED, RECIPIENT),
    (RCPT, "450 4.7.1 greylisted", DEFERRED, RECIPIENT),
    (RCPT, "451 try later", DEFERRED, RECIPIENT),
    (RCPT, "451 4.7.500 access denied for now", RELEASED, SENDER),
    (RCPT, "451 4.7.28 mail flood", RELEASED, SENDER),
    (
        RCPT,
        "451 4.7.500 Server busy. Please try again later from [192.0.2.1].",
        DEFERRED,
        RECIPIENT,
    ),
    (RCPT, "454 4.7.1 <anna@example.com>: Relay access denied", DEFERRED, POLICY),
    (RCPT, "550 5.1.90 daily limit reached", RELEASED, SENDER),
    (RCPT, "550 5.4.5 Daily user sending limit exceeded.", RELEASED, SENDER),
    (RCPT, "550 message sending for this account is disabled", REFUSED, POLICY),
    (RCPT, "432 4.3.2 STOREDRV.Deliver; recipient thread limit exceeded", DEFERRED, RECIPIENT),
    (RCPT, "452 4.2.2 mailbox full", DEFERRED, RECIPIENT),
    (RCPT, "422 4.2.2 mailbox full", DEFERRED, RECIPIENT),
    (RCPT, "452 4.5.3 too many recipients", DEFERRED, CONNECTION),
    (RCPT, "451 4.3.0 look-up failed", DEFERRED, CONNECTION),
    (RCPT, "450 4.1.8 sender domain not found", RELEASED, SENDER),
    (RCPT, "550 5.1.8 sender domain not found", RELEASED, SENDER),
    (RCPT, "550 5.1.7 bad sender", RELEASED, SENDER),
    (RCPT, "550 5.1.1 no such user", REFUSED, RECIPIENT),
    (RCPT, "550 no such user", REFUSED, RECIPIENT),
    (RCPT, "550 5.5.0 mailbox unavailable", REFUSED, RECIPIENT),
    (RCPT, "599 odd", REFUSED, RECIPIENT),
    (RCPT, "552 5.2.2 mailbox full", REFUSED, RECIPIENT),
    (RCPT, "552 mailbox full", REFUSED, RECIPIENT),
    (RCPT, "552 5.2.3 too long for this mailbox", REFUSED, RECIPIENT),
    (RCPT, "553 5.6.7 no letters beyond ASCII", REFUSED, RECIPIENT),
    (RCPT, "550 5.7.1 blocked", RELEASED, SENDER),
    (RCPT, "554 5.7.1 relay access denied", RELEASED, SENDER),
    (RCPT, "550 5.7.133 the group takes none from outside", REFUSED, RECIPIENT),
    (RCPT, "550 5.7.17 the mailbox has a new owner", REFUSED, RECIPIENT),
    (RCPT, "530 5.7.0 log in first", RELEASED, POLICY),
    (RCPT, "503 5.5.1 MAIL first", RELEASED, CONNECTION),
    (RCPT, "504 5.5.2 bad HELO", RELEASED, CONNECTION),
    (DATA, "451 not now", DEFERRED, MESSAGE),
    (DATA, "452 4.3.1 out of space", DEFERRED, CONNECTION),
    (DATA, "421 closing", RELEASED, CONNECTION),
    (DATA, "454 Throttling failure: Maximum sending rate exceeded.", RELEASED, SENDER),
    (DATA, "550 5.7.1 refused", RELEASED, SENDER),
    (DATA, "554 refused", REFUSED, MESSAGE),
    (DATA, "503 5.5.1 RCPT first", RELEASED, CONNECTION),
    (DATA, "250 ok already", RELEASED, CONNECTION),
    (BODY, "250 ok already", UNKNOWN, CONNECTION),
    (BODY, "421 closing", RELEASED, CONNECTION),
    (BODY, "552 5.3.4 too big", REFUSED, MESSAGE),
    (BODY, "451 not now", DEFERRED, MESSAGE),
    (FINAL, "250 2.0.0 queued", ACCEPTED, RECIPIENT),
    (FINAL, "299 taken", ACCEPTED, RECIPIENT),
    (FINAL, "421 closing", DEFERRED, CONNECTION),
    (FINAL, "451 4.7.1 greylisted", DEFERRED, RECIPIENT),
    (FINAL, "451 4.7.26 not authenticated", DEFERRED, POLICY),
    (FINAL, "452 4.3.1 out of space", DEFERRED, CONNECTION),
    (FINAL, "450 try later", DEFERRED, MESSAGE),
    (FINAL, "454 Throttling failure: Maximum sending rate exceeded.", DEFERRED, SENDER),
    (FINAL, "454 Throttling failure: Daily message quota exceeded.", DEFERRED, SENDER),
    (FINAL, "432 4.3.2 Concurrent connections limit exceeded.", DEFERRED, SENDER),
    (FINAL, '451 4.7.1 Ratelimit "mailcow" exceeded', DEFERRED, SENDER),
    (FINAL, "451 4.7.1 Try again later", DEFERRED, RECIPIENT),
    (FINAL, "550 5.4.5 Daily user sending limit exceeded.", REFUSED, SENDER),
    (FINAL, "550 5.7.708 Access denied, traffic not accepted from this IP.", REFUSED, POLICY),
    (
        FINAL,
        "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException",
        REFUSED,
        SENDER,
    ),
    (FINAL, "554 5.2.2 mailbox full; STOREDRV.Submission.Exception:QuotaExceeded", REFUSED, POLICY),
    (FINAL, "421 4.7.28 Gmail has detected an unusual rate of mail", DEFERRED, CONNECTION),
    (FINAL, "550 5.1.1 no such user", REFUSED, RECIPIENT),
    (FINAL, "550 5.7.515 not authenticated", REFUSED, POLICY),
    (FINAL, "554 5.6.0 bad content", REFUSED, MESSAGE),
    (FINAL, "552 too much", REFUSED, MESSAGE),
    (FINAL, "552 5.2.3 message length exceeds administrative limit", REFUSED, MESSAGE),
    (FINAL, "500 line too long", REFUSED, MESSAGE),
    (FINAL, "354 go on", UNKNOWN, CONNECTION),
    (FINAL, "199 what", UNKNOWN, CONNECTION),
]


@pytest.mark.parametrize(("stage", "reply", "verdict", "scope"), MEANINGS)
def test_a_reply_means(stage: Stage, reply: str, verdict: Verdict, scope: Scope) -> None:
    code, _, text = reply.partition(" ")
    outcome = outcome_of(stage, int(code), text)
    assert (outcome.verdict, outcome.scope) == (verdict, scope)
    assert (outcome.stage, outcome.code) == (stage, int(code))


def test_the_enhanced_code_is_told_from_the_words() -> None:
    outcome = outcome_of(RCPT, 550, "5.1.1 <a@example.org>: no such user")
    assert (outcome.enhanced, outcome.text) == ("5.1.1", "<a@example.org>: no such user")
    assert outcome_of(RCPT, 550, "5.1.1").enhanced == "5.1.1"
    assert outcome_of(RCPT, 550, "10.1.1.1 is blocked").enhanced == ""
    assert outcome_of(RCPT, 550, "version 5.1.1 of the rules").enhanced == ""


@given(st.sampled_from(list(Stage)[1:]), st.integers(0, 999), st.text(max_size=60))
def test_whatever_is_replied_the_rules_hold(stage: Stage, code: int, text: str) -> None:
    outcome = outcome_of(stage, code, text)
    if outcome.verdict is ACCEPTED:
        assert (stage, code // 100) == (FINAL, 2)
    if outcome.verdict is UNKNOWN:
        assert stage is FINAL or (stage, code // 100) == (BODY, 2)
    if stage is FINAL:
        assert (
            outcome.verdict is not RELEASED
        )  # the recipient was named and the message handed over
    if outcome.verdict is DEFERRED:
        assert code // 100 == 4
    if outcome.verdict is REFUSED:
        assert code // 100 == 5
    if stage is CONNECT:
        assert outcome.verdict is RELEASED


def replies(*chunks: bytes) -> list[Reply]:
    parser = ReplyParser()
    return [reply for chunk in chunks for reply in parser.feed(chunk)]


def test_replies_are_told_apart_however_they_arrive() -> None:
    data = b"250-one\r\n250 two\r\n354 go\r\n250\r\n"
    expected = [Reply(250, "one two"), Reply(354, "go"), Reply(250, "")]
    assert replies(data) == expected
    assert replies(*(data[i : i + 1] for i in range(len(data)))) == expected


def test_repeated_enhanced_codes_are_said_once() -> None:
    assert replies(b"550-5.1.1 no\r\n550 5.1.1 such user\r\n") == [Reply(550, "5.1.1 no such user")]


def test_when_lines_disagree_the_last_counts() -> None:
    assert replies(b"250-fine\r\n550 or not\r\n") == [Reply(550, "fine or not")]


def test_bare_line_feeds_are_taken() -> None:
    assert replies(b"220 hello\n") == [Reply(220, "hello")]


@pytest.mark.parametrize(
    "line", [b"hello", b"", b"25 x", b"2500 x", b"abc x", b"250x", b"\xff\x00", b"650 x"]
)
def test_what_is_not_a_reply_is_an_error(line: bytes) -> None:
    with pytest.raises(BadReply, match="not an SMTP reply"):
        replies(line + b"\r\n")


def test_a_line_of_200_kilobytes_is_read_and_cut() -> None:
    (reply,) = replies(*([b"250 "] + [b"x" * 1000] * 200 + [b"\r\n"]))
    assert (reply.code, len(reply.text)) == (250, TEXT_LIMIT)


def test_a_reply_of_3000_lines_is_read_and_cut() -> None:
    (reply,) = replies(b"550-many words\r\n" * 2999 + b"250 done\r\n")
    assert (reply.code, len(reply.text)) == (250, TEXT_LIMIT)


def test_a_reply_without_end_is_an_error() -> None:
    with pytest.raises(BadReply, match="without end"):
        replies(*([b"x" * 65536] * 17))
    with pytest.raises(BadReply, match="without end"):
        replies(*([b"250-more\r\n" * 6000] * 20))


@pytest.mark.parametrize("encoding", ["utf-8", "cp1251", "koi8-r"])
def test_russian_is_read_in_any_of_its_code_pages(encoding: str) -> None:
    words = "Почтовый ящик получателя переполнен"
    assert decode_reply(words.encode(encoding)) == words


@given(st.binary(max_size=3000))
def test_any_octets_become_printable_words(octets: bytes) -> None:
    text = decode_reply(octets)
    assert text.isprintable()
    assert len(text) <= TEXT_LIMIT
    text.encode()


@given(st.binary(max_size=300), st.lists(st.integers(1, 40), max_size=20))
def test_any_octets_are_replies_or_an_error(data: bytes, cuts: list[int]) -> None:
    chunks, start = [], 0
    for cut in cuts:
        chunks.append(data[start : start + cut])
        start += cut
    try:
        whole = replies(data)
    except BadReply:
        with pytest.raises(BadReply):
            replies(*chunks, data[start:])
    else:
        assert replies(*chunks, data[start:]) == whole
