"""Nullmailer: hands everything to one relay, and writes reports about what that refuses."""

from tests.returns.mailers.cases import Case, Wanted
from tests.returns.mailers.mailer import Mailer, daemon, run, write
from tests.returns.mailers.replies import Reply, cases_of


class Nullmailer(Mailer):
    """It has no server: mail is handed over by its sendmail."""

    name = "nullmailer"
    packages = ("nullmailer",)
    patience = 60
    listens = False

    def start(self) -> None:
        """Write its files of settings and start its sender."""
        folder = "/etc/nullmailer/"
        write(
            {
                f"{folder}me": "mx1.example.org\n",
                f"{folder}helohost": "mx1.example.org\n",
                f"{folder}bouncefrom": "MAILER-DAEMON@mx1.example.org\n",
                f"{folder}remotes": "mx1.gmail.example smtp\n",
                f"{folder}pausetime": "2\n",
                f"{folder}maxpause": "3\n",
                f"{folder}queuelifetime": "12\n",
            }
        )
        run("sh", "-c", "chown -R mail:mail /var/spool/nullmailer /etc/nullmailer")
        daemon("/usr/sbin/runuser", "-u", "mail", "/usr/sbin/nullmailer-send")

    def submit(self, case: Case, message: bytes) -> bool:
        """Hand over by its sendmail."""
        text = message.decode().replace("\r\n", "\n")
        run("/usr/sbin/sendmail", "-f", case.sender, *case.recipients, text=text)
        return True

    def told(self, kind: str, wanted: Wanted, message: bytes) -> tuple[str, Wanted]:
        """Return a delay where it says so: it promises another report when its time is over."""
        return ("delay" if b"Action: delayed" in message else kind), wanted

    def cases(self, replies: list[Reply]) -> list[Case]:
        """Return some replies of those that a relay hands on: one speaks for all domains."""
        late = [each for each in replies if each.stage in ("rcpt", "dot")]
        return [*cases_of(late, 4, 1), _TWO]


_TWO = Case(
    "own-two",
    (
        Wanted("no.such.reader@gmail.example", "unknown_user", permanent=True),
        # It repeats what was said of the first.
        Wanted("closed.account@gmail.example", "unknown_user", permanent=True),
    ),
    made="two recipients at one relay",
)
