"""An electronic mail Address: what people type, what the wire needs, and when two are the same.

Domains are kept as they are shown (U-label) and as they travel (A-label, IDNA2008); local parts
keep their letters. Two Addresses are the same when their `key` is.

A text is read in this order: a plain address, such as nearly all are, is known by one pattern;
else line breaks and control characters are refused, white space around it and invisible characters
dropped, common slips named in plain words, the rest judged by email-validator. The pattern takes
nothing that email-validator would refuse or write otherwise: `tests/test_plain_address.py` holds
both together. Whatever is wrong comes out as a ValueError whose sentence follows the address it is
about.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_BREAKS = frozenset("\r\n\x00\x0b\x0c\x85\u2028\u2029")
_MAX_LOCAL = 64  # octets, RFC 5321 4.5.3.1.1
_MAX = 254  # octets, RFC 5321 4.5.3.1.3 without the angle brackets
_MAX_TEXT = 1000  # what is longer than this is not looked at
_ATOM = r"[A-Za-z0-9_!#$%&'*+/=?^`{|}~-]+"  # RFC 5322 3.2.3
# RFC 1123 2.1, RFC 1035 2.3.1; no A-label, nor what only looks like one (RFC 5890 2.3.1).
_LABEL = r"(?!..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_TOP = r"(?!..--)(?:[a-z0-9][a-z0-9-]{0,61})?[a-z]"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+{_TOP}")
PLAIN = rf"{_ATOM}(?:\.{_ATOM})*@[A-Za-z0-9.-]+"
"""The pattern of what may be a plain address: ASCII, no quotation marks; `plain` says if it is."""
_PLAIN = re.compile(PLAIN)
_NO_MAIL = frozenset({"arpa", "invalid", "local", "localhost", "onion", "test"})  # RFC 6761, 6762
_ROLES = frozenset(  # RFC 2142: these stand for one mailbox in whatever letters
    [
        "info",
        "marketing",
        "sales",
        "support",
        "abuse",
        "noc",
        "security",
        "postmaster",
        "hostmaster",
        "usenet",
        "news",
        "webmaster",
        "www",
        "uucp",
        "ftp",
    ]
)
_MAX_DOMAIN = 253  # octets, RFC 1035 2.3.4 without the last dot and the empty label

_SLIPS = tuple(
    (re.compile(pattern), sentence)
    for pattern, sentence in (
        (r"[＠﹫]", "has a look-alike in place of the @ sign"),
        (r"^[^@]*$", "has no @ sign"),
        (r"@.*@.*@", "has more than two @ signs"),
        (r"@.*@", "has two @ signs"),
        (r"^@", "has nothing before the @ sign"),
        (r"@$", "has nothing after the @ sign"),
        (r"[<>]", "has an angle bracket in it"),
        (r"\s", "has a space in it"),
        (r"[,;]", "has a comma or a semicolon in it"),
        (r'^"', "has quotation marks before the @ sign, which few servers accept"),
        (r"@\[", "has a network address in place of a domain"),
        (r"\.\.", "has two dots in a row"),
        (r"^\.", "starts with a dot"),
        (r"\.@", "has a dot right before the @ sign"),
        (r"@\.", "has a dot right after the @ sign"),
        (r"\.$", "ends with a dot"),
        (r"@[^.。．｡]+$", "has no dot after the @ sign"),  # the dots of UTS 46
    )
)


@dataclass(frozen=True, slots=True)
class Address:
    """A mail address that passed the rules of RFC 5321, 5322, 6531 and IDNA2008.

    `shown` is for people, `domain` is the A-label of its domain.
    """

    local: str
    domain: str
    shown: str

    @property
    def key(self) -> str:
        """What makes it one Address: letters in NFC without case, domain as A-label."""
        folded = unicodedata.normalize("NFC", self.local).casefold()
        return f"{unicodedata.normalize('NFC', folded)}@{self.domain}"

    @property
    def wire(self) -> str:
        """The form for MAIL FROM and RCPT TO."""
        return f"{self.local}@{self.domain}"

    @property
    def needs_smtputf8(self) -> bool:
        """Whether a server must offer SMTPUTF8 for it (RFC 6531 3.1)."""
        return not self.local.isascii()

    @property
    def mixed(self) -> str:
        """The part that mixes letters of two scripts, often a slip or a disguise; or empty.

        Parts are what stands between dots, hyphens and the @ sign (UTS 39 5.2).
        """
        if self.shown.isascii():
            return ""
        parts = re.split(r"[^\w]|_", self.shown)
        return next((part for part in parts if len(_scripts(part)) > 1), "")

    def __str__(self) -> str:
        """Return the address as people write it."""
        return self.shown


def parse_address(text: str) -> Address:
    """Return the Address in `text`; white space around it and invisible characters are dropped.

    Raises ValueError with a plain sentence about what is wrong.
    """
    found = _PLAIN.fullmatch(text) if len(text) <= _MAX else None
    if found and (parts := plain(*found[0].split("@"))):
        return Address(*parts[1:])
    cleaned = _clean(text)
    if len(cleaned) > _MAX_TEXT:
        raise ValueError("is too long: 254 octets are allowed")
    return _parse(cleaned)


def plain(local: str, domain: str) -> tuple[str, str, str, str] | None:
    """Return key, local part, domain and shown form of what PLAIN matched before and after the @.

    None when it is too long or not plain after the @ sign: `parse_address` then says what it is.
    """
    host = _plain_domain(domain)
    if not host or len(local) > _MAX_LOCAL or len(local) + len(host) >= _MAX:
        return None
    small = local.lower()
    key = f"{small}@{host}"
    if small == local or small in _ROLES:
        return key, small, host, key
    return key, local, host, f"{local}@{host}"


@lru_cache(maxsize=8192)  # a list has far fewer domains than addresses
def _plain_domain(text: str) -> str:
    """Return a domain that is plain and gets mail from outside in small letters, or nothing."""
    host = text.lower()
    if len(host) > _MAX_DOMAIN or not _DOMAIN.fullmatch(host):
        return ""
    return "" if host[host.rindex(".") + 1 :] in _NO_MAIL else host


def parse_mailbox(text: str) -> tuple[str, Address]:
    """Return name and Address of a cell such as `Иван <ivan@example.org>`; the name may be empty.

    Raises ValueError with a plain sentence about what is wrong.
    """
    cleaned = re.sub(r"^mailto:", "", _clean(text), flags=re.IGNORECASE)
    if not cleaned.endswith(">") or "<" not in cleaned:
        if len(re.findall(r"[^\s@,;]@[^\s@,;]", cleaned)) > 1 and re.search(r"[\s,;]", cleaned):
            raise ValueError("holds more than one address")
        return "", parse_address(cleaned)
    name, _, rest = cleaned.rpartition("<")
    if re.search("[<>@]", name):
        raise ValueError("holds more than one address")
    name = name.strip()
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = re.sub(r"\\(.)", r"\1", name[1:-1])  # RFC 5322 3.2.4
    return name.strip(), parse_address(rest[:-1])


def _parse(cleaned: str) -> Address:
    """Return the Address in `cleaned`, by the whole of the rules, or say what is wrong."""
    for pattern, sentence in _SLIPS:
        if pattern.search(cleaned):
            raise ValueError(sentence)
    address = _validate(cleaned)
    if len(address.local.encode()) > _MAX_LOCAL:
        raise ValueError("is too long before the @ sign: 64 octets are allowed")
    return address


def _validate(text: str) -> Address:
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415 (slow to import)

    try:
        found = validate_email(
            text,
            check_deliverability=False,
            allow_smtputf8=True,
            allow_quoted_local=False,
            allow_domain_literal=False,
            allow_display_name=False,
            globally_deliverable=True,
        )
    except EmailNotValidError as fault:
        raise ValueError(_plain(str(fault))) from fault
    return Address(found.local_part, found.ascii_domain, found.normalized)


def _clean(text: str) -> str:
    """Return `text` without what cannot be seen; refuse what would break a line."""
    if _BREAKS & set(text.strip(" \t\r\n")):
        raise ValueError("has a line break or a control character in it")
    cleaned = text.replace("\xa0", " ").translate(_INVISIBLE).strip()
    if not cleaned:
        raise ValueError("is empty")
    return cleaned


def _scripts(part: str) -> set[str]:
    """Return which scripts that have look-alikes in each other `part` has letters of."""
    words = {unicodedata.name(letter, "").split(" ")[0] for letter in part if letter.isalpha()}
    return words & {"LATIN", "CYRILLIC", "GREEK"}


_OPENINGS = {
    "After Unicode normalization: ": "",
    "The email address ": "",
    "An email address ": "",
    "The part after the @-sign ": "is wrong after the @ sign: it ",
}


def _plain(fault: str) -> str:
    """Return the sentence of email-validator so that it can follow the address it is about."""
    sentence = fault.rstrip(".")
    for theirs, ours in _OPENINGS.items():
        if sentence.startswith(theirs):
            sentence = ours + sentence.removeprefix(theirs)
    if sentence[:1].isupper():
        sentence = f"is not an address: {sentence}"
    return sentence.replace("@-sign", "@ sign").replace("period", "dot").replace(". It", ": it")
