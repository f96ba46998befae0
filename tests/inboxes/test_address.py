"""The address of an inbox: what it may say, what follows from it, and that it keeps its secret."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.model.inbox import Arrival, InboxAddress, Scheme, parse_inbox
from newsletter.servers import Tls

_HOST = "mail.example.org"
_WORDS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1)


def _imap(port: int = 993, tls: Tls = Tls.IMPLICIT, folder: str = "INBOX") -> InboxAddress:
    scheme = Scheme.IMAPS if tls is Tls.IMPLICIT else Scheme.IMAP
    return InboxAddress(scheme, _HOST, port, tls, "anna", folder, "pw")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("imaps://anna:pw@mail.example.org", _imap()),
        ("imaps://anna:pw@mail.example.org/", _imap()),
        (" imaps://anna:pw@mail.example.org:2993/INBOX\n", _imap(2993)),
        ("imaps://anna:pw@mail.example.org/Возвраты", _imap(folder="Возвраты")),
        (
            "imaps://anna:pw@mail.example.org/%D0%92%D0%BE%D0%B7%D0%B2%D1%80%D0%B0%D1%82%D1%8B",
            _imap(folder="Возвраты"),
        ),
        ("imaps://anna:pw@mail.example.org/Office/Sent%20Items", _imap(folder="Office/Sent Items")),
        ("imap://anna:pw@mail.example.org", _imap(143, Tls.STARTTLS)),
        ("imap://anna:pw@mail.example.org:1143?tls=starttls", _imap(1143, Tls.STARTTLS)),
        (
            "imap://anna:pw@localhost:1143",
            InboxAddress(Scheme.IMAP, "localhost", 1143, Tls.NONE, "anna", "INBOX", "pw"),
        ),
        (
            "imap://anna:pw@[::1]?tls=starttls",
            InboxAddress(Scheme.IMAP, "::1", 143, Tls.STARTTLS, "anna", "INBOX", "pw"),
        ),
        (
            "pop3s://anna%40example.org:p%2Fw%3F%23%40%3A%25%D1%8F@mail.example.org",
            InboxAddress(
                Scheme.POP3S, _HOST, 995, Tls.IMPLICIT, "anna@example.org", "", "p/w?#@:%я"
            ),
        ),
        (
            "pop3://anna:pw@mail.example.org",
            InboxAddress(Scheme.POP3, _HOST, 110, Tls.STARTTLS, "anna", "", "pw"),
        ),
        ("maildir:///var/mail/bounces", InboxAddress(Scheme.MAILDIR, folder="/var/mail/bounces")),
        ("mbox:/var/mail/a%23b", InboxAddress(Scheme.MBOX, folder="/var/mail/a#b")),
    ],
)
def test_an_address_says_where_mail_lies(url: str, expected: InboxAddress) -> None:
    assert parse_inbox(url) == expected


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "it has to look like imaps://"),
        ("mail.example.org", "it has to look like imaps://"),
        ("https://anna:pw@mail.example.org", "it has to look like imaps://"),
        ("imaps://", "it has to look like imaps://user"),
        ("imaps:/anna", "it has to look like imaps://user"),
        ("imaps://anna:pw@mail.example.org:0", "it has to look like imaps://user"),
        ("imaps://anna:pw@mail.example.org:70000", "the port has to be a number"),
        ("imaps://anna:pw@-x", "no usable name of a host"),
        ("imaps://mail.example.org/INBOX", "user name and password are needed"),
        ("imaps://anna@mail.example.org", "user name and password go together"),
        ("imaps://anna:%FF@mail.example.org", "have to be UTF-8"),
        ("imaps://anna:pw@mail.example.org/%FF", "a folder has to be UTF-8"),
        ("imaps://anna:pw@mail.example.org/a%0Ab", "the folder holds a control character"),
        ("imaps://anna:pw@mail.example.org/a\nb", "it holds a control character"),
        ("imaps://anna:pw@mail.example.org?tls=none", "imaps is always secured"),
        ("imap://anna:pw@mail.example.org?tls=none", "use imaps:// or tls=starttls"),
        ("imap://anna:pw@mail.example.org?tls=implicit", "for implicit write imaps://"),
        ("imap://anna:pw@mail.example.org?verify=no", "the only option is tls, once"),
        ("pop3s://anna:pw@mail.example.org/INBOX", "POP3 knows no folders"),
        ("maildir://var/mail", "three slashes"),
        ("maildir:mail", "three slashes"),
        ("mbox:///var/mail#x", "three slashes"),
    ],
)
def test_what_is_wrong_with_an_address_is_said(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_inbox(url)


@pytest.mark.parametrize(
    "url",
    [
        "imaps://anna:hunter2:x@mail.example.org:hunter2",
        "imaps://anna:hunter2/x@mail.example.org",
        "imaps://anna:12/hunter2@mail.example.org",
        "imaps://anna:x@y/hunter2@mail.example.org/INBOX",
        "imaps://anna:12#hunter2@mail.example.org",
        "imaps://anna:12?hunter2@mail.example.org",
        "imaps://hunter2:@mail.example.org",
        "imap://anna:hunter2@mail.example.org?tls=hunter2",
        "pop3s://anna:12/hunter2@mail.example.org",
        "imaps://anna:hunter2%0A@mail.example.org",
    ],
)
def test_a_complaint_never_repeats_a_secret(url: str) -> None:
    with pytest.raises(ValueError, match=r"\w{3}") as refused:
        parse_inbox(url)
    assert "hunter2" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


@pytest.mark.parametrize(
    ("url", "name"),
    [
        (
            "imaps://anna%40example.org:hunter2@mail.example.org",
            "imaps://anna@example.org@mail.example.org/INBOX",
        ),
        ("imap://anna:hunter2@[::1]:1143/Возвраты", "imap://anna@[::1]:1143/Возвраты"),
        ("pop3s://anna:hunter2@mail.example.org:995", "pop3s://anna@mail.example.org"),
        ("mbox:/var/mail/bounces", "mbox:///var/mail/bounces"),
    ],
)
def test_an_inbox_has_a_name_without_its_secret(url: str, name: str) -> None:
    address = parse_inbox(url)
    assert address.name == name
    assert "hunter2" not in f"{address!r} {address}"


@given(user=_WORDS, folder=_WORDS)
def test_names_of_different_inboxes_differ(user: str, folder: str) -> None:
    address = InboxAddress(Scheme.IMAPS, _HOST, 993, Tls.IMPLICIT, user, folder, "pw")
    host = f"@{_HOST}/"
    before, _, after = address.name.rpartition(host)
    assert parse_inbox(f"{before}:pw{host}{after}") == address


def test_what_a_message_says_does_not_show_in_logs() -> None:
    assert "anna" not in repr(Arrival(b"To: anna@example.org", "7:1"))
