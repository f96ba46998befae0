"""Every exception that the program raises on purpose.

    NewsletterError            exit code 1; its text says what is wrong and how to mend it
    ├── InputRefused           files or values that cannot be used, with one Finding for each fault
    ├── DatabaseFault          the disk, or another process, does not let the database be used
    ├── InboxUnavailable       a mailbox that cannot be reached, or does not let us in
    ├── Unfinished             exit code 3; such a fault ended a send
    ├── WrongUsage             exit code 2; the command cannot be carried out as it was typed
    └── Stopped                exit code 4; the relay or the operator stopped a send

Only `cli/` turns them into lines on the terminal and exit codes. What a mail server answers is
not an exception but an Outcome (`model/mailing.py`).
"""

from collections.abc import Iterable

from newsletter.model.finding import Finding


class NewsletterError(Exception):
    """The root: something a person can mend.

    `message` says what is wrong, `remedy` how to mend it (it may be empty).
    """

    exit_code = 1

    def __init__(self, message: str, remedy: str = "") -> None:
        self.message = message
        self.remedy = remedy
        super().__init__(f"{message} - {remedy}" if remedy else message)


class InputRefused(NewsletterError):
    """Input that cannot be used; `findings` holds all its faults, in the order of their places."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(sorted(findings, key=lambda finding: finding.place))
        super().__init__("\n".join(str(finding) for finding in self.findings))


class DatabaseFault(NewsletterError):
    """A database that cannot be read or written; what was not written was rolled back."""


class InboxUnavailable(NewsletterError):
    """A mailbox that cannot be reached or does not let us in; nothing in it was changed."""


class AnotherSender(NewsletterError):
    """Another process delivers from the same database; there is never more than one."""


class Unfinished(NewsletterError):
    """A send that could not be accounted for any further; nothing is lost, `resume` goes on."""

    exit_code = 3


class WrongUsage(NewsletterError):
    """A command that cannot be carried out as it was typed."""

    exit_code = 2


class Stopped(NewsletterError):
    """A send that the relay or the operator stopped; nothing is lost, `resume` goes on."""

    exit_code = 4
