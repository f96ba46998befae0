"""B22: whatever comes back, it is read without an error and without end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.model.returns import ReportKind
from newsletter.returns.reading import read_report
from newsletter.returns.words import marks, sayings
from tests.returns.test_reading import notification

_SERVER = b"From: mailer-daemon@x.example\nSubject: Undelivered mail\nReturn-Path: <>\n\n"
_NEST = b"".join(
    b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(1000)
)
_GROUP = b"Final-Recipient: rfc822; u%d@example.org\nAction: failed\nStatus: 5.1.1\n\n"
_TRAPS = {
    "fifty megabytes": _SERVER + b"<a@example.org>: user unknown\n" * 1_700_000,
    "a thousand parts in each other": _NEST,
    "messages in messages": b"Content-Type: message/rfc822\n\n" * 20_000,
    "ten thousand recipients": b"Content-Type: multipart/report; boundary=x\n\n--x\n"
    b"Content-Type: message/delivery-status\n\nReporting-MTA: dns; a\n\n"
    + b"".join(_GROUP % n for n in range(10_000)),
    "headers without end": b"X: y\n" * 200_000,
    "parameters without end": b"Content-Type: a/b; " + b'a="b"; ' * 100_000 + b"\n\nx",
    "boundaries without end": b"Content-Type: multipart/mixed; boundary=x\n\n"
    + b"--x\n\n" * 200_000,
    "words in bad base64": b"Subject: " + b"=?utf-8?b?" * 100_000 + b"\n\nx",
    **{
        f"{unit.decode()!r} repeated": _SERVER + unit * (600_000 // len(unit))
        for unit in (
            b"a@",
            b" ",
            b"-",
            b"<",
            b"to: ",
            b".a",
            b"user is ",
            b"the header ",
            b"<a ",
            b"> ",
        )
    },
}


@pytest.mark.timeout(30)
@pytest.mark.parametrize("data", [pytest.param(data, id=name) for name, data in _TRAPS.items()])
def test_b22_no_message_is_a_trap(data: bytes) -> None:
    assert read_report(data).kind in set(ReportKind)


@given(st.binary(max_size=2000))
def test_b22_any_octets_are_read(data: bytes) -> None:
    assert read_report(data).kind in set(ReportKind)


@given(st.data())
def test_b22_any_damage_to_a_report_is_survived(data: st.DataObject) -> None:
    whole = bytearray(notification("5.1.1", "550 5.1.1 User unknown"))
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, len(whole)))
        whole[place : place + data.draw(st.integers(0, 60))] = data.draw(st.binary(max_size=30))
    assert len(read_report(bytes(whole)).recipients) <= 8


def test_rows_are_in_small_letters_and_say_where_they_were_seen() -> None:
    rows = sayings()
    assert len({row.pattern.pattern for row in rows}) == len(rows) > 100
    for row in rows:
        plain = row.pattern.pattern.replace("\\S", "").replace("\\W", "").replace("\\D", "")
        assert plain == plain.lower()
        assert "ё" not in plain
        assert row.seen
        assert not row.pattern.search("")
    for name in ("daemons", "names", "failures", "delays", "answers", "challenges", "originals"):
        assert not marks(name).search("")
