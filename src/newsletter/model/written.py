"""The kinds of text that editors write, with the faults each of them refuses."""

import re
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    Strict,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from newsletter.address import parse_address
from newsletter.languages import is_tag

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_CONTROL_IN_PROSE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
# \x22 is a quotation mark, so written because editors read these patterns too (ECMA-262).
_WEB = re.compile(r"^https?://[^\s/<>\x22'\\]+[^\s<>\x22\\]*$")
_LINK = re.compile(r"^(mailto:[^\s<>\x22]+@[^\s<>\x22]+|tel:\+?[0-9()-]+)$")
_SLUG = re.compile(r"^[a-z0-9][a-z0-9-]*$")
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_SELECTOR = re.compile(rf"^{_LABEL}(\.{_LABEL})*$")

_WEB_REMEDY = "write it out: https://www.example.org/page"
_SLUG_REMEDY = "use small Latin letters, digits and hyphens"
_ADDRESS_REMEDY = "write it as name@example.org"
_DOMAIN_REMEDY = "write it as example.org"
_SELECTOR_REMEDY = "use small Latin letters, digits and hyphens, like news2026"
_HEADER_REMEDY = "choose a mailbox with a Latin name, like news@{}"
_SITE_REMEDY = "end it with the host or a folder, like https://news.example.org/bulletin"


