"""Signed tokens: opaque, bound to one purpose, valid while their key is in the ring."""

import stat
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import NewsletterError
from newsletter.tokens import (
    KeyRing,
    Purpose,
    from_local_part,
    from_url,
    load_key_ring,
    make_key_file,
    to_local_part,
    to_url,
)

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
RING = KeyRing({1: OLD, 2: NEW})
NUMBERS = st.lists(st.integers(0, 2**64 - 1), max_size=3).map(tuple)


@given(st.sampled_from(Purpose), NUMBERS)
def test_a_token_gives_back_what_was_signed_in_both_alphabets(
    purpose: Purpose, numbers: tuple[int, ...]
) -> None:
    token = RING.sign(purpose, *numbers)
    assert RING.verify(purpose, from_url(to_url(token))) == numbers
    assert RING.verify(purpose, from_local_part(to_local_part(token))) == numbers
    assert RING.verify(purpose, from_local_part(to_local_part(token).upper())) == numbers


@given(st.sampled_from(Purpose), st.sampled_from(Purpose), NUMBERS)
def test_a_token_for_one_purpose_is_worthless_for_another(
    meant: Purpose, asked: Purpose, numbers: tuple[int, ...]
) -> None:
    assert (RING.verify(asked, RING.sign(meant, *numbers)) is not None) == (meant is asked)


@given(NUMBERS, st.integers(0, 500), st.integers(1, 255))
def test_a_token_with_one_octet_changed_is_not_ours(
    numbers: tuple[int, ...], position: int, change: int
) -> None:
    token = bytearray(RING.sign(Purpose.UNSUBSCRIBE, *numbers))
    token[position % len(token)] ^= change
    assert RING.verify(Purpose.UNSUBSCRIBE, bytes(token)) is None


@given(st.binary(max_size=60))
def test_what_nobody_signed_is_not_ours(token: bytes) -> None:
    assert RING.verify(Purpose.RETURN, token) is None


@given(st.text(max_size=60))
def test_what_cannot_be_a_token_is_empty_or_not_ours(text: str) -> None:
    for read in (from_url, from_local_part):
        assert RING.verify(Purpose.RETURN, read(text)) is None


def test_a_token_is_cut_short_to_nothing() -> None:
    token = RING.sign(Purpose.PREFERENCES, 7)
    assert all(RING.verify(Purpose.PREFERENCES, token[:end]) is None for end in range(len(token)))


def test_a_token_fits_into_an_address_and_a_header_line() -> None:
    token = RING.sign(Purpose.RETURN, 2**64 - 1)
    assert len(to_local_part(token)) + len("bounces+") <= 64  # RFC 5321 4.5.3.1.1
    assert to_local_part(token).isalnum()
    assert set(to_url(token)) <= set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    )


def test_old_tokens_stay_valid_when_a_key_is_added_and_not_when_it_is_taken_away() -> None:
    old = KeyRing({1: OLD}).sign(Purpose.UNSUBSCRIBE, 7)
    assert RING.verify(Purpose.UNSUBSCRIBE, old) == (7,)
    assert RING.sign(Purpose.UNSUBSCRIBE, 7) != old, "new tokens are signed with the newest key"
    assert KeyRing({2: NEW}).verify(Purpose.UNSUBSCRIBE, old) is None


def test_the_hash_of_an_address_outlives_a_new_key() -> None:
    digest = KeyRing({1: OLD}).digest("a@example.org")
    assert RING.digest("a@example.org") == digest
    assert RING.digest("b@example.org") != digest
    assert KeyRing({1: NEW}).digest("a@example.org") != digest
    digester = RING.digester()
    assert [digester(each) for each in ("b@example.org", "а@пример.рф")] == [
        RING.digest("b@example.org"),
        RING.digest("а@пример.рф"),
    ]


def test_the_fingerprint_stays_when_a_key_is_added_and_tells_other_keys() -> None:
    assert RING.fingerprint == KeyRing({1: OLD}).fingerprint
    assert RING.fingerprint != KeyRing({1: NEW}).fingerprint


def test_a_missing_key_file_is_told_in_words_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(NewsletterError, match=r"keys: the key file is missing - .*your backup"):
        load_key_ring(tmp_path / "keys")
    assert not (tmp_path / "keys").exists()
    with pytest.raises(NewsletterError, match="cannot be read"):
        load_key_ring(tmp_path)


def test_a_key_is_made_once_and_read_by_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "state" / "keys"
    make_key_file(file)
    ring = load_key_ring(file)
    make_key_file(file)
    assert load_key_ring(file) == ring
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [len(key) for key in ring.keys.values()] == [32]
    assert [each.name for each in file.parent.iterdir()] == ["keys"]


def test_two_that_begin_at_once_have_one_key(tmp_path: Path) -> None:
    start, rings = threading.Barrier(2), []

    def begin() -> None:
        start.wait()
        make_key_file(tmp_path / "keys")
        rings.append(load_key_ring(tmp_path / "keys"))

    threads = [threading.Thread(target=begin) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(rings) == 2
    assert rings[0] == rings[1]


GOOD = "1:" + "ab" * 32


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", ": holds no key - restore it from your backup"),
        ("ключ", ":1: not a key"),
        ("nonsense", ":1: not a key - each line is a number from 1 to 255"),
        (f"{GOOD}\n2:xy", ":2: not a key"),
        (f"{GOOD}\n0:{'ab' * 32}", ":2: not a key"),
        (f"{GOOD}\n256:{'ab' * 32}", ":2: not a key"),
        ("1:abcd", ":1: not a key"),
    ],
)
def test_a_damaged_file_of_keys_is_refused_and_not_replaced(
    tmp_path: Path, content: str, message: str
) -> None:
    file = tmp_path / "keys"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(NewsletterError) as caught:
        load_key_ring(file)
    assert str(caught.value).startswith(f"{file}{message}")
    assert file.read_text(encoding="utf-8") == content


@given(NUMBERS, st.just(-1) | st.integers(0, 500))
def test_a_written_token_with_one_letter_changed_is_not_ours(
    numbers: tuple[int, ...], position: int
) -> None:
    token = RING.sign(Purpose.UNSUBSCRIBE, *numbers)
    for write, read, same in ((to_url, from_url, str), (to_local_part, from_local_part, str.lower)):
        written = write(token)
        place = position % len(written)
        for letter in map(chr, range(128)):
            changed = written[:place] + letter + written[place + 1 :]
            ours = RING.verify(Purpose.UNSUBSCRIBE, read(changed)) is not None
            assert ours is (same(changed) == written)
