"""A Dovecot of our own on loopback: IMAP, POP3 and LMTP, with and without TLS."""

import contextlib
import imaplib
import os
import shutil
import smtplib
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import trustme

from benchmarks.send.postfix import free_port
from newsletter.tls import secure_context
from tests.system import do_without, program

_NOBODY = 65534
_PATIENCE = 20  # seconds for it to start

_SETTINGS = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
protocols = imap pop3 lmtp
listen = 127.0.0.1
auth_username_format = %Ln
auth_username_chars =
auth_failure_delay = 0
mail_location = maildir:{folder}/mail/%n
mail_plugins = quota
mail_max_userip_connections = 100
postmaster_address = postmaster@example.org
first_valid_uid = 1
first_valid_gid = 1
ssl = yes
ssl_cert = <{folder}/certificate.pem
ssl_key = <{folder}/key.pem
ssl_dh =
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {folder}/users
}}
userdb {{
  driver = passwd-file
  args = {folder}/users
  default_fields = uid={uid} gid={gid} home={folder}/mail/%n
}}
plugin {{
  quota = maildir:User quota
  quota_grace = 0
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {ports[imap]}
  }}
  inet_listener imaps {{
    port = {ports[imaps]}
    ssl = yes
  }}
}}
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = {ports[pop3]}
  }}
  inet_listener pop3s {{
    port = {ports[pop3s]}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {ports[lmtp]}
  }}
}}
{more}
"""


@dataclass(frozen=True)
class User:
    """Somebody with a mailbox; `quota` is a rule such as `*:storage=1K`."""

    name: str
    password: str = "secret"
    quota: str = ""

    def __str__(self) -> str:
        rule = f"userdb_quota_rule={self.quota}" if self.quota else ""
        return f"{self.name}:{{PLAIN}}{self.password}::::::{rule}\n"


_ANYBODY = tuple(User(f"user{number}") for number in range(200))
CYRILLIC = User("анна", "пароль")
FULL = User("full", quota="*:storage=1K")


@dataclass(frozen=True)
class Dovecot:
    """A running Dovecot. It reads its users once a second, so all are there from the beginning."""

    folder: Path
    ports: dict[str, int]
    authority: trustme.CA
    users: dict[str, User]
    _unused: Iterator[User] = field(default_factory=lambda: iter(_ANYBODY))

    @property
    def trust(self) -> ssl.SSLContext:
        """A context that trusts the authority of this server."""
        context = secure_context()
        self.authority.configure_trust(context)
        return context

    def user(self) -> str:
        """Return the name of somebody whose mailbox nobody used yet."""
        return next(self._unused).name

    def url(self, user: str, scheme: str = "imaps", folder: str = "") -> str:
        """Return the address of somebody's inbox."""
        where = f"{user}:{self.users[user].password}@127.0.0.1:{self.ports[scheme]}"
        return f"{scheme}://{where}/{folder}"

    def deliver(self, user: str, *messages: bytes) -> None:
        """Bring mail as a mail server does, over LMTP; raises what smtplib raises."""
        with smtplib.LMTP("127.0.0.1", self.ports["lmtp"]) as lmtp:
            for message in messages:
                lmtp.sendmail("sender@example.org", [f"{user}@example.org"], message)

    def put(self, user: str, messages: Iterable[bytes]) -> None:
        """Lay mail into somebody's Maildir, which is quicker than to deliver it."""
        with self.account(user) as client:
            client.select()  # makes the folders, with the right owner
        new = self.maildir(user) / "new"
        owner = new.stat()
        for number, message in enumerate(messages):
            file = new / f"{number:07}.test.example.org"
            file.write_bytes(message)
            os.chown(file, owner.st_uid, owner.st_gid)

    @contextlib.contextmanager
    def account(self, user: str) -> Iterator[imaplib.IMAP4]:
        """Let a test do what a mail program does."""
        with imaplib.IMAP4("127.0.0.1", self.ports["imap"]) as client:
            client.login(user, self.users[user].password)
            yield client

    def maildir(self, user: str, folder: str = "") -> Path:
        """Return where somebody's mail lies."""
        return self.folder / "mail" / user / (f".{folder}" if folder else "")


@contextlib.contextmanager
def dovecot_server(more: str = "", users: Sequence[User] = ()) -> Iterator[Dovecot]:
    """Run a Dovecot with `more` settings and users; as root it works as nobody."""
    command = program("dovecot", "dovecot-core")
    for protocol in ("imap", "pop3", "lmtp"):
        if not Path(f"/usr/lib/dovecot/{protocol}").exists():
            do_without(f"needs dovecot-{protocol}d")
    version = subprocess.run([command, "--version"], capture_output=True, text=True, check=True)
    if not version.stdout.startswith("2.3."):
        do_without("needs Dovecot 2.3: later ones have settings of another form")
    uid, gid = (_NOBODY, _NOBODY) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
    with tempfile.TemporaryDirectory() as name:
        server = Dovecot(
            Path(name),
            {each: free_port() for each in ("imap", "imaps", "pop3", "pop3s", "lmtp")},
            trustme.CA(),
            {each.name: each for each in (*_ANYBODY, CYRILLIC, FULL, *users)},
        )
        _lay_out(server, uid, gid, more)
        process = subprocess.Popen(
            [command, "-F", "-c", f"{name}/dovecot.conf"], user=uid, group=gid
        )
        try:
            _wait_for(server, process)
            yield server
        finally:
            process.terminate()
            process.wait()


def _lay_out(server: Dovecot, uid: int, gid: int, more: str) -> None:
    import grp
    import pwd

    folder = server.folder
    certificate = server.authority.issue_cert("127.0.0.1")
    certificate.private_key_pem.write_to_path(str(folder / "key.pem"))
    for part in certificate.cert_chain_pems:
        part.write_to_path(str(folder / "certificate.pem"), append=True)
    lines = "".join(map(str, server.users.values()))
    (folder / "users").write_text(lines, encoding="utf-8")
    (folder / "mail").mkdir()
    settings = _SETTINGS.format(
        folder=folder,
        ports=server.ports,
        uid=uid,
        gid=gid,
        user=pwd.getpwuid(uid).pw_name,
        group=grp.getgrgid(gid).gr_name,
        more=more,
    )
    (folder / "dovecot.conf").write_text(settings, encoding="utf-8")
    for each in (folder, *folder.iterdir()):
        shutil.chown(each, uid, gid)


def _wait_for(server: Dovecot, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _PATIENCE
    secured = "ssl = no" not in (server.folder / "dovecot.conf").read_text(encoding="utf-8")
    ports = [port for name, port in server.ports.items() if secured or not name.endswith("s")]
    for port in ports:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    log = server.folder / "log"
                    words = log.read_text(encoding="utf-8") if log.exists() else "it said nothing"
                    pytest.fail(f"Dovecot does not start: {words}")
                time.sleep(0.05)
