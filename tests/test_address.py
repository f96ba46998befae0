"""What is an Address, what is not and why, and which two are the same."""

import re
import string
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

import newsletter.address
from newsletter.address import Address, parse_address, parse_mailbox

A_LABEL = "xn--e1afmkfd.xn--p1ai"


@pytest.mark.parametrize(
    ("typed", "local", "domain", "shown"),
    [
        ("ivan@example.org", "ivan", "example.org", "ivan@example.org"),
        ("  ivan@example.org\r\n", "ivan", "example.org", "ivan@example.org"),
        ("\xa0ivan@example.org\u200b", "ivan", "example.org", "ivan@example.org"),
        ("\ufeffivan@exam\u00adple.org", "ivan", "example.org", "ivan@example.org"),
        ("Ivan.Petrov+news@EXAMPLE.Org", "Ivan.Petrov+news", "example.org", None),
        ("o'neil/x=y@example.org", "o'neil/x=y", "example.org", None),
        ("почта@пример.рф", "почта", A_LABEL, "почта@пример.рф"),
        ("info@ПРИМЕР。РФ", "info", A_LABEL, "info@пример.рф"),
        (f"info@{A_LABEL}", "info", A_LABEL, "info@пример.рф"),
        ("a@straße.example.org", "a", "xn--strae-oqa.example.org", "a@straße.example.org"),
        ("қазақ@example.org", "қазақ", "example.org", "қазақ@example.org"),
    ],
)
def test_what_people_type_is_read(typed: str, local: str, domain: str, shown: str | None) -> None:
    address = parse_address(typed)
    assert (address.local, address.domain) == (local, domain)
    assert str(address) == (shown or f"{local}@{domain}")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "is empty"),
        (" \u200b\xa0", "is empty"),
        ("ivan.example.org", "has no @ sign"),
        ("ivan＠example.org", "has a look-alike in place of the @ sign"),
        ("ivan@@example.org", "has two @ signs"),
        ("a@b@c@example.org", "has more than two @ signs"),
        ("@example.org", "has nothing before the @ sign"),
        ("ivan@", "has nothing after the @ sign"),
        ("ivan petrov@example.org", "has a space in it"),
        ("ivan@example,org", "has a comma or a semicolon in it"),
        ("ivan@example.org;", "has a comma or a semicolon in it"),
        ("<ivan@example.org>", "has an angle bracket in it"),
        ('"ivan"@example.org', "has quotation marks before the @ sign, which few servers accept"),
        ("ivan@[192.0.2.1]", "has a network address in place of a domain"),
        ("ivan..p@example.org", "has two dots in a row"),
        (".ivan@example.org", "starts with a dot"),
        ("ivan.@example.org", "has a dot right before the @ sign"),
        ("ivan@.example.org", "has a dot right after the @ sign"),
        ("ivan@example.org.", "ends with a dot"),
        ("ivan@localhost", "has no dot after the @ sign"),
        ("ivan(home)@example.org", "contains invalid characters before the @ sign: '(', ')'"),
        ("ivan@exa_mple.org", "is wrong after the @ sign: it contains invalid characters: '_'"),
        ("ivan@-example.org", "cannot have a hyphen immediately after the @ sign"),
        ("a" * 65 + "@example.org", "is too long before the @ sign: 64 octets are allowed"),
        ("ж" * 33 + "@example.org", "is too long before the @ sign: 64 octets are allowed"),
        ("a@" + "x" * 5000 + ".org", "is too long: 254 octets are allowed"),
        ("ivan@example.org\r\nBcc: x@example.org", "has a line break or a control character in it"),
        ("b@example.org>\r\nRCPT TO:<evil@example.org", "has a line break or a control character"),
        ("i\u2028van@example.org", "has a line break or a control character in it"),
        ("i\x00van@example.org", "has a line break or a control character in it"),
        ("i\u202evan@example.org", "contains unsafe characters: RIGHT-TO-LEFT OVERRIDE"),
    ],
)
def test_what_is_no_address_says_why(typed: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}"):
        parse_address(typed)


@pytest.mark.parametrize("domain", ["office.local", "office.test", "office.invalid", "192.0.2.1"])
def test_domains_that_get_no_mail_from_outside_are_refused(domain: str) -> None:
    with pytest.raises(ValueError, match="is wrong after the @ sign"):
        parse_address(f"ivan@{domain}")


@pytest.mark.parametrize(
    "same",
    [
        ("ivan@example.org", "IVAN@Example.ORG", " ivan@example.org"),
        ("info@пример.рф", "INFO@ПРИМЕР.РФ", f"info@{A_LABEL}", "info@пример。рф"),
        ("Йован@example.org", unicodedata.normalize("NFD", "йован@example.org")),
        ("groß@example.org", "GROSS@example.org"),
    ],
)
def test_different_spellings_are_one_address(same: tuple[str, ...]) -> None:
    assert len({parse_address(spelling).key for spelling in same}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ivan@example.org", "ivan@example.com"),
        ("i.van@example.org", "ivan@example.org"),
        ("ivan+news@example.org", "ivan@example.org"),
        ("info@straße.example.org", "info@strasse.example.org"),  # two domains since IDNA2008
    ],
)
def test_different_addresses_stay_different(one: str, other: str) -> None:
    assert parse_address(one).key != parse_address(other).key


