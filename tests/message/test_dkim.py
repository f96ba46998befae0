"""A signature holds whatever the mail says, and for this mail alone; dkimpy is the judge."""

import base64
import hashlib
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from newsletter.address import parse_address
from newsletter.message.compile import CompiledMessage, compile_message
from newsletter.message.dkim import SIGNED, Signer, relaxed
from newsletter.message.dkimkeys import KeyKind
from newsletter.model.edition import SLOTS
from newsletter.model.rendering import SLOT
from tests.message import samples
from tests.message.samples import NAMES, named, recipient
from tests.message.signing import DOMAIN, MOMENT, signed, signer, verdicts

ANY_TEXT = st.text(st.characters(codec="utf-8"), max_size=300)
ANY_LINE = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Zl", "Zp")), min_size=1, max_size=120
)
VISIBLE = bytes(range(33, 127))


def illustrated(by: Signer | None = None) -> CompiledMessage:
    picture = samples.picture()
    html = f'<img src="cid:{picture.cid}"><p>[[greeting]]</p>[[unsubscribe_url]]\n'
    return signed(samples.rendering(html=html, pictures=(picture,)), by)


def parts(mail: bytes) -> tuple[list[bytes], bytes]:
    """Return the header fields of a mail, each with all its lines, and its body."""
    header, _, body = mail.partition(b"\r\n\r\n")
    return re.findall(rb"[^\r\n]+(?:\r\n[ \t][^\r\n]*)*", header), body


def tags(field: bytes) -> dict[str, str]:
    """Return the tags of a DKIM-Signature, without white space."""
    value = re.sub(r"\s", "", field.decode().partition(":")[2])
    return dict(tag.split("=", 1) for tag in value.split(";"))


def joined(fields: list[bytes], body: bytes) -> bytes:
    return b"\r\n".join([*fields, b"", body])


# --- It holds ---


@pytest.mark.parametrize("name", [*NAMES, ""])
def test_both_signatures_hold_for_every_reader(name: str) -> None:
    assert verdicts(illustrated().build(named(name))) == [True, True]


@given(ANY_TEXT, ANY_TEXT, ANY_LINE, ANY_LINE)
def test_signatures_hold_for_any_words(text: str, html: str, subject: str, name: str) -> None:
    text, html = f"{text}[[greeting]]{text}", f"<p>{html}</p>[[greeting]]{html}"
    assume(not set(SLOT.findall(text + html)) - SLOTS.keys())
    mail = signed(samples.rendering(text=text, html=html, subject=subject)).build(named(name))
    assert verdicts(mail) == [True, True]


def test_a_signature_holds_for_an_address_with_letters_of_its_own() -> None:
    reader = replace(recipient(), address=parse_address("почта@пример.рф"))
    mail = illustrated().build(reader, utf8=True)
    assert "<почта@пример.рф>".encode() in mail
    assert verdicts(mail) == [True, True]


@pytest.mark.parametrize("kind", KeyKind)
def test_one_key_makes_one_signature(kind: KeyKind) -> None:
    mail = illustrated(signer(kind)).build(recipient())
    assert f"a={kind}-sha256;".encode() in mail
    assert verdicts(mail) == [True]


@pytest.mark.parametrize(
    "refold",
    [
        lambda field: re.sub(rb"\r\n[ \t]+", b" ", field),
        lambda field: re.sub(rb"(?:\r\n)?[ \t]+", b"\r\n\t ", field),
        lambda field: re.sub(rb"\r\n ", b" \t\r\n\t", field),
        lambda field: re.sub(rb"^[^:]+:", lambda name: name[0].upper(), field) + b" ",
    ],
    ids=["unfolded", "folded everywhere", "other blanks", "capitals"],
)
def test_signatures_hold_when_a_server_folds_headers_anew(
    refold: Callable[[bytes], bytes],
) -> None:
    fields, body = parts(illustrated().build(named(NAMES[-1])))
    assert verdicts(joined([refold(field) for field in fields], body)) == [True, True]


def test_signatures_hold_below_lines_that_servers_add() -> None:
    mail = illustrated().build(recipient())
    added = b"Return-Path: <bounces@example.org>\r\nReceived: from a by b; today\r\n"
    assert verdicts(added + mail) == [True, True]


# --- It holds for this mail alone ---


@given(st.data())
def test_a_changed_octet_in_a_signed_header_is_noticed(data: st.DataObject) -> None:
    fields, body = parts(illustrated().build(named(NAMES[0])))
    covered = {name.lower().encode() for name in SIGNED}
    indexes = [n for n, field in enumerate(fields) if field.split(b":")[0].lower() in covered]
    index = data.draw(st.sampled_from(indexes))
    field = fields[index]
    begin = field.index(b":") + 1
    spots = [n for n, octet in enumerate(field) if n >= begin and octet in VISIBLE]
    spot = data.draw(st.sampled_from(spots))
    other = data.draw(st.sampled_from(VISIBLE).filter(lambda octet: octet != field[spot]))
    fields[index] = field[:spot] + bytes([other]) + field[spot + 1 :]
    assert verdicts(joined(fields, body)) == [False, False]


