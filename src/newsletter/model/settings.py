"""What an office says about itself in `newsletter.yaml` and `subscribers/lists.yaml`.

Every field has its meaning beside it; the reference in `docs/` is generated from here.
"""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from newsletter.model.checking import Checking
from newsletter.model.gentleness import Limits, RelayText
from newsletter.model.publicpages import WebSettings
from newsletter.model.retention import Retention
from newsletter.model.returning import ReturnsSettings
from newsletter.model.signing import Dkim
from newsletter.model.translating import TranslationPolicy
from newsletter.model.written import (
    AddressText,
    HeaderAddress,
    HttpUrl,
    Line,
    NumberInYear,
    Serial,
    SiteUrl,
    Slug,
    Translated,
    Whole,
    Written,
    refuse,
)


class PublisherText(Written):
    """The publisher in one language."""

    name: Line = Field(description="Full name of the office, for the masthead and the footer.")
    short_name: Line = Field(description="Short name.")
    address: tuple[Line, ...] = Field(min_length=1, description="Lines of the postal address.")
    about: Line | None = Field(None, description="One sentence about the office.")
    reason: Line = Field(description="Why the reader gets this mail; stands in every footer.")
    copyright: Line | None = Field(None, description="Copyright line of the footer.")


class Publisher(Translated):
    """Who publishes the newsletter."""

    texts: dict[str, PublisherText]
    phone: Line | None = Field(None, description="Telephone, as readers should dial it.")
    fax: Line | None = Field(None, description="Fax.")
    email: AddressText = Field(description="Address that readers may write to.")
    website: HttpUrl | None = Field(None, description="Address of the office's website.")


class SenderText(Written):
    """The sender in one language."""

    name: Line = Field(description="Name that inboxes show.")


class Sender(Translated):
    """Whom the mail comes from."""

    texts: dict[str, SenderText]
    address: HeaderAddress = Field(description="The From address; before the @ in Latin letters.")
    reply_to: HeaderAddress | None = Field(None, description="Where answers go, if elsewhere.")
    return_path: HeaderAddress = Field(
        description="Mailbox for bounces; each mail gets its own variant of it (bounces+…@…)."
    )


class KnownSerial(Written):
    """One issue whose numbers are known."""

    year: Annotated[Whole, Field(ge=1000, le=9999)] = Field(description="Its year.")
    number: NumberInYear = Field(description="Its number within the year.")
    serial: Serial = Field(description="Its running number.")


_FILLED_IN = re.compile(r"\{(number|serial|month)\}")
_IN_BRACES = re.compile(r"\{[^{}]*\}?|\}")
_FORM_REMEDY = "write it with {number}, {serial} and {month}: No. {number} ({serial}), {month}"


def _number_form(text: str) -> str:
    for found in _IN_BRACES.finditer(text):
        if not _FILLED_IN.fullmatch(found.group()):
            raise refuse(f"holds “{found.group()[:40]}”, which means nothing here", _FORM_REMEDY)
    return text


NumberForm = Annotated[
    Line,
    AfterValidator(_number_form),
    Field(
        json_schema_extra={
            "pattern": r"^[^{}]*\S[^{}]*$|^[^{}]*(\{(number|serial|month)\}[^{}]*)+$",
            "patternErrorMessage": _FORM_REMEDY,
        }
    ),
]
"""How a number is written, with names in braces for what is filled in."""


class NumberingText(Written):
    """How the number of an issue is written in one language."""

    form: NumberForm = Field(
        description="With {number}, {serial} and {month}: No. {number} ({serial}), {month}."
    )

    def filled_in(self, number: int, serial: int, month: str) -> str:
        """Return how an issue is called; nothing but these three is ever filled in."""
        words = {"number": str(number), "serial": str(serial), "month": month}
        return _FILLED_IN.sub(lambda found: words[found[1]], self.form)


class Numbering(Translated):
    """How issues are numbered, so that `check` can tell a wrong number."""

    per_year: NumberInYear = Field(description="Issues a year: 1 to 366.")
    serial_of: KnownSerial = Field(description="One issue whose numbers are known.")
    texts: dict[str, NumberingText]


