"""What every mailer here has: a name, packages, a way to start, and what it is asked."""

import os
import pwd
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from tests.returns.mailers.cases import Case, Wanted
from tests.returns.mailers.replies import Reply


class Mailer(ABC):
    """One mailer in its room: it takes mail on 192.0.2.10, port 25, and reports what fails.

    `patience` is how many seconds it gets to give up what it was told to put off; one that does not
    `listens` has no server of its own.
    """

    name: ClassVar[str]
    packages: ClassVar[tuple[str, ...]]
    more: ClassVar[str] = ""
    patience: ClassVar[float] = 60
    listens: ClassVar[bool] = True

    @abstractmethod
    def start(self) -> None:
        """Write its settings and start it."""

    @abstractmethod
    def cases(self, replies: list[Reply]) -> list[Case]:
        """Return what is sent through it."""

    def submit(self, case: Case, message: bytes) -> bool:
        """Hand a mail over in a way of its own; false for the usual way, by SMTP."""
        return False

    def told(self, kind: str, wanted: Wanted, message: bytes) -> tuple[str, Wanted]:
        """Return kind and recipient as this message has them, where it says less than is known."""
        return kind, wanted

    def poke(self) -> None:
        """Make it try again what waits; called each second."""
        return


def write(files: Mapping[str, str], mode: int = 0o644) -> None:
    """Write files of settings."""
    for path, text in files.items():
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        target.write_text(text, encoding="utf-8")
        target.chmod(mode)


def run(*command: str, text: str = "", check: bool = True) -> str:
    """Run a program and return what it prints."""
    done = subprocess.run(
        command, input=text, capture_output=True, text=True, check=False, errors="replace"
    )
    if check and done.returncode:
        raise RuntimeError(f"{command}: {done.stdout}{done.stderr}")
    return done.stdout


def daemon(*command: str, env: Mapping[str, str] | None = None) -> None:
    """Start a program that stays; it ends with the room."""
    surroundings = {**os.environ, **(env or {})}
    with Path(f"/var/log/{Path(command[0]).name}.out").open("ab") as log:
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=surroundings
        )


def user(name: str) -> None:
    """Make an account with a mailbox, unless it is there."""
    try:
        pwd.getpwnam(name)
    except KeyError:
        run("useradd", "--create-home", "--shell", "/bin/false", name)