@given(st.data())
def test_a_changed_octet_in_the_body_is_noticed(data: st.DataObject) -> None:
    mail = illustrated().build(named(NAMES[0]))
    begin, end = mail.index(b"\r\n\r\n") + 4, len(mail) - len(b"\r\n")
    spot = data.draw(st.integers(begin, end - 1))
    other = data.draw(st.integers(0, 255).filter(lambda octet: octet != mail[spot]))
    assert verdicts(mail[:spot] + bytes([other]) + mail[spot + 1 :]) == [False, False]


def test_something_behind_the_body_is_noticed() -> None:
    assert verdicts(illustrated().build(recipient()) + b"more\r\n") == [False, False]


@pytest.mark.parametrize("name", SIGNED)
@pytest.mark.parametrize("at", [2, None], ids=["in front", "behind"])
def test_a_second_field_of_a_name_is_noticed(name: str, at: int | None) -> None:
    fields, body = parts(illustrated().build(recipient()))
    fields.insert(len(fields) if at is None else at, f"{name}: <evil@example.com>".encode())
    assert verdicts(joined(fields, body)) == [False, False]


def test_a_field_that_was_not_there_is_noticed() -> None:
    bare = replace(samples.head(), reply_to="", feedback_id="")
    mail = compile_message(samples.rendering(), bare, signer()).build(recipient())
    assert verdicts(mail) == [True, True]
    fields, body = parts(mail)
    for name in (b"Reply-To", b"Feedback-ID"):
        assert name + b":" not in mail
        added = joined([*fields, name + b": evil@example.com"], body)
        assert verdicts(added) == [False, False]


def test_a_removed_field_is_noticed() -> None:
    fields, body = parts(illustrated().build(recipient()))
    for field in fields:
        if field.split(b":")[0].decode() in SIGNED:
            rest = [other for other in fields if other is not field]
            assert verdicts(joined(rest, body)) == [False, False]


# --- What it looks like ---


def test_a_signature_says_who_signed_what_and_when() -> None:
    fields, body = parts(illustrated().build(recipient()))
    for field, kind in zip(fields[:2], ("rsa", "ed25519"), strict=True):
        assert field.startswith(b"DKIM-Signature: v=1; ")
        found = tags(field)
        assert list(found) == ["v", "a", "c", "d", "s", "h", "t", "bh", "b"]  # no l=
        assert found["a"] == f"{kind}-sha256"
        assert found["c"] == "relaxed/simple"
        assert (found["d"], found["s"], found["t"]) == (DOMAIN, f"test-{kind}", str(MOMENT))
        assert base64.b64decode(found["bh"]) == hashlib.sha256(body).digest()


def test_every_field_is_named_once_more_than_it_is_there() -> None:
    for field in parts(illustrated().build(recipient()))[0][:2]:
        named_there = tags(field)["h"].split(":")
        assert all(named_there.count(name.lower()) == 2 for name in SIGNED)
        assert len(named_there) == 2 * len(SIGNED)


@pytest.mark.parametrize("domain", ["a.kz", f"{'long' * 12}.{'domain' * 9}.{'name' * 10}.example"])
def test_lines_are_short_wherever_they_can_be_broken(domain: str) -> None:
    keys = (replace(signer().keys[0], selector="a-rather-long-selector-of-2026"),)
    header = illustrated(replace(signer(), domain=domain, keys=keys)).build(recipient())
    field = parts(header)[0][0]
    assert field.startswith(b"DKIM-Signature: v=1;")
    long = [line for line in field.split(b"\r\n") if len(line) > 76]
    assert long == ([f" d={domain};".encode()] if len(domain) > 70 else [])


def test_nothing_else_in_the_mail_changes() -> None:
    with_them = illustrated().build(recipient())
    fields, body = parts(with_them)
    picture = samples.picture()
    html = f'<img src="cid:{picture.cid}"><p>[[greeting]]</p>[[unsubscribe_url]]\n'
    rendering = samples.rendering(html=html, pictures=(picture,))
    assert joined(fields[2:], body) == compile_message(rendering, samples.head()).build(recipient())


def test_mails_signed_at_the_same_time_in_several_threads_are_those_of_one() -> None:
    mail = illustrated()
    readers = [named(name) for name in NAMES] * 20
    with ThreadPoolExecutor(max_workers=4) as pool:
        assert list(pool.map(mail.build, readers)) == list(map(mail.build, readers))


@pytest.mark.parametrize(
    ("field", "canonical"),
    [  # RFC 6376 3.4.5
        (b"A: X\r\n", b"a:X"),
        (b"B : Y\t\r\n\tZ  \r\n", b"b:Y Z"),
        (b"C:\r\n", b"c:"),
    ],
)
def test_headers_in_relaxed_form_are_those_of_the_standard(field: bytes, canonical: bytes) -> None:
    assert relaxed(field) == canonical
