"""A Case is a mail that is sent to see what comes back; Wanted is whom that is about, and why."""

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime

RETURNS = "news.example.org"
"""The domain to which reports come home."""

GONE = frozenset({"unknown_user", "unknown_host", "disabled", "moved", "suspended"})
"""Reasons that are about the recipient: permanent ones end the mails to an address."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a report has to be understood as saying of one recipient."""

    address: str
    reason: str
    permanent: bool | None

    def as_row(self) -> dict[str, object]:
        """Return it as a row of `expected.json`."""
        suppress = self.permanent is True and self.reason in GONE
        return {
            "address": self.address,
            "permanent": self.permanent,
            "suppress": suppress,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Case:
    """One mail: to whom, and what must come back, in this order.

    `wanted` are the recipients that fail; `good` get it. A kind "" is a message that is not kept.
    A `plain` mail is none of a list: programs that answer leave the mail of lists alone.
    """

    name: str
    wanted: tuple[Wanted, ...]
    kinds: tuple[str, ...] = ("bounce",)
    good: tuple[str, ...] = ()
    returns: str = ""
    notify: str = ""
    padding: int = 0
    words: str = ""
    utf8: bool = False
    plain: bool = False
    headers: tuple[tuple[str, str], ...] = field(default=())
    made: str = ""

    @property
    def recipients(self) -> tuple[str, ...]:
        """Everybody that it goes to."""
        return (*(each.address for each in self.wanted), *self.good)

    @property
    def token(self) -> str:
        """What stands behind the plus of the return path: it names the mail."""
        digest = hashlib.sha256(self.name.encode()).digest()
        return base64.b32encode(digest[:20]).decode().lower()

    @property
    def sender(self) -> str:
        """The sender on the envelope."""
        return f"news+{self.token}@{RETURNS}"


SUCCESS = Case(
    "own-success",
    (),
    ("other",),
    good=("anna@example.org",),
    notify="SUCCESS",
    made="NOTIFY=SUCCESS (RFC 3461)",
)
"""Arrived, and said so."""

RELAYED = Case(
    "own-relayed",
    (),
    ("other",),
    good=("tamar.g@good.example",),
    notify="SUCCESS,FAILURE",
    made="NOTIFY=SUCCESS to a server without DSN",
)
"""Handed on to a server that will not say so."""

_MAIL = """\
Date: {date}
From: Regional office news <news@news.example.org>
To: {to}
Subject: =?utf-8?b?0J3QvtCy0L7RgdGC0Lg6INC+0YHQtdC90Yw=?= / News: autumn
Message-ID: <{token}@news.example.org>
{more}MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: base64

{body}
"""
_LIST = """\
List-Id: Regional office news <news.news.example.org>
List-Unsubscribe: <https://news.example.org/u/{token}>,
 <mailto:news+u-{token}@news.example.org?subject=unsubscribe>
List-Unsubscribe-Post: List-Unsubscribe=One-Click
Precedence: bulk
"""
_WORDS = "Добрый день! Новости отделения: семинар 3 декабря.\nGood day. A seminar on 3 December.\n"


def mail(case: Case, now: datetime | None = None) -> bytes:
    """Return the mail of a case, with CRLF as on the wire."""
    words = (case.words or _WORDS) + "x" * case.padding
    encoded = base64.encodebytes(words.encode()).decode().strip()
    more = "".join(f"{name}: {value}\n" for name, value in case.headers)
    text = _MAIL.format(
        date=format_datetime(now or datetime.now(UTC)),
        to=case.recipients[0],
        token=case.token,
        more=more if case.plain else _LIST.format(token=case.token) + more,
        body=encoded,
    )
    return text.encode().replace(b"\n", b"\r\n")
