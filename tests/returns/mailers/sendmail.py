"""Sendmail: its reports about what it sent on, and about its own mailboxes."""

from tests.returns.mailers.cases import RELAYED, SUCCESS, Case, Wanted
from tests.returns.mailers.local import shared_cases
from tests.returns.mailers.mailer import Mailer, run, user, write
from tests.returns.mailers.replies import Reply, cases_of

_MC = """\
include(`/usr/share/sendmail/cf/m4/cf.m4')dnl
OSTYPE(`debian')dnl
DOMAIN(`debian-mta')dnl
define(`confDOMAIN_NAME', `mx1.example.org')dnl
define(`confTO_QUEUERETURN', `12s')dnl
define(`confTO_QUEUEWARN', `3s')dnl
define(`confTO_ICONNECT', `3s')dnl
define(`confTO_CONNECT', `3s')dnl
define(`confTO_INITIAL', `5s')dnl
define(`confTO_RESOLVER_RETRANS', `1s')dnl
define(`confTO_HOSTSTATUS', `1s')dnl
define(`confMIN_QUEUE_AGE', `0')dnl
define(`confMAX_HOP', `20')dnl
define(`confMAX_DAEMON_CHILDREN', `0')dnl
define(`confDELIVERY_MODE', `background')dnl
define(`confPRIVACY_FLAGS', `')dnl
define(`confREFUSE_LA', `999')dnl
define(`confQUEUE_LA', `999')dnl
define(`ALIAS_FILE', `/etc/mail/aliases')dnl
FEATURE(`accept_unresolvable_domains')dnl
FEATURE(`accept_unqualified_senders')dnl
FEATURE(`promiscuous_relay')dnl
FEATURE(`redirect')dnl
FEATURE(`virtusertable', `hash -o /etc/mail/virtusertable')dnl
DAEMON_OPTIONS(`Family=inet, Name=MTA, Addr=192.0.2.10, Port=25')dnl
CLIENT_OPTIONS(`Family=inet, Addr=192.0.2.10')dnl
LOCAL_DOMAIN(`example.org')dnl
MAILER(`local')dnl
MAILER(`smtp')dnl
"""
_ALIASES = """\
postmaster: anna
piped: "|/bin/sh -c 'exit 75'"
refusing: "|/bin/sh -c 'echo this list is closed; exit 77'"
unknowing: "|/bin/sh -c 'exit 67'"
old.editor: new.editor@example.net.REDIRECT
"""
_USERS = """\
closed@example.org\terror:5.2.1:550 Mailbox disabled for this recipient
full@example.org\terror:5.2.2:552 Mailbox full
forbidden@example.org\terror:5.7.0:550 Access denied by policy
"""


class Sendmail(Mailer):
    """As Debian ships it, with short times."""

    name = "sendmail"
    packages = ("sendmail-bin", "sendmail-cf", "m4", "sensible-mda")
    patience = 120

    def start(self) -> None:
        """Make sendmail.cf by m4 and start the daemon."""
        user("anna")
        write({"/etc/mail/x.mc": _MC, "/etc/mail/aliases": _ALIASES})
        write({"/etc/mail/virtusertable": _USERS, "/etc/mail/local-host-names": "example.org\n"})
        run("sh", "-c", "cd /etc/mail && m4 x.mc >sendmail.cf && cp sendmail.cf submit.cf")
        run("sh", "-c", "cd /etc/mail && makemap hash virtusertable <virtusertable")
        run("sh", "-c", "mkdir -p /var/run/sendmail/mta /var/spool/mqueue && newaliases")
        run("sh", "-c", "sed -i -E '/^Mprog/s,P=[^ ]+,P=/bin/sh,' /etc/mail/sendmail.cf")
        run("sendmail", "-bd", "-q2s")

    def submit(self, case: Case, message: bytes) -> bool:
        """Hand over as a local program does what the daemon would refuse at once."""
        if not case.name.startswith("own-") or case.notify or case.utf8:
            return False
        text = message.decode().replace("\r\n", "\n")
        run("sendmail", "-f", case.sender, *case.recipients, text=text, check=False)
        return True

    def cases(self, replies: list[Reply]) -> list[Case]:
        """Return every second reply, and what sendmail says by itself."""
        shared = shared_cases(without=frozenset({"own-smtputf8"}))
        return [*cases_of(replies, 2, 1), *shared, *_OWN]


_OWN = (
    Case(
        "own-redirect",
        (Wanted("old.editor@example.org", "moved", permanent=True),),
        made="alias to an address with .REDIRECT",
    ),
    Case(
        "own-closed",
        (Wanted("closed@example.org", "disabled", permanent=True),),
        made="virtusertable error:5.2.1",
    ),
    Case(
        "own-mailbox-full",
        (Wanted("full@example.org", "mailbox_full", permanent=True),),
        made="virtusertable error:5.2.2",
    ),
    Case(
        "own-forbidden",
        (Wanted("forbidden@example.org", "policy", permanent=True),),
        made="virtusertable error:5.7.0",
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
        "own-pipe-fails",
        (Wanted("piped@example.org", "system", permanent=None),),
        made="alias to a pipe that sendmail gives up (EX_UNAVAILABLE)",
    ),
    SUCCESS,
    RELAYED,
)
