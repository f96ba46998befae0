"""Courier: reports as DSN with the text of its templates."""

from tests.returns.mailers.cases import Case, Wanted
from tests.returns.mailers.local import shared_cases
from tests.returns.mailers.mailer import Mailer, run, user, write
from tests.returns.mailers.replies import Reply, cases_of


class Courier(Mailer):
    """As Debian ships it, with a short queue."""

    name = "courier"
    packages = ("courier-mta", "courier-authdaemon")
    patience = 110
    listens = False

    def start(self) -> None:
        """Write its many small files and start its daemons."""
        for name in ("anna", "refusing", "piped", "full"):
            user(name)
            run(
                "sh", "-c", f"runuser -u {name} -s /bin/sh maildirmake /home/{name}/Maildir || true"
            )
        folder = "/etc/courier/"
        write(
            {
                f"{folder}me": "mx1.example.org\n",
                f"{folder}defaultdomain": "example.org\n",
                f"{folder}dsnfrom": "MAILER-DAEMON@mx1.example.org\n",
                f"{folder}locals": "example.org\nmx1.example.org\n",
                f"{folder}queuetime": "14s\n",
                f"{folder}warntime": "4s\n",
                f"{folder}retryalpha": "2s\n",
                f"{folder}retrybeta": "2\n",
                f"{folder}retrygamma": "2s\n",
                f"{folder}retrymaxdelta": "1\n",
                f"{folder}esmtpdelay": "1s\n",
                f"{folder}esmtptimeoutconnect": "3s\n",
                f"{folder}esmtptimeouthelo": "5s\n",
                f"{folder}esmtptimeout": "10s\n",
                f"{folder}ipout": "192.0.2.10\n",
                "/home/refusing/.courier": "| echo This list is closed.; exit 77\n",
                "/home/piped/.courier": "| exit 75\n",
                "/home/full/.courier": "| echo Mailbox over quota; exit 69\n",
            }
        )
        run("sh", "-c", _START)

    def submit(self, case: Case, message: bytes) -> bool:
        """Hand over by its sendmail, for its server is not asked here."""
        text = message.decode().replace("\r\n", "\n")
        told = ["-N", case.notify.lower()] if case.notify else []
        program = ["/usr/sbin/sendmail", "-f", case.sender, *told]
        run(*program, *case.recipients, text=text, check=False)
        return True

    def poke(self) -> None:
        """Have the queue tried."""
        run("courier", "flush", check=False)

    def cases(self, replies: list[Reply]) -> list[Case]:
        """Return every third reply, and what Courier says by itself."""
        shared = shared_cases(without=frozenset({"own-smtputf8"}))
        return [*cases_of(replies, 3, 2), *shared, *_OWN]


_START = """\
for user in refusing piped full; do chown $user /home/$user/.courier; done
mkdir -p /run/courier /run/courier/authdaemon
chown -R courier:courier /run/courier
makealiases
/usr/sbin/authdaemond start </dev/null >>/var/log/start 2>&1
/usr/sbin/courier start </dev/null >>/var/log/start 2>&1
"""
_OWN = (
    Case(
        "own-command-refuses",
        (Wanted("refusing@example.org", "policy", permanent=None),),
        made=".courier, a command that exits 77",
    ),
    Case(
        "own-command-fails",
        (Wanted("piped@example.org", "system", permanent=None),),
        ("delay", "bounce"),
        made=".courier, a command that exits 75",
    ),
    Case(
        "own-over-quota",
        (Wanted("full@example.org", "mailbox_full", permanent=None),),
        made=".courier, a command that says over quota and exits 69",
    ),
    Case(
        "own-relayed",
        (),
        ("other",),
        good=("tamar.g@good.example",),
        notify="SUCCESS",
        made="NOTIFY=SUCCESS to a server without DSN",
    ),
)
