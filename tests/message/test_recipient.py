"""Links, return path and Message-ID of one recipient."""

from dataclasses import replace

import pytest

from newsletter.address import parse_address
from newsletter.compose.office import LONGEST_RETURN_PATH
from newsletter.message.recipient import address_recipient, with_token
from newsletter.model.message import MailHead, Recipient
from newsletter.tokens import KeyRing, Purpose, from_local_part, from_url
from tests.message.samples import KEYS, head


def make(head: MailHead, keys: KeyRing = KEYS, delivery_id: int = 1234) -> Recipient:
    return address_recipient(
        head,
        keys,
        issue="2015-1",
        delivery_id=delivery_id,
        subscriber_id=77,
        list_number=2,
        address=parse_address("anna@example.com"),
        name="Анна",
    )


def token_in(address: str) -> bytes:
    local, _, domain = address.rpartition("@")
    assert (local.partition("+")[0], domain) == ("bounces", "bounce.example.org")
    assert len(local) <= 64
    return from_local_part(local.partition("+")[2])


def test_each_link_carries_the_token_for_its_purpose() -> None:
    reader = make(head())
    base, _, token = reader.unsubscribe_url.rpartition("/")
    assert base == "https://news.example.org/u"
    assert KEYS.verify(Purpose.UNSUBSCRIBE, from_url(token)) == (77, 2)
    base, _, token = reader.preferences_url.rpartition("/")
    assert base == "https://news.example.org/p"
    assert KEYS.verify(Purpose.PREFERENCES, from_url(token)) == (77,)
    assert KEYS.verify(Purpose.UNSUBSCRIBE, from_url(token)) is None


def test_the_return_path_names_the_delivery() -> None:
    assert KEYS.verify(Purpose.RETURN, token_in(make(head()).envelope_sender)) == (1234,)


def test_a_mail_can_unsubscribe_too() -> None:
    scheme, _, rest = make(head()).unsubscribe_mailto.partition(":")
    address, _, query = rest.partition("?")
    assert (scheme, query) == ("mailto", "subject=unsubscribe")
    assert KEYS.verify(Purpose.UNSUBSCRIBE, token_in(address)) == (77, 2)


def test_no_address_of_a_reader_stands_in_a_link() -> None:
    reader = make(head())
    links = (reader.unsubscribe_url, reader.unsubscribe_mailto, reader.preferences_url)
    assert not any("anna" in link for link in links)


def test_the_message_id_stays_when_keys_are_renewed_and_differs_between_deliveries() -> None:
    renewed = KeyRing({**KEYS.keys, 2: bytes(32)})
    assert make(head()).message_id == make(head(), renewed).message_id
    assert make(head()).message_id != make(head(), delivery_id=1235).message_id
    assert make(head()).message_id.startswith("2015-1.1234.")
    assert make(head()).message_id.endswith("@news.example.org")


def test_a_slash_at_the_end_of_a_base_does_no_harm() -> None:
    slashed = replace(head(), unsubscribe_base="https://news.example.org/u/")
    assert make(slashed) == make(head())


def test_a_return_path_too_long_for_a_token_is_refused_with_the_limit() -> None:
    with pytest.raises(ValueError, match=r"needs 1 to \d+ letters before the @"):
        make(replace(head(), return_path=f"{'n' * 40}@example.org"))


def test_the_longest_return_path_that_settings_allow_has_room_for_any_token() -> None:
    return_path = f"{'n' * LONGEST_RETURN_PATH}@example.org"
    made = make(replace(head(), return_path=return_path), delivery_id=2**35 - 1)
    assert len(made.envelope_sender.rpartition("@")[0]) <= 64
    assert with_token(return_path, KEYS.sign(Purpose.UNSUBSCRIBE, 2**35 - 1, 2**21 - 1))


def test_a_return_path_without_an_at_sign_is_refused() -> None:
    with pytest.raises(ValueError, match="return path"):
        with_token("bounces", b"token")