def test_the_wire_gets_the_domain_in_ascii() -> None:
    address = parse_address("info@пример.рф")
    assert address.wire == f"info@{A_LABEL}"
    assert not address.needs_smtputf8


def test_letters_beyond_ascii_before_the_at_sign_need_smtputf8() -> None:
    assert parse_address("почта@example.org").needs_smtputf8


@pytest.mark.parametrize(
    ("typed", "part"),
    [
        ("user@exаmple.org", "exаmple"),
        ("ivаn@example.org", "ivаn"),
        ("иван.ivan@пример.рф", ""),
        ("почта@example.org", ""),
        ("почта-x@example.org", ""),
        ("plain@example.org", ""),
    ],
)
def test_a_part_in_two_alphabets_is_pointed_out(typed: str, part: str) -> None:
    assert parse_address(typed).mixed == part


@pytest.mark.parametrize(
    ("cell", "name", "shown"),
    [
        ("ivan@example.org", "", "ivan@example.org"),
        ("Иван <ivan@example.org>", "Иван", "ivan@example.org"),
        ("Иван<ivan@example.org>", "Иван", "ivan@example.org"),
        ("<ivan@example.org>", "", "ivan@example.org"),
        ('"Петров, Иван" <ivan@example.org>', "Петров, Иван", "ivan@example.org"),
        ('"Иван \\"Ваня\\"" <ivan@example.org>', 'Иван "Ваня"', "ivan@example.org"),
        ("mailto:ivan@example.org", "", "ivan@example.org"),
    ],
)
def test_a_cell_may_hold_a_name_as_well(cell: str, name: str, shown: str) -> None:
    found, address = parse_mailbox(cell)
    assert (found, str(address)) == (name, shown)


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ("a@example.org, b@example.org", "holds more than one address"),
        ("a@example.org b@example.org", "holds more than one address"),
        ("a@example.org> RCPT TO:<b@example.org>", "holds more than one address"),
        ("a@example.org>\r\nRCPT TO:<b@example.org>", "has a line break"),
        ("Иван <>", "is empty"),
        ("Иван <ivan@example.org", "has an angle bracket in it"),
    ],
)
def test_a_cell_with_more_or_less_than_one_address_is_refused(cell: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}"):
        parse_mailbox(cell)


_ATOMS = st.text(string.ascii_letters + string.digits + "!#$%&'*+-/=?^_`{|}~", min_size=1)
_WORDS = st.text("абвгдеёжзийклмнопрстуфхцчшщъыьэюяңөұўғӣəҳ", min_size=1, max_size=8)
_LABELS = st.one_of(
    st.from_regex(r"[a-z0-9]([a-z0-9]{0,8}[a-z0-9])?", fullmatch=True),
    _WORDS,
)
_ADDRESSES = st.builds(
    lambda atoms, labels, top: f"{'.'.join(atoms)}@{'.'.join(labels)}.{top}",
    st.lists(_ATOMS | _WORDS, min_size=1, max_size=2),
    st.lists(_LABELS, min_size=1, max_size=3),
    st.sampled_from(["org", "рф", "қаз", "example"]),
)


def _read(cell: str) -> Address | str:
    try:
        return parse_mailbox(cell)[1]
    except ValueError as refused:
        return str(refused)


@given(_ADDRESSES)
def test_what_is_shown_is_read_back_as_the_same(typed: str) -> None:
    address = _read(typed)
    if isinstance(address, str):
        assert "too long" in address
        return
    assert parse_address(str(address)) == address
    assert parse_address(address.wire) == address
    assert parse_address(address.key).key == address.key
    assert parse_mailbox(f"Имя <{address}>") == ("Имя", address)


@given(_ADDRESSES | st.text().map(lambda text: f"{text}@example.org"))
def test_the_short_way_of_a_plain_address_ends_where_the_long_way_does(typed: str) -> None:
    short = _read(typed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(newsletter.address, "plain", lambda *_: None)
        assert _read(typed) == short


@given(st.text(), st.sampled_from(["", "@", "@example.org", " <ivan@example.org>"]))
def test_any_text_is_an_address_or_a_sentence(text: str, ending: str) -> None:
    found = _read(text + ending)
    if isinstance(found, str):
        assert found.isprintable()
        return
    assert found.domain.isascii()
    assert not set(found.wire) & set("\r\n\0 <>")
    assert parse_address(str(found)) == found
