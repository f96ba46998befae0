"""Who takes mail may die at any moment: nothing is lost, and nothing is kept twice (I6)."""

import contextlib
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from newsletter.inboxes.opening import open_inbox
from newsletter.model.inbox import parse_inbox
from newsletter.returns.spool import Spool
from tests.inboxes.dovecot import Dovecot
from tests.inboxes.mails import mail

_COUNT = 400

# What a taker does: the message first, then the message out of the way, then the position.
_TAKER = """
import sys
from pathlib import Path
from newsletter.inboxes.opening import open_inbox
from newsletter.model.inbox import parse_inbox
from newsletter.returns.spool import Spool

url, move_to, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
spool, place = Spool(folder), folder / "position"
inbox = open_inbox(parse_inbox(url), move_to=move_to)
after = place.read_text() if place.exists() else ""
for arrival in inbox.arrivals(after):
    spool.keep(arrival.raw)
    inbox.put_away([arrival])
    draft = place.with_suffix(".draft")
    draft.write_text(arrival.position)
    draft.replace(place)
inbox.close()
print("done", flush=True)
"""


def kept(state: Path) -> int:
    return sum(1 for _ in Spool(state).waiting())


def take(url: str, move_to: str, state: Path, more: int = _COUNT) -> bool:
    """Take mail, and die when so many more are kept; returns whether all was done before."""
    enough = kept(state) + more
    command = [sys.executable, "-c", _TAKER, url, move_to, str(state)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as taker:
        while taker.poll() is None and kept(state) < enough:
            time.sleep(0.001)
        taker.kill()
        said, fault = taker.communicate()
        assert not fault
        return b"done" in said


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scheme", "move_to"),
    [
        ("imap", ""),
        ("imap", "Kept"),
        ("pop3", ""),
        ("maildir", ""),
        ("maildir", "seen"),
        ("mbox", ""),
    ],
)
def test_whoever_dies_loses_nothing_and_keeps_nothing_twice(
    dovecot: Dovecot, tmp_path: Path, scheme: str, move_to: str
) -> None:
    messages = sorted(map(mail, range(_COUNT)))
    user = dovecot.user()
    url = dovecot.url(user, scheme) if scheme in dovecot.ports else f"{scheme}://"
    if scheme == "mbox":
        file = tmp_path / "bounces"
        begin = b"From MAILER-DAEMON  Fri Nov 27 17:00:00 2026\n"
        file.write_bytes(b"".join(begin + each + b"\n" for each in messages))
        url += str(file)
    else:
        dovecot.put(user, messages)
        if scheme == "maildir":
            url += str(dovecot.maildir(user))
    state = tmp_path / "state"
    state.mkdir()
    chance = random.Random(2015)
    kills = 0
    while not take(url, move_to, state, chance.randrange(40)):
        kills += 1
    assert kills > 2
    assert take(url, move_to, state)
    assert sorted(each.read() for each in Spool(state).waiting()) == messages
    if move_to:
        with contextlib.closing(open_inbox(parse_inbox(url), move_to=move_to)) as box:
            assert list(box.arrivals("")) == []
