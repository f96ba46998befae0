"""OpenSMTPD: reports as DSN, one a mail."""

from tests.returns.mailers.cases import SUCCESS, Case, Wanted
from tests.returns.mailers.local import shared_cases
from tests.returns.mailers.mailer import Mailer, daemon, run, user, write
from tests.returns.mailers.replies import Reply, cases_of

_CONFIGURATION = """\
table aliases file:/etc/aliases
queue ttl 15s
bounce warn-interval 4s
listen on 192.0.2.10 hostname mx1.example.org
listen on socket
action "refuse" mda "sh -c 'echo this list is closed; exit 77'"
action "fail" mda "sh -c 'echo out of order; exit 75'"
action "gone" mda "sh -c 'exit 67'"
action "local" mbox alias <aliases>
action "out" relay helo mx1.example.org src 192.0.2.10
match from any for rcpt-to "refusing@example.org" action "refuse"
match from any for rcpt-to "piped@example.org" action "fail"
match from any for rcpt-to "unknowing@example.org" action "gone"
match from any for domain "example.org" action "local"
match from any for any action "out"
"""


class OpenSmtpd(Mailer):
    """With a short queue."""

    name = "opensmtpd"
    packages = ("opensmtpd",)
    patience = 75

    def start(self) -> None:
        """Write smtpd.conf and start the daemon."""
        for name in ("anna", "refusing", "piped", "unknowing"):
            user(name)
        write({"/etc/smtpd.conf": _CONFIGURATION, "/etc/aliases": "postmaster: anna\n"})
        run("sh", "-c", "mkdir -p /var/spool/smtpd && chmod 711 /var/spool/smtpd")
        daemon("/usr/sbin/smtpd", "-d")

    def told(self, kind: str, wanted: Wanted, message: bytes) -> tuple[str, Wanted]:
        """Take what it gave up for what it says: a delay, and nothing of the cause."""
        if b"Envelope expired" in message:
            return "delay", Wanted(wanted.address, "expired", permanent=False)
        return kind, wanted

    def poke(self) -> None:
        """Have the queue tried."""
        run("smtpctl", "schedule", "all", check=False)

    def cases(self, replies: list[Reply]) -> list[Case]:
        """Return every third reply, and what OpenSMTPD says by itself.

        It refuses whom it does not know before it takes a mail.
        """
        refused = ("own-unknown-user", "own-unknown-user-2", "own-smtputf8", "own-several-2")
        shared = shared_cases(without=frozenset({*refused, "own-several"}))
        return [*cases_of(replies, 3, 1), *shared, *_OWN]


_OWN = (
    Case(
        "own-mda-refuses",
        (Wanted("refusing@example.org", "policy", permanent=None),),
        made="mda, exit 77 (EX_NOPERM)",
    ),
    Case(
        "own-mda-unknown",
        (Wanted("unknowing@example.org", "unknown_user", permanent=None),),
        made="mda, exit 67 (EX_NOUSER)",
    ),
    Case(
        "own-mda-fails",
        (Wanted("piped@example.org", "system", permanent=False),),
        ("delay", "bounce"),
        made="mda, exit 75 (EX_TEMPFAIL)",
    ),
    Case(
        "own-two",
        (
            Wanted("no.such.reader@gmail.example", "unknown_user", permanent=True),
            Wanted("closed.account@gmail.example", "disabled", permanent=True),
        ),
        good=("tamar.g@good.example", "anna@example.org"),
        made="four recipients; two of them get it",
    ),
    SUCCESS,
)
