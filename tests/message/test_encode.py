"""Bodies in pieces: whatever the pieces and values, they read back whole and within the limits."""

import base64
import quopri
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.message.encode import Base64, QuotedPrintable, encode

TEXT = st.text(
    st.sampled_from("аЁҰƏ🌍 \t\n.=FfromaZ<&") | st.characters(codec="utf-8"),
    max_size=120,
)
PIECES = st.lists(TEXT, min_size=1, max_size=6).map(
    lambda pieces: [*pieces[:-1], f"{pieces[-1]}\n"]
)


def unbroken(text: str) -> str:
    return re.sub("\r\n|\r|\n", "\r\n", text)


def joined(pieces: list[str], values: list[str]) -> str:
    row = [text for pair in zip(pieces, [*values, ""], strict=True) for text in pair]
    return "".join(map(unbroken, row))


@given(PIECES, st.data())
def test_quoted_printable_reads_back_with_any_values(
    pieces: list[str], data: st.DataObject
) -> None:
    values = data.draw(st.lists(TEXT, min_size=len(pieces) - 1, max_size=len(pieces) - 1))
    body = b"".join(QuotedPrintable.of(pieces).fill(values))
    assert body.endswith(b"\r\n")
    assert quopri.decodestring(body.removesuffix(b"\r\n")).decode() == joined(pieces, values)


@given(PIECES, st.data())
def test_base64_reads_back_with_any_values(pieces: list[str], data: st.DataObject) -> None:
    values = data.draw(st.lists(TEXT, min_size=len(pieces) - 1, max_size=len(pieces) - 1))
    body = b"".join(Base64.of(pieces).fill(values))
    assert base64.b64decode(body.replace(b"\r\n", b""), validate=True).decode() == joined(
        pieces, values
    )


@given(PIECES, st.data(), st.sampled_from([QuotedPrintable, Base64]))
def test_lines_are_short_and_end_in_crlf(
    pieces: list[str], data: st.DataObject, way: type[QuotedPrintable] | type[Base64]
) -> None:
    values = data.draw(st.lists(TEXT, min_size=len(pieces) - 1, max_size=len(pieces) - 1))
    body = b"".join(way.of(pieces).fill(values))
    assert body.isascii()
    assert body.count(b"\n") == body.count(b"\r") == body.count(b"\r\n")
    for line in body.split(b"\r\n"):
        assert len(line) <= 76
        assert not line.startswith((b".", b"From "))
        assert not line.endswith((b" ", b"\t"))


@given(PIECES)
def test_the_sign_of_a_boundary_is_never_written(pieces: list[str]) -> None:
    values = ["=_alt_0123"] * (len(pieces) - 1)
    for way in (QuotedPrintable, Base64):
        assert b"=_" not in b"".join(way.of(pieces).fill(values))


@given(st.binary(max_size=12), st.lists(st.integers(0, 12), min_size=2, max_size=5))
def test_base64_pieces_of_every_length_meet(octets: bytes, lengths: list[int]) -> None:
    pieces = ["x" * length for length in lengths]
    values = [octets.hex()[: index + 1] for index in range(len(pieces) - 1)]
    body = b"".join(Base64.of(pieces).fill(values))
    assert base64.b64decode(body.replace(b"\r\n", b""), validate=True).decode() == joined(
        pieces, values
    )


def test_base64_has_no_blank_lines() -> None:
    body = b"".join(Base64.of(["ab", "", "c" * 60, "\n"]).fill(["", "x" * 57, ""]))
    assert body.endswith(b"\r\n")
    assert b"\r\n\r\n" not in body


@pytest.mark.parametrize(
    ("text", "name"),
    [("An English story, with a café.\n", "quoted-printable"), ("Русский рассказ.\n", "base64")],
)
def test_the_shorter_encoding_is_taken(text: str, name: str) -> None:
    assert encode([text]).name == name


def test_one_long_word_is_broken_softly() -> None:
    body = b"".join(QuotedPrintable.of(["a" * 200 + "\n"]).fill([]))
    assert body.split(b"\r\n")[:2] == [b"a" * 75 + b"=", b"a" * 75 + b"="]
