"""The sink of the benchmarks: it takes every mail, however it comes, and remembers who got it."""

import asyncio
from collections.abc import Sequence
from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from benchmarks.send.sink import Book, Session, serve

BODY = b"Subject: x\r\n\r\n..\r\n.\r\nstill BDAT\r\n" + b"x" * 300_000 + b"\r\n"
STUFFED = b"Subject: x\r\n\r\n..\r\n...\r\nQUIT\r\nstill DATA\r\n"


class Wire:
    """The other side of a session: what it was told."""

    def __init__(self) -> None:
        self.told = b""
        self.closed = False

    def write(self, data: bytes) -> None:
        self.told += data

    def close(self) -> None:
        self.closed = True

    abort = close

    @property
    def codes(self) -> list[bytes]:
        return [line[:3] for line in self.told.splitlines()]


def say(octets: bytes, cuts: Sequence[int] = (), *, chunking: bool = True) -> tuple[Book, Wire]:
    """Let a session have `octets`, cut at `cuts`; return its book and what it said."""
    book, wire = Book(), Wire()
    session = Session(book, chunking=chunking)
    session.connection_made(cast("asyncio.Transport", wire))
    places = sorted({min(cut, len(octets)) for cut in cuts} | {len(octets)})
    start = 0
    for end in places:
        feed(session, octets[start:end])
        start = end
    return book, wire


def feed(session: Session, octets: bytes) -> None:
    while octets:
        room = session.get_buffer(-1)
        taken = min(len(room), len(octets))
        room[:taken] = octets[:taken]
        session.buffer_updated(taken)
        octets = octets[taken:]


def envelope(*recipients: bytes) -> bytes:
    return b"MAIL FROM:<a@example.org> BODY=8BITMIME\r\n" + b"".join(
        b"RCPT TO:<%s>\r\n" % each for each in recipients
    )


def chunk(octets: bytes, last: bytes = b" LAST") -> bytes:
    return b"BDAT %d%s\r\n" % (len(octets), last) + octets


DIALOGUE = b"".join(
    (
        b"EHLO office.example.org\r\n",
        envelope(b"1@example.com") + b"DATA\r\n" + STUFFED + b".\r\n",
        envelope(b"2@example.com") + chunk(BODY),
        envelope(b"3@example.com") + chunk(BODY[:70_000], b"") + chunk(BODY[70_000:]),
        envelope(b"4@example.com") + chunk(BODY, b"") + chunk(b""),
        envelope(b"nobody@example.com") + b"RSET\r\n",
        envelope(b"5@example.com", b"6@example.com") + b"data\r\nx\r\n.\r\n",
        b"QUIT\r\n",
    )
)


@given(st.lists(st.integers(0, len(DIALOGUE)), max_size=12))
def test_wherever_the_stream_is_cut_the_book_is_the_same(cuts: list[int]) -> None:
    book, wire = say(DIALOGUE, cuts)
    assert book.recipients == b"".join(b"%d@example.com\n" % n for n in range(1, 7))
    assert book.messages == 5
    assert book.octets == len(STUFFED) + 3 * len(BODY) + len(b"x\r\n")
    assert wire.closed


@given(st.lists(st.integers(0, 2_000), max_size=60))
def test_small_pieces_change_nothing(cuts: list[int]) -> None:
    mails = b"".join(
        envelope(b"%d@example.com" % n) + b"DATA\r\n" + STUFFED + b".\r\n" for n in range(12)
    )
    book, wire = say(mails, cuts)
    assert (book.messages, book.octets) == (12, 12 * len(STUFFED))
    assert wire.codes == [b"220", *[b"250", b"250", b"354", b"250"] * 12]


def test_every_chunk_and_every_mail_is_answered() -> None:
    mail = envelope(b"1@example.com")
    assert say(mail + chunk(BODY, b"") + chunk(b""))[1].codes == [b"220"] + [b"250"] * 4


def test_chunking_is_offered_and_understood_only_if_wanted() -> None:
    _, wire = say(b"EHLO x\r\n" + envelope(b"1@example.com") + b"BDAT 0 LAST\r\n")
    assert b"250-CHUNKING\r\n" in wire.told
    assert b"250-PIPELINING\r\n" in wire.told
    assert b"250-SIZE " in wire.told
    book, wire = say(b"EHLO x\r\nBDAT 0 LAST\r\n", chunking=False)
    assert b"CHUNKING" not in wire.told
    assert wire.codes[-1] == b"500"
    assert book.messages == 0


def test_a_line_without_end_ends_the_connection() -> None:
    book, wire = Book(), Wire()
    session = Session(book)
    session.connection_made(cast("asyncio.Transport", wire))
    room = session.get_buffer(-1)
    session.buffer_updated(len(room))
    assert wire.closed


async def test_it_listens_and_begins_anew() -> None:
    book = Book()
    server = await serve(book, "127.0.0.1")
    async with server:
        port = server.sockets[0].getsockname()[1]
        for number in (1, 2):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(envelope(b"%d@example.com" % number) + chunk(BODY) + b"QUIT\r\n")
            assert (await reader.read()).endswith(b"221 2.0.0 Bye\r\n")
            writer.close()
            await writer.wait_closed()
            assert book.recipients == b"%d@example.com\n" % number
            assert book.figures()["octets"] == len(BODY)
            book.clear()
    assert (book.messages, book.octets, bytes(book.recipients)) == (0, 0, b"")
