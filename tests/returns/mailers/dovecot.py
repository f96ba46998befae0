"""Dovecot behind Postfix: full mailboxes, scripts that refuse or answer (Sieve), vacation(1)."""

from tests.returns.mailers.cases import Case, Wanted
from tests.returns.mailers.mailer import run, user, write
from tests.returns.mailers.postfix import Postfix
from tests.returns.mailers.replies import Reply

_USERS = ["anna", "full", "declines", "leave", "urlaub", "otpusk", "onleave"]
_CONFIGURATION = """\
protocols = lmtp
ssl = no
mail_location = maildir:~/Maildir
auth_username_format = %Ln
first_valid_uid = 100
log_path = /var/log/dovecot.out
submission_host = 192.0.2.10:25
passdb {
  driver = passwd-file
  args = /etc/dovecot/users
}
userdb {
  driver = passwd-file
  args = /etc/dovecot/users
}
plugin {
  quota = maildir:User quota
  sieve = file:~/sieve;active=~/.dovecot.sieve
  sieve_plugins = sieve_extprograms
  sieve_extensions = +vacation-seconds
}
mail_plugins = quota
protocol lmtp {
  mail_plugins = quota sieve
  postmaster_address = postmaster@example.org
  hostname = mx1.example.org
}
service lmtp {
  unix_listener /var/spool/postfix/private/dovecot-lmtp {
    mode = 0600
    user = postfix
  }
}
"""
_SCRIPTS = {
    "declines": 'require "reject";\nreject "I take no newsletters at this address. Thank you.";\n',
    "leave": (
        'require "vacation";\n'
        'vacation :days 1 :subject "Away until Monday" "I am away and read no mail.";\n'
    ),
    "urlaub": (
        'require "vacation";\n'
        'vacation :subject "Abwesenheit: Karin Vogel" "Ich bin bis Montag im Urlaub.";\n'
    ),
    "otpusk": 'require "vacation";\nvacation "Я в отпуске до понедельника, отвечу позже.";\n',
}


class Dovecot(Postfix):
    """Postfix takes the mail; Dovecot's LMTP keeps it, refuses it, or answers."""

    name = "dovecot"
    packages = ("dovecot-lmtpd", "dovecot-sieve", "vacation")
    patience = 60
    settings = "mailbox_transport = lmtp:unix:private/dovecot-lmtp"

    def start(self) -> None:
        """Start Dovecot, then Postfix."""
        for name in _USERS:
            user(name)
        ids = {name: run("id", "-u", name).strip() for name in _USERS}
        quota = {"full": "*:storage=1K"}
        rows = [
            f"{name}:{{PLAIN}}x:{ids[name]}:{ids[name]}::/home/{name}::"
            f"userdb_quota_rule={quota.get(name, '*:storage=1M')}\n"
            for name in _USERS
        ]
        write({"/etc/dovecot/users": "".join(rows), "/etc/dovecot/dovecot.conf": _CONFIGURATION})
        for name, script in _SCRIPTS.items():
            write({f"/home/{name}/.dovecot.sieve": script})
        write(
            {
                "/home/onleave/.forward": '"|/usr/bin/vacation -a office onleave"\n',
                "/home/onleave/.vacation.msg": (
                    "From: onleave@example.org\nSubject: away from my mail\n"
                    'Precedence: bulk\n\nI am away. Your mail about "$SUBJECT" waits for me.\n'
                ),
            }
        )
        for name in _USERS:
            run("chown", "-R", f"{name}:{name}", f"/home/{name}")
        run("sh", "-c", "dovecot </dev/null >>/var/log/start 2>&1")
        super().start()

    def cases(self, replies: list[Reply]) -> list[Case]:
        """Return what Dovecot does with mail."""
        return list(_OWN)


def _answer(name: str, address: str, made: str) -> Case:
    return Case(name, (), ("auto-reply",), good=(address,), plain=True, made=made)


_OWN = (
    Case(
        "own-quota-full",
        (Wanted("full@example.org", "mailbox_full", permanent=True),),
        padding=3000,
        made="quota of 1 kB",
    ),
    Case(
        "own-unknown-user",
        (Wanted("nobody.there@example.org", "unknown_user", permanent=True),),
        made="no such account",
    ),
    Case(
        "own-several",
        (
            Wanted("full@example.org", "mailbox_full", permanent=True),
            Wanted("no.such.one@example.org", "unknown_user", permanent=True),
        ),
        good=("anna@example.org",),
        padding=3000,
        made="three recipients; one of them gets it",
    ),
    Case(
        "own-sieve-reject",
        (Wanted("declines@example.org", "policy", permanent=True),),
        made="Sieve reject (RFC 5429)",
    ),
    _answer("own-vacation", "leave@example.org", "Sieve vacation (RFC 5230)"),
    _answer("own-vacation-german", "urlaub@example.org", "Sieve vacation (RFC 5230)"),
    _answer("own-vacation-russian", "otpusk@example.org", "Sieve vacation (RFC 5230)"),
    _answer("own-vacation-unix", "onleave@example.org", "vacation(1)"),
)
