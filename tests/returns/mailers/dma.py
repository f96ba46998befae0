"""DragonFly Mail Agent: sends on by itself, and writes reports as plain text."""

import shutil

from tests.returns.mailers.cases import Case
from tests.returns.mailers.local import shared_cases
from tests.returns.mailers.mailer import Mailer, run, user, write
from tests.returns.mailers.replies import Reply, cases_of


class Dma(Mailer):
    """It has no server: mail is handed over by its sendmail."""

    name = "dma"
    packages = ("dma",)
    patience = 40
    listens = False

    def start(self) -> None:
        """Write its file of settings."""
        user("anna")
        write({"/etc/dma/dma.conf": "MAILNAME mx1.example.org\n", "/etc/aliases": ""})

    def submit(self, case: Case, message: bytes) -> bool:
        """Hand over by its sendmail."""
        text = message.decode().replace("\r\n", "\n")
        program = shutil.which("dma") or "/usr/sbin/sendmail"
        run(program, "-f", case.sender, *case.recipients, text=text, check=False)
        return True

    def cases(self, replies: list[Reply]) -> list[Case]:
        """Return some replies that are for good, for it tries the others for five days."""
        chosen = [each for each in cases_of(replies, 4, 3) if each.wanted[0].permanent]
        refused = ("own-unknown-user", "own-unknown-user-2", "own-smtputf8", "own-several-2")
        late = ("own-refused", "own-broken-names", "own-several", "own-null-mx", "own-dangling-mx")
        return [*chosen, *shared_cases(without=frozenset({*refused, *late}))]
