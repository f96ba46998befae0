"""The whole way with servers that others wrote: our send, Postfix, Dovecot, and what comes home."""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from benchmarks.send.postfix import DISCARD, free_port, postfix
from tests.cli.conftest import PACE
from tests.cli.program import COMMAND, run, run_json
from tests.inboxes.dovecot import FULL, Dovecot, User, dovecot_server
from tests.system import do_without, program
from tests.workspace import edit

pytestmark = pytest.mark.slow

_GOOD = tuple(f"user{number}" for number in range(12))
_LMTP = "lmtp unix - - n - - lmtp"
_DAY = 40
_BLOCKED = "550 5.7.1 Service unavailable; client host is on the block list of zen.example.org"


@dataclass(frozen=True)
class Town:
    """A mail server with mailboxes, and the way to the mailbox to which bounces come."""

    relay: str
    dovecot: Dovecot

    @property
    def mailbox(self) -> str:
        """The address of the mailbox of the return path."""
        return self.dovecot.url("bounces", "imap")


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    """Run Postfix and Dovecot; behind them is a provider that refuses every second reader."""
    program("postfix", "postfix")
    refusing = free_port()
    if os.geteuid() != 0:
        do_without("Postfix starts as root only")
    strict = " ".join(
        f"{{strict{n}@example.org = smtp:[127.0.0.1]:{refusing}}}" for n in range(0, _DAY, 2)
    )
    kind = " ".join(f"{{strict{n}@example.org = discard:}}" for n in range(1, _DAY, 2))
    closed = "{closed@example.org = error:5.2.1 This mailbox is disabled}"
    with (
        subprocess.Popen(
            [
                program("smtp-sink", "postfix"),
                "-u",
                "nobody",
                "-f",
                "rcpt",
                "-B",
                _BLOCKED,
                f"127.0.0.1:{refusing}",
                "100",
            ]
        ) as provider,
        dovecot_server(users=(User("bounces"),)) as dovecot,
        tempfile.TemporaryDirectory() as name,
        postfix(
            Path(name),
            {
                "virtual_mailbox_domains": "example.org",
                "virtual_transport": f"lmtp:inet:127.0.0.1:{dovecot.ports['lmtp']}",
                "transport_maps": f"inline:{{ {closed} {strict} {kind} }}",
                "recipient_delimiter": "+",
                "smtpd_relay_restrictions": "reject_unauth_destination",
            },
            f"{_LMTP}\n{DISCARD}\nsmtp unix - - n - - smtp",
        ) as port,
    ):
        try:
            yield Town(f"smtp://127.0.0.1:{port}?tls=none", dovecot)
        finally:
            provider.terminate()


@pytest.fixture
def office(sample: Path) -> Path:
    """Return a workspace whose return path is a mailbox of the town."""
    settings = (sample / "newsletter.yaml").read_text(encoding="utf-8")
    line = next(each for each in settings.splitlines() if "return_path:" in each)
    edit(sample, "newsletter.yaml", line, "  return_path: bounces@example.org")
    return sample


def subscribe(office: Path, *names: str) -> None:
    rows = "".join(f"{name}@example.org,en\n" for name in names)
    (office / "people.csv").write_text(f"email,language\n{rows}", encoding="utf-8")
    run(
        *(office, "subscribers", "import", "people.csv", "--list", "media"),
        *("--basis", "they asked", "--yes"),
    )


def fetched(office: Path, town: Town, count: int, code: int | None = 0) -> dict[str, Any]:
    """Fetch until so many bounces came home; return the last report of the issue."""
    deadline = time.monotonic() + 60
    found: dict[str, Any] = {"came_back": 0}
    while found["came_back"] < count and time.monotonic() < deadline:
        run(office, "returns", "fetch", code=code, NEWSLETTER_RETURNS=town.mailbox)
        found = run_json(office, "returns", "report", "2015-1")
    return found


def test_bounces_come_home_and_the_right_people_are_left_out_next_time(
    office: Path, town: Town
) -> None:
    subscribe(office, *_GOOD, "nobody", "closed", FULL.name)
    send = (office, "send", "2015-1", "--list", "media", "--yes")
    run(*send, code=3, NEWSLETTER_RELAY=town.relay)  # Postfix itself refuses the closed mailbox
    found = fetched(office, town, 3, code=None)
    assert (found["mails"], found["came_back"]) == (15, 3)
    told = {each["reason"]: each["action"] for each in found["counts"]}
    assert told == {
        "unknown_user": "suppressed",
        "disabled": "suppressed",
        "mailbox_full": "counted",
    }
    listed = run_json(office, "subscribers", "list", "--list", "media")
    gone = {each["address"] for each in listed if each["suppressed"]}
    assert gone == {"nobody@example.org", "closed@example.org"}
    run(office, "send", "2015-2", "--list", "media", "--yes", NEWSLETTER_RELAY=town.relay)
    (mailing,) = run_json(office, "status", "2015-2")["mailings"]
    assert (mailing["accepted"], mailing["exclusions"]) == (13, {"suppressed": 2})
    said = run(office, "status", "2015-2", "--state", "excluded").stdout
    assert "nobody@example.org  media  excluded: suppressed" in said
    why = " ".join(run(office, "subscribers", "show", "nobody@example.org").stdout.split())
    assert "nobody there has this address, and that for good" in why
    for user in _GOOD:
        with town.dovecot.account(user) as account:
            assert account.select()[1] == [b"2"]


def test_a_day_on_a_block_list_pauses_the_running_send_and_blames_no_reader(
    office: Path, town: Town
) -> None:
    edit(office, "newsletter.yaml", PACE[1], "messages_per_second: 4")
    subscribe(office, *(f"strict{number}" for number in range(_DAY)))
    with subprocess.Popen(
        [*COMMAND, "send", "2015-1", "--list", "media", "--yes"],
        cwd=office,
        env=os.environ | {"NEWSLETTER_RELAY": town.relay},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as sender:
        while sender.poll() is None:
            run(office, "returns", "fetch", code=None, NEWSLETTER_RETURNS=town.mailbox)
        said = sender.communicate(timeout=60)[0]
    assert sender.returncode == 4
    (alarm,) = run_json(office, "returns", "report", "2015-1")["alarms"]
    assert alarm["rule"] == "refused-for-us"
    assert "were refused because of us" in " ".join(said.split())
    (mailing,) = run_json(office, "status", "2015-1")["mailings"]
    assert mailing["pending"] > 0
    assert mailing["paused_because"]
    listed = run_json(office, "subscribers", "list", "--list", "media")
    assert not [each for each in listed if each["suppressed"]]
    run(office, "resume", "2015-1", NEWSLETTER_RELAY=town.relay)
    found = fetched(office, town, _DAY // 2)
    assert found["came_back"] == _DAY // 2
    assert {each["action"] for each in found["counts"]} == {"ours"}
    assert run_json(office, "subscribers", "list", "--list", "media") == listed
