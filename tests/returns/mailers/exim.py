"""Exim: its reports, plain and with texts that an administrator wrote."""

from pathlib import Path

from tests.returns.mailers.cases import RELAYED, SUCCESS, Case, Wanted
from tests.returns.mailers.local import shared_cases
from tests.returns.mailers.mailer import Mailer, daemon, run, user, write
from tests.returns.mailers.replies import Reply, cases_of

_CONFIGURATION = """\
primary_hostname = mx1.example.org
domainlist local_domains = example.org
acl_smtp_rcpt = accept
acl_smtp_data = accept
acl_smtp_mail = accept
local_interfaces = 192.0.2.10 : 127.0.0.1
dsn_advertise_hosts = *
smtputf8_advertise_hosts = *
delay_warning = 4s
delay_warning_condition = yes
ignore_bounce_errors_after = 0s
rfc1413_query_timeout = 0s
message_size_limit = 30K
received_headers_max = 20
smtp_accept_max = 50
queue_run_max = 10
log_file_path = /var/log/exim-%slog
keep_environment =
bounce_return_body = {body}
{more}
begin acl
accept:
  accept
begin routers
remote:
  driver = dnslookup
  domains = ! +local_domains
  transport = remote_smtp
  self = fail
  no_more
moved:
  driver = redirect
  allow_fail
  local_parts = old.editor
  data = :fail: this person has moved, please use new.editor@example.net
closed:
  driver = redirect
  allow_fail
  local_parts = closed
  data = :fail: this mailbox is disabled
waits:
  driver = redirect
  allow_defer
  local_parts = waits
  data = :defer: the database of users is away
away:
  driver = accept
  local_parts = away
  transport = vacation
refusing:
  driver = accept
  local_parts = refusing : unknowing : piped
  transport = by_pipe
user:
  driver = accept
  check_local_user
  transport = mailbox
begin transports
remote_smtp:
  driver = smtp
  interface = 192.0.2.10
  connect_timeout = 3s
  command_timeout = 5s
  hosts_try_fastopen =
mailbox:
  driver = appendfile
  file = /var/mail/$local_part_data
  user = $local_part_data
  group = mail
  mode = 0660
  quota = 10K
  delivery_date_add
  envelope_to_add
by_pipe:
  driver = pipe
  user = mail
  return_fail_output
  temp_errors = 75
  command = "/bin/sh -c 'case $local_part_data in \
 refusing) echo this list is closed to you; exit 77;;\
 unknowing) exit 67;; *) echo out of order; exit 75;; esac'"
vacation:
  driver = autoreply
  user = mail
  to = $sender_address
  from = Away <away@example.org>
  subject = "Away until Monday"
  text = "I am away until Monday.\\n"
begin retry
* * F,9s,3s
"""
_RUSSIAN = """\
bounce_message_file = /etc/exim4/bounce.txt
warn_message_file = /etc/exim4/warn.txt
"""


class Exim(Mailer):
    """With short times and small mailboxes."""

    name = "exim"
    packages = ("exim4-daemon-light", "exim4-base", "exim4-config", "bsd-mailx-")
    patience = 110
    settings = ""
    body = "yes"
    step = (2, 0)

    def start(self) -> None:
        """Write one file of settings and start the daemon."""
        for name in ("anna", "full"):
            user(name)
        run("sh", "-c", "head -c 9900 /dev/zero >/var/mail/full; chown full:mail /var/mail/full")
        text = _CONFIGURATION.format(more=self.settings, body=self.body)
        write({"/etc/exim4/exim4.conf": text, **self.files()})
        run("sh", "-c", "touch /var/log/exim-mainlog; chown -R Debian-exim /var/log")
        daemon("exim4", "-bdf", "-q2s")

    def files(self) -> dict[str, str]:
        """Return more files of settings."""
        return {}

    def told(self, kind: str, wanted: Wanted, message: bytes) -> tuple[str, Wanted]:
        """Know of what it gave up no more than that, where it does not repeat the cause."""
        said = message.partition(b"delivery-status")[0]
        if wanted.permanent is None and b"retry timeout exceeded" in said:
            return kind, Wanted(wanted.address, "expired", permanent=False)
        return kind, wanted

    def cases(self, replies: list[Reply]) -> list[Case]:
        """Return every second reply, and what Exim says by itself."""
        every, start = self.step
        return [*cases_of(replies, every, start), *shared_cases(), *_OWN]


_OWN = (
    Case(
        "own-moved",
        (Wanted("old.editor@example.org", "moved", permanent=True),),
        made="redirect :fail:",
    ),
    Case(
        "own-closed",
        (Wanted("closed@example.org", "disabled", permanent=True),),
        made="redirect :fail:",
    ),
    Case(
        "own-waits",
        (Wanted("waits@example.org", "system", permanent=False),),
        ("delay", "bounce"),
        made="redirect :defer:",
    ),
    Case(
        "own-mailbox-full",
        (Wanted("full@example.org", "mailbox_full", permanent=None),),
        ("delay", "bounce"),
        padding=2000,
        made="quota of appendfile",
    ),
    Case(
        "own-pipe-refuses",
        (Wanted("refusing@example.org", "policy", permanent=None),),
        made="pipe, exit 77 (EX_NOPERM)",
    ),
    Case(
        "own-pipe-fails",
        (Wanted("piped@example.org", "system", permanent=False),),
        ("delay", "bounce"),
        made="pipe, exit 75 (EX_TEMPFAIL)",
    ),
    Case("own-away", (), ("auto-reply",), good=("away@example.org",), made="autoreply transport"),
    SUCCESS,
    RELAYED,
)


class EximRussian(Exim):
    """Texts in Russian, and no body returned."""

    name = "exim-russian"
    settings = _RUSSIAN
    body = "no"
    step = (8, 5)

    def files(self) -> dict[str, str]:
        """Return the texts."""
        here = Path(__file__)
        texts = {"bounce": "exim-bounce.txt", "warn": "exim-warn.txt"}
        return {
            f"/etc/exim4/{name}.txt": here.with_name(file).read_text(encoding="utf-8")
            for name, file in texts.items()
        }
