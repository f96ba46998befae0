"""Mail servers that others wrote, as witnesses: smtp-sink that goes wrong, and a whole Postfix."""

import asyncio
import collections
import os
import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.send.postfix import VIRTUAL, free_port, postfix
from tests.system import do_without, program


@asynccontextmanager
async def smtp_sink(*options: str) -> AsyncIterator[int]:
    """Run smtp-sink and give its port; as root it works as nobody."""
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    port = free_port()
    command = [program("smtp-sink", "postfix"), *user, *options, f"127.0.0.1:{port}", "10"]
    process = await asyncio.create_subprocess_exec(*command)
    try:
        yield port
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


@dataclass(frozen=True)
class MailServer:
    """A running Postfix: its port, the folder of its mailboxes, its log."""

    port: int
    mail: Path
    log: Path

    def delivered(self) -> collections.Counter[str]:
        """Return how often it has put a mail into each mailbox."""
        log = self.log.read_text(encoding="utf-8") if self.log.exists() else ""
        return collections.Counter(re.findall(r"to=<([^>]*)>.* status=sent", log))


@contextmanager
def mail_server(settings: Mapping[str, str]) -> Iterator[MailServer]:
    """Run a Postfix of our own with the mailboxes of anna and почта, or those that are set."""
    program("postfix", "postfix")
    if os.geteuid() != 0:
        do_without("Postfix starts as root only")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        mail = folder / "mail"
        mail.mkdir()
        shutil.chown(mail, 65534)
        boxes = "inline:{ {anna@example.com = anna/}, {почта@example.com = почта/} }"
        usual = {
            "smtpd_relay_restrictions": "reject_unauth_destination",
            "virtual_mailbox_domains": "example.com",
            "virtual_mailbox_base": str(mail),
            "virtual_mailbox_maps": boxes,
            "virtual_mailbox_limit": "0",
            "virtual_uid_maps": "static:65534",
            "virtual_gid_maps": "static:65534",
            "virtual_minimum_uid": "1",
            "smtputf8_enable": "yes",
        }
        with postfix(folder, {**usual, **settings}, VIRTUAL) as port:
            yield MailServer(port, mail, folder / "log")
