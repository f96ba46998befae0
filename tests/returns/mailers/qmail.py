"""Qmail, as notqmail keeps it alive: reports in its own form (QSBMF), which is no DSN.

Debian has no package: unpack the sources of notqmail into /usr/src/notqmail first.
"""

from tests.returns.mailers.cases import Case, Wanted
from tests.returns.mailers.local import shared_cases
from tests.returns.mailers.mailer import Mailer, daemon, run, user, write
from tests.returns.mailers.replies import Reply, cases_of

_BUILD = """\
set -e
groupadd nofiles
for u in qmaild qmaill qmailp; do useradd -g nofiles -d /var/qmail -s /bin/false $u; done
useradd -g nofiles -d /var/qmail/alias -s /bin/false alias
groupadd qmail
for u in qmailq qmailr qmails; do useradd -g qmail -d /var/qmail -s /bin/false $u; done
cp -r /usr/src/notqmail /usr/src/building
cd /usr/src/building
make it >/dev/null 2>&1
make setup >/dev/null 2>&1 || make setup check 2>&1 | tail -3 >&2
test -x /var/qmail/bin/qmail-send
"""


class Qmail(Mailer):
    """Mail is handed over by qmail-inject; ALRM makes qmail-send try everything at once."""

    name = "qmail"
    packages = ("ucspi-tcp",)
    more = _BUILD
    patience = 90

    def start(self) -> None:
        """Write the controls and start qmail-send."""
        user("anna")
        control = "/var/qmail/control/"
        write(
            {
                f"{control}me": "mx1.example.org\n",
                f"{control}locals": "example.org\nmx1.example.org\n",
                f"{control}rcpthosts": "example.org\n",
                f"{control}queuelifetime": "12\n",
                f"{control}timeoutconnect": "3\n",
                f"{control}concurrencyremote": "60\n",
                "/var/qmail/alias/.qmail-piped": "|exit 111\n",
                "/var/qmail/alias/.qmail-refusing": "|echo This list is closed.; exit 100\n",
                "/var/qmail/alias/.qmail-old:editor": (
                    "|bouncesaying 'This person has moved: new.editor@example.net'\n"
                ),
                "/var/qmail/alias/.qmail-closed": "|bouncesaying 'This mailbox is disabled.'\n",
                "/var/qmail/alias/.qmail-full": (
                    "|echo 'The mailbox of this user is full.'; exit 100\n"
                ),
                "/home/anna/.qmail": "./Mailbox\n",
            }
        )
        path = {"PATH": "/var/qmail/bin:/usr/bin:/bin"}
        daemon("/var/qmail/bin/qmail-start", "./Mailbox", "splogger", "qmail", env=path)
        smtpd = "/var/qmail/bin/qmail-smtpd"
        daemon("/usr/bin/tcpserver", "-HRl0", "192.0.2.10", "25", smtpd, env=path)

    def submit(self, case: Case, message: bytes) -> bool:
        """Hand over by qmail-inject, which keeps the sender as it is."""
        text = message.decode().replace("\r\n", "\n")
        run("/var/qmail/bin/qmail-inject", "-f", case.sender, *case.recipients, text=text)
        return True

    def poke(self) -> None:
        """Have the queue tried."""
        run("pkill", "-ALRM", "-x", "qmail-send", check=False)

    def cases(self, replies: list[Reply]) -> list[Case]:
        """Return some replies, and what qmail says by itself."""
        shared = shared_cases(without=frozenset({"own-smtputf8"}))
        return [*cases_of(replies, 2, 0), *shared, *_OWN]


def _late(name: str, address: str, reason: str, made: str) -> Case:
    return Case(name, (Wanted(address, reason, permanent=False),), made=made)


_OWN = (
    _late("own-pipe-fails", "piped@example.org", "expired", "a command that exits 111"),
    Case(
        "own-pipe-refuses",
        (Wanted("refusing@example.org", "policy", permanent=True),),
        made="a command that exits 100",
    ),
    Case(
        "own-bouncesaying",
        (Wanted("old.editor@example.org", "moved", permanent=True),),
        made="bouncesaying",
    ),
    Case(
        "own-closed",
        (Wanted("closed@example.org", "disabled", permanent=True),),
        made="bouncesaying",
    ),
    Case(
        "own-full",
        (Wanted("full@example.org", "mailbox_full", permanent=True),),
        made="a command that exits 100",
    ),
    Case(
        "own-hyphens",
        (Wanted("no-such-person-here@example.org", "unknown_user", permanent=True),),
        made="no such account; a local part with hyphens",
    ),
)
