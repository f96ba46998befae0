"""The address of a relay: what it may say, what follows from it, and that it keeps its secret."""

import pytest

from newsletter.servers import Tls, is_loopback
from newsletter.smtp.relay import Relay, parse_relay


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example.org", Relay("mail.example.org", 465, Tls.IMPLICIT)),
        ("smtp://mail.example.org:465", Relay("mail.example.org", 465, Tls.IMPLICIT)),
        ("smtp://mail.example.org:587", Relay("mail.example.org", 587, Tls.STARTTLS)),
        ("smtp://mail.example.org:25", Relay("mail.example.org", 25, Tls.STARTTLS)),
        ("smtp://mail.example.org?tls=starttls", Relay("mail.example.org", 587, Tls.STARTTLS)),
        (
            "smtp://mail.example.org:2465?tls=implicit",
            Relay("mail.example.org", 2465, Tls.IMPLICIT),
        ),
        ("smtp://localhost:8025", Relay("localhost", 8025, Tls.NONE)),
        ("smtp://127.0.0.1:587", Relay("127.0.0.1", 587, Tls.STARTTLS)),
        ("smtp://127.0.0.9?tls=none", Relay("127.0.0.9", 25, Tls.NONE)),
        ("smtp://[::1]:2525", Relay("::1", 2525, Tls.NONE)),
        ("smtp://[2001:db8::1]:465", Relay("2001:db8::1", 465, Tls.IMPLICIT)),
        ("  smtp://mail.example.org/ \n", Relay("mail.example.org", 465, Tls.IMPLICIT)),
        (
            "smtp://office%40example.org:p%2Fw%3F%23%40%3A%25%D1%8F@mail.example.org",
            Relay("mail.example.org", 465, Tls.IMPLICIT, "office@example.org", "p/w?#@:%я"),
        ),
    ],
)
def test_an_address_says_which_relay_and_how(url: str, expected: Relay) -> None:
    assert parse_relay(url) == expected


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "it has to look like smtp://"),
        ("mail.example.org:25", "it has to look like smtp://"),
        ("https://mail.example.org", "it has to look like smtp://"),
        ("smtps://mail.example.org", "it has to look like smtp://"),
        ("smtp://", "it has to look like smtp://"),
        ("smtp://:465", "no usable name of a host"),
        ("smtp://mail_.-example..org", "no usable name of a host"),
        ("smtp://mail example.org", "no usable name of a host"),
        (f"smtp://{'a.' * 130}org", "no usable name of a host"),
        ("smtp://mail.example.org:0", "nothing but"),
        ("smtp://mail.example.org:70000", "the port has to be a number"),
        ("smtp://mail.example.org:smtp", "the port has to be a number"),
        ("smtp://[::1", "the port has to be a number"),
        ("smtp://mail.example.org/path", "nothing but"),
        ("smtp://mail.example.org#x", "nothing but"),
        ("smtp://mail.example.org?tls=maybe", "one of implicit, starttls and none"),
        ("smtp://mail.example.org?tls=none&tls=implicit", "the only option is tls, once"),
        ("smtp://mail.example.org?verify=false", "the only option is tls, once"),
        ("smtp://mail.example.org:25?tls=none", "for a relay on this machine only"),
        ("smtp://10.0.0.1?tls=none", "for a relay on this machine only"),
        ("smtp://localhost.example.org?tls=none", "for a relay on this machine only"),
        ("smtp://user@mail.example.org", "user name and password go together"),
        ("smtp://:secret@mail.example.org", "user name and password go together"),
        ("smtp://user:%FF@mail.example.org", "have to be UTF-8"),
        ("smtp://user:a%0Ab@mail.example.org", "holds a control character"),
    ],
)
def test_what_is_wrong_with_an_address_is_said(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_relay(url)


@pytest.mark.parametrize(
    "url",
    [
        "smtp://user:hunter2:x@mail.example.org:hunter2",
        "smtp://user:hunter2/x@mail.example.org",
        "smtp://user:hunter2#x@mail.example.org",
        "smtp://user:hunter2?x@mail.example.org",
        "smtp://hunter2:@mail.example.org",
        "smtp://user:hunter2@mail.example.org?tls=hunter2",
        "smtp://user:hunter2@mail.example.org?hunter2",
        "smtp://user:hunter2%0A@mail.example.org",
    ],
)
def test_a_complaint_never_repeats_a_secret(url: str) -> None:
    with pytest.raises(ValueError, match=r"\w{3}") as refused:
        parse_relay(url)
    assert "hunter2" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


def test_a_relay_shows_no_password() -> None:
    relay = parse_relay("smtp://user:hunter2@mail.example.org")
    assert "hunter2" not in f"{relay!r} {relay}"
    assert str(relay) == "mail.example.org:465 (tls=implicit)"
    assert str(parse_relay("smtp://[::1]:25")) == "[::1]:25 (tls=none)"


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("localhost", True),
        ("LOCALHOST.", True),
        ("127.255.0.1", True),
        ("::1", True),
        ("128.0.0.1", False),
        ("::2", False),
        ("127.0.0.1.example.org", False),
    ],
)
def test_this_machine_is_known_by_name_alone(host: str, here: bool) -> None:
    assert is_loopback(host) is here


def test_clear_text_to_another_machine_cannot_even_be_built() -> None:
    with pytest.raises(ValueError, match="use tls=implicit or tls=starttls"):
        Relay("mail.example.org", 25, Tls.NONE)
