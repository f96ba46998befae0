"""Header fields, byte by byte: folding, encoded words, addresses, and what is refused."""

import base64
import datetime
import email
import email.policy
import quopri
import re
from email.header import decode_header, make_header
from email.headerregistry import DateHeader
from email.utils import parseaddr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.message import headers
from tests.message.samples import NAMES

ENCODED_WORD = re.compile(rb"=\?utf-8\?([bq])\?([^? ]+)\?=")
PRINTABLE = st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"))
WORDS = st.text(PRINTABLE, min_size=1, max_size=200).filter(lambda text: text == text.strip())
MANY_SCRIPTS = st.text(
    st.sampled_from(
        "аяЁёҰұҢңӨөҚқЎўҒғӢӣҶҷӮӯƏəŞşİıçğ №«»—“”'\"\\(),.:;<>@=?_ \u00a0🌍👩🏽‍🔬é\u0301z"
    ),
    min_size=1,
    max_size=120,
).filter(lambda text: text == text.strip())
LINE_BREAKS = [
    "\r",
    "\n",
    "\r\n",
    "\x00",
    "\x0b",
    "\x0c",
    "\x1b",
    "\x7f",
    "\x85",
    "\u2028",
    "\u2029",
]


def parsed(field: bytes, name: str) -> object:
    return email.message_from_bytes(field + b"\r\n", policy=email.policy.default)[name]


def mailbox_in(field: bytes) -> tuple[str, str]:
    """Return name and address, decoded after they are told apart (RFC 2047 5 (3)).

    The newer parser of the standard library is of no use here: it keeps the blank between two
    encoded words of a name.
    """
    display, address = parseaddr(email.message_from_bytes(field + b"\r\n")["To"])
    return str(make_header(decode_header(display))), address


def words_in(field: bytes) -> list[str]:
    """Decode each encoded word of `field` on its own, as a reader that does not join them."""
    decoded = []
    for encoding, payload in ENCODED_WORD.findall(field):
        octets = (
            base64.b64decode(payload) if encoding == b"b" else quopri.decodestring(payload, True)
        )
        decoded.append(octets.decode())
    return decoded


@given(WORDS | MANY_SCRIPTS)
def test_a_subject_reads_back_as_it_was(subject: str) -> None:
    field = headers.text("Subject", subject)
    assert str(parsed(field, "Subject")) == subject


@given(WORDS | MANY_SCRIPTS)
def test_lines_and_encoded_words_keep_within_their_limits(subject: str) -> None:
    field = headers.text("Subject", subject)
    assert field.endswith(b"\r\n")
    lines = field.removesuffix(b"\r\n").split(b"\r\n")
    assert all(len(line) <= 76 for line in lines)
    assert all(line.startswith(b" ") and line.strip() for line in lines[1:])
    assert all(len(word.group()) <= 75 for word in ENCODED_WORD.finditer(field))


@given(MANY_SCRIPTS.filter(lambda text: not text.isascii()))
def test_no_character_is_split_between_encoded_words(subject: str) -> None:
    assert "".join(words_in(headers.text("Subject", subject))) == subject


@pytest.mark.parametrize(
    ("subject", "encoding"), [("Café and croissants", b"?q?"), ("Новости", b"?b?")]
)
def test_the_shorter_encoding_is_taken(subject: str, encoding: bytes) -> None:
    assert encoding in headers.text("Subject", subject)


def test_plain_ascii_is_written_as_it_is() -> None:
    assert (
        headers.text("Subject", "No. 1 (60), March 2015") == b"Subject: No. 1 (60), March 2015\r\n"
    )


def test_text_that_looks_encoded_is_encoded_so_that_it_shows() -> None:
    field = headers.text("Subject", "=?utf-8?q?hi?=")
    assert str(parsed(field, "Subject")) == "=?utf-8?q?hi?="


@given(st.sampled_from(NAMES) | WORDS | MANY_SCRIPTS)
def test_a_name_reads_back_and_leaves_its_address_alone(name: str) -> None:
    field = headers.mailbox("To", name, "anna.fedorova+news@example.com")
    assert mailbox_in(field) == (name, "anna.fedorova+news@example.com")
    assert field.count(b"anna.fedorova+news@example.com") == 1
    assert all(len(line) <= 76 for line in field.split(b"\r\n"))


def test_an_address_is_never_broken_however_long() -> None:
    address = f"{'a' * 64}@{'.'.join(['b' * 60] * 3)}.example.com"
    field = headers.mailbox("To", "Анна Фёдорова", address)
    assert field.split(b"\r\n")[1] == f" <{address}>".encode()


def test_an_address_alone_stands_without_brackets() -> None:
    assert headers.mailbox("Reply-To", "", "o@example.org") == b"Reply-To: o@example.org\r\n"


