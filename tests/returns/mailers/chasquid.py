"""Chasquid: a small server in Go with reports as DSN."""

import smtplib
import ssl

from tests.returns.mailers.cases import Case, Wanted
from tests.returns.mailers.local import shared_cases
from tests.returns.mailers.mailer import Mailer, daemon, run, write
from tests.returns.mailers.replies import Reply, cases_of

_CONFIGURATION = """\
hostname: "mx1.example.org"
smtp_address: "192.0.2.10:25"
submission_address: "192.0.2.10:587"
mail_delivery_agent_bin: "/bin/false"
"""
_START = """\
set -e
mkdir -p /etc/chasquid/certs/mx1.example.org /etc/chasquid/domains/example.org
openssl req -x509 -newkey rsa:2048 -nodes -days 9 -subj /CN=mx1.example.org \
    -keyout /etc/chasquid/certs/mx1.example.org/privkey.pem \
    -out /etc/chasquid/certs/mx1.example.org/fullchain.pem 2>/dev/null
chasquid-util user-add office@example.org --password=a-word-of-no-account
chown -R _chasquid /etc/chasquid 2>/dev/null || chown -R chasquid /etc/chasquid
mkdir -p /var/lib/chasquid
"""


class Chasquid(Mailer):
    """Mail is handed over with a name and a password, as it wants it."""

    name = "chasquid"
    packages = ("chasquid",)
    patience = 40

    def start(self) -> None:
        """Write its settings and start it."""
        write({"/etc/chasquid/chasquid.conf": _CONFIGURATION})
        run("sh", "-c", _START)
        daemon("/usr/bin/chasquid")

    def submit(self, case: Case, message: bytes) -> bool:
        """Hand over at the door for users."""
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        with smtplib.SMTP("192.0.2.10", 587, "office.example.org", 60) as session:
            session.starttls(context=context)
            session.login("office@example.org", "a-word-of-no-account")
            session.sendmail(case.sender, list(case.recipients), message)
        return True

    def cases(self, replies: list[Reply]) -> list[Case]:
        """Return some replies that are for good, for it tries the others for hours."""
        chosen = [each for each in cases_of(replies, 4, 2) if each.wanted[0].permanent]
        host = [each for each in shared_cases() if "unknown-host" in each.name]
        return [*chosen, *host, _TWO]


_TWO = Case(
    "own-two",
    (
        Wanted("no.such.reader@gmail.example", "unknown_user", permanent=True),
        Wanted("closed.account@gmail.example", "disabled", permanent=True),
    ),
    good=("tamar.g@good.example",),
    made="three recipients; one of them gets it",
)