class Settings(Written):
    """`newsletter.yaml`: everything about the office that is not an issue or a person."""

    publisher: Publisher = Field(description="Who publishes the newsletter.")
    languages: tuple[str, ...] = Field(min_length=1, description="Languages of the newsletter.")
    default_language: str = Field(description="For readers whose language an issue has not.")
    time_zone: Line = Field(description="Time zone of the office, for example Europe/Moscow.")
    sender: Sender = Field(description="Whom the mail comes from.")
    relay: Line | None = Field(
        None,
        description="The mail server that takes the mail: "
        "smtp://user@host:port?tls=none|starttls|implicit.",
    )
    relay_file: Line | None = Field(
        None,
        description="File that holds the relay's address with its password, instead of `relay`; "
        "outside version control, readable by its owner alone.",
    )
    relays: tuple[RelayText, ...] = Field(
        (),
        description="Several mail servers instead of one: they share the messages, or stand in "
        "for one another.",
    )
    dkim: Dkim | None = Field(
        None,
        description="Sign the mails here (DKIM). Leave it out when the relay signs, as most do.",
    )
    limits: Limits = Field(default_factory=Limits, description="How gently to treat the relay.")
    unknown: Literal["hold", "resend"] = Field(
        "hold",
        description="What to do with a mail whose acceptance is unknown after a lost connection: "
        "hold it for a person, or send it again.",
    )
    pictures: Literal["inline", "hosted"] = Field(
        "inline", description="Pictures travel inside the mail, or stand at the public address."
    )
    picture_kb: Annotated[Whole, Field(ge=20, le=2000)] = Field(
        150,
        description="Kilobytes (of 1024 bytes) that one picture may have: photographs are "
        "compressed until they keep to it, and `check` tells which pictures do not.",
    )
    public_url: SiteUrl = Field(
        description="Where the archive and the readers' pages stand: a host, or a folder there."
    )
    web: WebSettings = Field(
        default_factory=WebSettings, description="The pages that `newsletter serve` shows."
    )
    numbering: Numbering = Field(description="How issues are numbered.")
    checks: Checking = Field(default_factory=Checking, description="How strict the checks are.")
    translations: TranslationPolicy = Field(
        default_factory=TranslationPolicy,
        description="What happens when translations are missing, or not what they should be.",
    )
    retention: Retention = Field(
        default_factory=Retention, description="How long what is known of readers is kept."
    )
    returns: ReturnsSettings = Field(
        default_factory=ReturnsSettings,
        description="Bounces and complaints: where they come to, and what is done about them.",
    )
    countries: dict[Slug, dict[str, Line]] = Field(
        default_factory=dict, description="Countries by code, with their names by language."
    )
    topics: dict[Slug, dict[str, Line]] = Field(
        default_factory=dict, description="Topics by id, with their names by language."
    )

    @model_validator(mode="after")
    def _names_relays_in_one_way(self) -> Self:
        if self.relays and (self.relay or self.relay_file):
            raise refuse("names both one relay and several", "keep `relay` or `relays`")
        names = [each.name for each in self.relays]
        if twice := next((name for name in names if names.count(name) > 1), ""):
            raise refuse(f"has two relays with the name {twice}", "give each a name of its own")
        for each in self.relays:
            if bool(each.relay) == bool(each.relay_file):
                raise refuse(
                    f"the relay {each.name} needs one address",
                    "write `relay:` or `relay_file:` below its name",
                )
        if self.relays and not any(each.share for each in self.relays):
            raise refuse("has relays that all stand by", "give one of them a `share` above 0")
        return self


class ListText(Written):
    """A List in one language."""

    name: Line = Field(description="Name that readers see.")
    description: Line | None = Field(None, description="What the list is for.")


class ListSettings(Translated):
    """One List."""

    list_id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]+\.[a-z0-9-]+$", max_length=200)] = (
        Field(description="Its List-Id: constant for ever (RFC 2919).")
    )
    owner: HeaderAddress = Field(description="Who looks after the list.")
    languages: tuple[str, ...] = Field(
        (),
        description="Languages in which it goes out, and which readers of it may choose; all of "
        "the newsletter when left out.",
    )
    opt_in: Literal["double", "single", "staff"] = Field(
        "double",
        description="How readers come onto it: they confirm by a mail that they asked for it "
        "(double), asking is enough (single), or only the staff puts them on it (staff).",
    )
    open: bool | None = Field(
        None,
        description="Whether the public pages offer it; when left out they do, unless `opt_in` is "
        "staff.",
    )
    texts: dict[str, ListText]

    @property
    def is_open(self) -> bool:
        """Whether the public pages offer it."""
        return self.opt_in != "staff" if self.open is None else self.open

    @model_validator(mode="after")
    def _offers_what_can_be_had(self) -> Self:
        if self.open and self.opt_in == "staff":
            raise refuse(
                "is `open`, but only the staff puts readers on it",
                "write `opt_in: double`, or take `open` away",
            )
        return self


class Lists(Written):
    """`subscribers/lists.yaml`: what one can subscribe to."""

    lists: dict[Slug, ListSettings] = Field(min_length=1, description="Lists by name.")