def test_an_address_in_cyrillic_keeps_its_letters_where_they_are_allowed() -> None:
    field = headers.mailbox("To", "Анна", "почта@пример.рф", utf8=True)
    assert field == "To: =?utf-8?b?0JDQvdC90LA=?= <почта@пример.рф>\r\n".encode()


@pytest.mark.parametrize(
    "address",
    [
        "",
        "anna",
        "a b@example.org",
        "a@b@example.org",
        "a@example.org>",
        "a,b@example.org",
        "a@",
        "@b",
    ],
)
def test_what_is_not_an_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"To: .* is not an address"):
        headers.mailbox("To", "Anna", address)


def test_an_address_beyond_ascii_is_refused_where_letters_are_not_allowed() -> None:
    with pytest.raises(ValueError, match=r"To: .*SMTPUTF8"):
        headers.mailbox("To", "Anna", "почта@example.org")


@pytest.mark.parametrize("break_", LINE_BREAKS)
def test_a_line_break_is_refused_wherever_it_stands(break_: str) -> None:
    evil = f"x{break_}Bcc: evil@example.com"
    moment = "holds a line break or a control character"
    with pytest.raises(ValueError, match=f"Subject: {moment}"):
        headers.text("Subject", evil)
    with pytest.raises(ValueError, match=f"To: {moment}"):
        headers.mailbox("To", evil, "a@example.org")
    with pytest.raises(ValueError, match=f"To: {moment}"):
        headers.mailbox("To", "Anna", f"a@example.org{break_}")
    with pytest.raises(ValueError, match=f"List-Help: {moment}"):
        headers.angled("List-Help", f"https://example.org/{break_}")
    with pytest.raises(ValueError, match=f"List-Id: {moment}"):
        headers.list_id("List-Id", evil, "l.example.org")
    with pytest.raises(ValueError, match=f"Feedback-ID: {moment}"):
        headers.plain("Feedback-ID", evil)
    with pytest.raises(ValueError, match=f"Content-Disposition: {moment}"):
        headers.disposition("inline", evil)


@pytest.mark.parametrize("url", ["https://пример.рф/", "https://example.org/a b", "x>,<y", ""])
def test_an_address_that_would_have_to_be_changed_is_refused_in_a_list_header(url: str) -> None:
    with pytest.raises(ValueError, match="List-Unsubscribe"):
        headers.angled("List-Unsubscribe", url)


def test_a_list_header_is_folded_between_addresses_only() -> None:
    url, mailto = f"https://example.org/u/{'t' * 300}", f"mailto:{'m' * 60}@example.org?subject=u"
    field = headers.angled("List-Unsubscribe", url, mailto)
    assert field == f"List-Unsubscribe: <{url}>,\r\n <{mailto}>\r\n".encode()


def test_two_short_addresses_share_a_line() -> None:
    field = headers.angled("List-Unsubscribe", "https://example.org/u", "mailto:u@example.org")
    assert field == b"List-Unsubscribe: <https://example.org/u>, <mailto:u@example.org>\r\n"


def test_a_list_id_carries_an_ascii_name_and_leaves_out_another() -> None:
    assert headers.list_id("List-Id", 'The "news"', "news.example.org") == (
        b'List-Id: "The \\"news\\"" <news.example.org>\r\n'
    )
    assert headers.list_id("List-Id", "Новости", "n.example.org") == b"List-Id: <n.example.org>\r\n"


@given(
    st.integers(946_684_800, 4_102_444_800),  # 2000 to 2100
    st.integers(-12 * 60, 14 * 60),
)
def test_a_date_reads_back_with_its_zone(moment: int, offset: int) -> None:
    zone = datetime.timezone(datetime.timedelta(minutes=offset))
    local = datetime.datetime.fromtimestamp(moment, zone)
    header = parsed(headers.date("Date", local), "Date")
    assert isinstance(header, DateHeader)
    assert header.datetime == local
    assert header.datetime.utcoffset() == local.utcoffset()


def test_a_date_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="Date: the moment has no time zone"):
        headers.date("Date", datetime.datetime(2015, 3, 31))  # noqa: DTZ001 (that is the point)


@pytest.mark.parametrize(
    "name",
    [
        "school.png",
        'a "b" \\.png',
        "школа.png",
        "Ұлттық көрме — суретшілер ортасы № 1.png",
        "é" * 120,
    ],
)
def test_a_file_name_reads_back(name: str) -> None:
    field = headers.disposition("inline", name)
    message = email.message_from_bytes(field + b"\r\n", policy=email.policy.default)
    assert (message.get_content_disposition(), message.get_filename()) == ("inline", name)
    assert all(len(line) <= 76 for line in field.split(b"\r\n"))
