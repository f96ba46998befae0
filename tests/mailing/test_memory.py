"""What a send holds in memory: a few mails, whatever the length of the list."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.send.paths import Way
from benchmarks.send.servers import SINK, Server
from newsletter.model.ledger import Letter
from newsletter.model.rendering import Picture
from newsletter.store.ledger import Ledger
from tests.cli.program import COMMAND, run
from tests.mailing.sends import send
from tests.store.office import ISSUE, NOON, draft, letter, opened, readers, subscribe
from tests.workspace import small_office

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
MB = 1 << 20
GROWTH = 30 * MB  # of a list that is twenty times as long
CONNECTIONS = 10
COPIES = 4  # of one mail for each connection: two were seen, what is sent and what waits behind it


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[Server]:
    """Run a server that counts what it takes and keeps nothing."""
    with SINK.run(Way(), tmp_path) as server:
        yield server


def peak(command: list[str], folder: Path, relay: str = "") -> int:
    """Run a command to its end, which must be good; return the most memory it had, in octets."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=os.environ | {"NEWSLETTER_RELAY": relay},
        stdout=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return used.ru_maxrss * 1024


def peak_of_sending_to(folder: Path, count: int, sink: Server) -> int:
    """Let the program send a small mail to so many people; return its peak."""
    office = small_office(folder)
    rows = "".join(f"reader{number:05}@example.org\n" for number in range(count))
    (office / "people.csv").write_text(f"email\n{rows}", encoding="utf-8")
    run(office, "subscribers", "import", "people.csv", "-l", "media", "--basis", "tests", "--yes")
    relay = f"smtp://localhost:{sink.port}?tls=none"
    found = peak([*COMMAND, "send", "spring", "--yes", "--json"], office, relay)
    assert sink.take_stock(count).messages == count
    return found


def test_f37_a_send_to_many_holds_no_more_than_one_to_few(tmp_path: Path, sink: Server) -> None:
    few = peak_of_sending_to(tmp_path / "few", 2_000, sink)
    many = peak_of_sending_to(tmp_path / "many", 40_000, sink)
    assert many - few < GROWTH


def heavy(language: str, octets: int) -> Letter:
    """Return a letter with a picture of so many octets."""
    known = letter(language)
    picture = Picture(name="school.png", content_type="image/png", data=os.urandom(octets))
    old = known.rendering.pictures[0].cid
    html = known.rendering.html.replace(old, picture.cid)
    return replace(known, rendering=replace(known.rendering, html=html, pictures=(picture,)))


DELIVER = "import sys; from tests.mailing.test_memory import deliver; deliver(*sys.argv[1:])"


def deliver(folder: str, port: str) -> None:
    """Deliver what waits, in a process of its own."""
    with opened(Path(folder)) as database:
        asyncio.run(send(Ledger(database), int(port), connections=CONNECTIONS))


def peak_of_sending(folder: Path, octets: int, sink: Server) -> int:
    """Send a mail with such a picture over ten connections; return the peak of its sender."""
    folder.mkdir()
    with opened(folder) as database:
        subscribe(database, "media", readers(6 * CONNECTIONS))
        letters = {"en": heavy("en", octets)}
        Ledger(database).freeze(ISSUE, [replace(draft("media"), letters=letters)], NOON)
    found = peak([sys.executable, "-c", DELIVER, str(folder), str(sink.port)], ROOT)
    assert sink.take_stock(6 * CONNECTIONS).messages == 6 * CONNECTIONS
    return found


def test_f37_of_a_large_mail_each_connection_holds_a_few_copies(
    tmp_path: Path, sink: Server
) -> None:
    size = 5 * MB  # on the wire; base64 makes four octets of three
    small = peak_of_sending(tmp_path / "small", 1_000, sink)
    large = peak_of_sending(tmp_path / "large", size * 3 // 4, sink)
    assert large - small < CONNECTIONS * COPIES * size
