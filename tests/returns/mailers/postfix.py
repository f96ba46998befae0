"""Postfix: its reports about what it sent on, and about its own mailboxes."""

from email.header import Header
from pathlib import Path
from typing import ClassVar

from tests.returns.mailers.cases import RELAYED, SUCCESS, Case, Wanted
from tests.returns.mailers.local import shared_cases
from tests.returns.mailers.mailer import Mailer, run, user, write
from tests.returns.mailers.replies import Reply, cases_of

_MAIN = """\
compatibility_level = 3.6
myhostname = mx1.example.org
mydestination = example.org
inet_interfaces = 192.0.2.10, 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8, 192.0.2.0/24
local_recipient_maps =
alias_maps = hash:/etc/aliases
alias_database = hash:/etc/aliases
maillog_file = /var/log/postfix.log
maximal_queue_lifetime = 14s
bounce_queue_lifetime = 60s
minimal_backoff_time = 3s
maximal_backoff_time = 4s
queue_run_delay = 2s
delay_warning_time = 4s
notify_classes =
smtp_connect_timeout = 3s
smtp_helo_timeout = 3s
smtp_bind_address = 192.0.2.10
smtp_destination_concurrency_failed_cohort_limit = 0
default_destination_concurrency_failed_cohort_limit = 0
mailbox_size_limit = 20000
message_size_limit = 10000
hopcount_limit = 20
relocated_maps = inline:{{ {{ old.editor@example.org = new.editor@example.net }} }}
relay_domains =
transport_maps = inline:{{ {{ closed.example = error:5.2.1 mailbox closed }},
  {{ later.example = retry:4.3.0 system busy }} }}
{more}
"""


class Postfix(Mailer):
    """As shipped, with short times."""

    name = "postfix"
    packages: ClassVar[tuple[str, ...]] = ("postfix",)
    patience: ClassVar[float] = 90
    settings: ClassVar[str] = ""

    def start(self) -> None:
        """Write main.cf; master.cf is Debian's, out of its cage."""
        for name in ("anna", "full"):
            user(name)
        text = _MAIN.format(more=self.settings)
        write({"/etc/postfix/main.cf": text, "/etc/aliases": _ALIASES, **self.files()})
        run("sh", "-c", "sed -i -E '/^[a-z]/s/^((\\S+\\s+){4})y/\\1n/' /etc/postfix/master.cf")
        run("sh", "-c", "head -c 19000 /dev/zero >/var/mail/full; chown full:mail /var/mail/full")
        run("newaliases")
        run("postfix", "start")

    def submit(self, case: Case, message: bytes) -> bool:
        """Hand over as a local program does what the server would refuse at once."""
        if case.name not in _REFUSED_BY_SMTPD:
            return False
        text = message.decode().replace("\r\n", "\n")
        run("sendmail", "-f", case.sender, *case.recipients, text=text)
        return True

    def files(self) -> dict[str, str]:
        """Return more files of settings."""
        return {}

    def cases(self, replies: list[Reply]) -> list[Case]:
        """Return every reply of the table, and what Postfix says by itself."""
        return [*cases_of(replies), *shared_cases(), *_OWN]


_ALIASES = """\
postmaster: anna
piped: "|/bin/sh -c 'echo the machine is out of order; exit 75'"
refusing: "|/bin/sh -c 'echo mail for this list is closed; exit 77'"
unknowing: "|/bin/sh -c 'exit 67'"
"""


def _hops(number: int) -> tuple[tuple[str, str], ...]:
    moment = "Fri, 27 Nov 2026 10:00:00 +0000"
    hops = range(number)
    return tuple(("Received", f"from a{n}.example by b{n}.example; {moment}") for n in hops)


_REFUSED_BY_SMTPD = frozenset({"own-relocated", "own-closed", "own-transport-busy", "own-hops"})
_OWN = (
    Case(
        "own-relocated",
        (Wanted("old.editor@example.org", "moved", permanent=True),),
        made="relocated_maps",
    ),
    Case(
        "own-closed",
        (Wanted("anna@closed.example", "disabled", permanent=True),),
        made="transport error:5.2.1",
    ),
    Case(
        "own-pipe-fails",
        (Wanted("piped@example.org", "system", permanent=False),),
        ("delay", "bounce"),
        made="alias to a pipe, exit 75",
    ),
    Case(
        "own-pipe-refuses",
        (Wanted("refusing@example.org", "policy", permanent=True),),
        made="alias to a pipe, exit 77 (EX_NOPERM)",
    ),
    Case(
        "own-pipe-unknown",
        (Wanted("unknowing@example.org", "unknown_user", permanent=True),),
        made="alias to a pipe, exit 67 (EX_NOUSER)",
    ),
    Case(
        "own-mailbox-full",
        (Wanted("full@example.org", "mailbox_full", permanent=True),),
        padding=2000,
        made="mailbox_size_limit",
    ),
    Case(
        "own-loop",
        (Wanted("anna@example.org", "system", permanent=True),),
        headers=(("Delivered-To", "anna@example.org"),),
        made="a mail that was delivered there before",
    ),
    SUCCESS,
    RELAYED,
    Case(
        "own-too-big",
        (Wanted("anna@small.example", "size", permanent=True),),
        padding=3000,
        made="larger than the SIZE the next server offers",
    ),
    Case(
        "own-transport-busy",
        (Wanted("anna@later.example", "system", permanent=False),),
        ("delay", "bounce"),
        made="transport retry:4.3.0",
    ),
    Case(
        "own-hops",
        (Wanted("tamar.g@good.example", "system", permanent=True),),
        headers=_hops(25),
        made="more Received than hopcount_limit",
    ),
)


class _Localised(Postfix):
    """Postfix with templates of reports that an administrator wrote (bounce(5))."""

    settings = "bounce_template_file = /etc/postfix/bounce.cf"
    template: ClassVar[str]
    charset: ClassVar[str]
    start_at: ClassVar[int]

    def start(self) -> None:
        """Write the templates in their charset; the headings as encoded words (RFC 2047)."""
        template = Path(__file__).with_name(self.template).read_text(encoding="utf-8")
        lines = template.format(charset=self.charset).split("\n")
        text = "\n".join(map(self._heading, lines))
        target = Path("/etc/postfix/bounce.cf")
        target.write_bytes(text.encode(self.charset))
        super().start()

    def _heading(self, line: str) -> str:
        name, sign, words = line.partition(": ")
        if name in ("From", "Subject") and sign and not words.isascii():
            before, bracket, inner = words.partition("(")
            if bracket:
                return f"{name}: {before}({Header(inner[:-1], self.charset).encode()})"
            return f"{name}: {Header(words, self.charset, maxlinelen=200).encode()}"
        return line

    def cases(self, replies: list[Reply]) -> list[Case]:
        """Return some of the replies, and the shared cases."""
        return [*cases_of(replies, 9, self.start_at), *shared_cases(), *_OWN[:6]]


class PostfixKoi(_Localised):
    """Russian, koi8-r."""

    name = "postfix-koi8r"
    template, charset, start_at = "bounce-russian.txt", "koi8-r", 0


class PostfixRussian(_Localised):
    """Russian, UTF-8."""

    name = "postfix-russian"
    template, charset, start_at = "bounce-russian.txt", "utf-8", 3


class PostfixGerman(_Localised):
    """German, Latin 1."""

    name = "postfix-german"
    template, charset, start_at = "bounce-german.txt", "iso-8859-1", 6