class Written(BaseModel):
    """Anything an editor writes: unknown keys are refused, and nothing changes once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Translated(Written):
    """Facts with words in several languages: one block per language beside the facts.

    In the file the blocks stand at the same level as the facts (`en:`, `ru:`); a model finds them
    gathered in `texts`.
    """

    @model_validator(mode="before")
    @classmethod
    def _gather_blocks(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        blocks = {key: data[key] for key in data if cls._is_block(key, data[key])}
        facts = {key: value for key, value in data.items() if key not in blocks}
        return {**facts, "texts": blocks}

    @classmethod
    def _is_block(cls, key: str, value: object) -> bool:
        if key in cls.model_fields or not is_tag(key):
            return False
        return len(key) == 2 or value is None or isinstance(value, dict)


EMPTY = "write something, or remove the key if it is not needed"
"""What to do about an empty text."""


def refuse(message: str, remedy: str) -> PydanticCustomError:
    """Return the error that becomes a Finding with this message and remedy."""
    return PydanticCustomError("written", "{message}", {"message": message, "remedy": remedy})


def _line(text: str) -> str:
    text = text.strip()
    if not text:
        raise refuse("is empty", EMPTY)
    if "\n" in text:
        raise refuse("has a line break", "write it in one line (use `>-` to fold a long text)")
    if found := _CONTROL.search(text):
        raise refuse(_invisible(found), "delete it: it could forge the headers of a mail")
    return text


def _prose(text: str) -> str:
    if not text.strip():
        raise refuse("is empty", EMPTY)
    if found := _CONTROL_IN_PROSE.search(text):
        raise refuse(_invisible(found), "delete it")
    return text.strip()


def _invisible(found: re.Match[str]) -> str:
    return f"holds an invisible control character (U+{ord(found.group()):04X})"


def _http_url(text: str) -> str:
    if not _WEB.fullmatch(text.strip()):
        raise refuse(f"“{text[:60]}” is not a web address", _WEB_REMEDY)
    return text.strip().rstrip("/") if text.strip().count("/") == 3 else text.strip()


def _url(text: str) -> str:
    return text if _LINK.fullmatch(text) else _http_url(text)


def is_slug(text: str) -> bool:
    """Whether `text` is small Latin letters, digits and hyphens."""
    return bool(_SLUG.fullmatch(text))


def _slug(text: str) -> str:
    if not is_slug(text):
        raise refuse(f"“{text[:60]}” is not a plain name", _SLUG_REMEDY)
    return text


def _address(text: str) -> str:
    try:
        return parse_address(text).shown
    except ValueError as fault:
        raise refuse(f"“{text[:80]}” {fault}", _ADDRESS_REMEDY) from None


def _domain(text: str) -> str:
    try:
        return parse_address(f"postmaster@{text}").domain
    except ValueError:
        raise refuse(f"“{text[:80]}” is not the name of a domain", _DOMAIN_REMEDY) from None


def is_selector(text: str) -> bool:
    """Whether `text` can name a key of DKIM in the DNS."""
    return bool(_SELECTOR.fullmatch(text))


def _selector(text: str) -> str:
    if not is_selector(text):
        raise refuse(f"“{text[:80]}” cannot be the name of a key", _SELECTOR_REMEDY)
    return text


def _header_address(text: str) -> str:
    local, _, domain = text.rpartition("@")
    if local.isascii():
        return text
    # RFC 6531 3.1: every server on the way would have to offer SMTPUTF8, to each reader.
    what = f"“{text[:80]}” has letters before the @ that many mail servers refuse"
    raise refuse(what, _HEADER_REMEDY.format(domain))


def _site(text: str) -> str:
    parts = urlsplit(text)
    if extra := re.search(r"[?#].*", text):
        what = f"ends with “{extra.group()[:60]}”, behind which no address of an issue can stand"
        raise refuse(what, _SITE_REMEDY)
    if "@" in parts.netloc:
        raise refuse("holds a user name or a password, which all readers would see", _SITE_REMEDY)
    return text


def _limits(max_length: int, pattern: str, remedy: str) -> FieldInfo:
    """Return how long a text may be, and what an editor checks and says while it is typed.

    The pattern goes into the JSON Schemas only; the functions above have the last word.
    """
    shown: dict[str, JsonValue] = {"pattern": pattern, "patternErrorMessage": remedy}
    info: FieldInfo = Field(max_length=max_length, json_schema_extra=shown)
    return info


Line = Annotated[
    str,
    AfterValidator(_line),
    _limits(1000, r"^\s*\S.*\s*$", "write one line of text (use `>-` to fold a long one)"),
]
"""One line of text: no line breaks and no control characters, which could forge mail headers."""

Prose = Annotated[
    str,
    AfterValidator(_prose),
    _limits(20_000, r"\S", EMPTY),
]
"""Markdown: paragraphs, lists, links, emphasis."""

HttpUrl = Annotated[str, AfterValidator(_http_url), _limits(2000, _WEB.pattern, _WEB_REMEDY)]
"""A web address."""

SiteUrl = Annotated[
    str,
    AfterValidator(_http_url),
    AfterValidator(_site),
    _limits(2000, r"^https?://[^\s/<>\x22'\\@?#]+[^\s<>\x22\\?#]*$", _SITE_REMEDY),
]
"""The web address of a place below which other pages stand."""

Url = Annotated[
    str, AfterValidator(_url), _limits(2000, f"{_WEB.pattern}|{_LINK.pattern}", _WEB_REMEDY)
]
"""Something a reader can follow: a web address, mailto: or tel:."""

Slug = Annotated[str, AfterValidator(_slug), _limits(100, _SLUG.pattern, _SLUG_REMEDY)]
"""A name of small Latin letters, digits and hyphens."""

AddressText = Annotated[
    str, AfterValidator(_address), _limits(320, r"^\s*[^\s@]+@[^\s@]+\s*$", _ADDRESS_REMEDY)
]
"""A mail address."""

DomainName = Annotated[
    str, AfterValidator(_domain), _limits(253, r"^[^\s@/]+\.[^\s@/.]+$", _DOMAIN_REMEDY)
]
"""A domain; as A-label, whatever letters it is written in."""

Selector = Annotated[
    str, AfterValidator(_selector), _limits(63, _SELECTOR.pattern, _SELECTOR_REMEDY)
]
"""The name of a DKIM key: what stands before `_domainkey` in the DNS (RFC 6376 3.1)."""
HeaderAddress = Annotated[
    str,
    AfterValidator(_address),
    AfterValidator(_header_address),
    _limits(320, r"^\s*[!-?A-~]+@[^\s@]+\s*$", f"{_ADDRESS_REMEDY}, in Latin letters"),
]
"""A mail address for the headers of a mail: what stands before the @ is ASCII."""

Whole = Annotated[int, Strict()]
"""A whole number; `true` and 1.0 are none."""

NumberInYear = Annotated[Whole, Field(gt=0, le=366)]
"""The number of an issue within its year, or how many a year has: one a day at most."""

Serial = Annotated[Whole, Field(gt=0, le=1_000_000)]
"""The running number of an issue."""
