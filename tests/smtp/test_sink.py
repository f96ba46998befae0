"""The local server that files what it gets: nothing is acknowledged that is not there."""

import asyncio
import json
import os
import signal
import smtplib
import sys
from pathlib import Path
from typing import Any

import pytest

from newsletter.model.mailing import Outcome, Scope, Verdict
from newsletter.servers import Tls
from newsletter.smtp.connection import SmtpConnection
from newsletter.smtp.relay import Relay
from newsletter.smtp.sink import Sink
from newsletter.smtp.transport import SmtpTransport
from tests.smtp.client import parcel, submit, told

MAIL = b"Message-ID: <1@example.org>\r\nSubject: x\r\n\r\ndot\r\nlast\r\n"
BACK = "back@example.org"


async def connected(port: int) -> SmtpConnection:
    connection = await SmtpTransport(Relay("127.0.0.1", port, Tls.NONE)).connect()
    assert isinstance(connection, SmtpConnection), connection
    return connection


async def send(port: int, recipient: str, message: bytes = MAIL, *, utf8: bool = False) -> Outcome:
    connection = await connected(port)
    outcome = await told(connection, parcel(message, recipient, sender=BACK, utf8=utf8))
    await connection.close()
    return outcome


def log(directory: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (directory / "log.jsonl").read_text("utf-8").splitlines()]


async def test_a_message_is_filed_as_it_came_and_logged(tmp_path: Path) -> None:
    async with Sink(tmp_path / "sink") as sink:
        outcome = await send(sink.port, "anna@example.com")
    assert outcome.verdict is Verdict.ACCEPTED
    assert (tmp_path / "sink/messages/000001.eml").read_bytes() == MAIL
    (entry,) = log(tmp_path / "sink")
    assert entry.pop("time").endswith("+00:00")
    assert entry == {
        "sender": "back@example.org",
        "recipient": "anna@example.com",
        "size": len(MAIL),
        "message_id": "<1@example.org>",
        "file": "messages/000001.eml",
    }


async def test_a_cyrillic_address_is_taken_with_its_letters(tmp_path: Path) -> None:
    message = "Subject: Привет\r\n\r\nПривет\r\n".encode()
    async with Sink(tmp_path) as sink:
        outcome = await send(sink.port, "почта@xn--e1afmkfd.xn--p1ai", message, utf8=True)
    assert outcome.verdict is Verdict.ACCEPTED
    assert (tmp_path / "messages/000001.eml").read_bytes() == message
    assert log(tmp_path)[0]["recipient"] == "почта@xn--e1afmkfd.xn--p1ai"
    assert log(tmp_path)[0]["message_id"] == ""


async def test_many_connections_at_once_are_all_numbered(tmp_path: Path) -> None:
    async with Sink(tmp_path) as sink:
        readers = [f"reader{number}@example.com" for number in range(40)]
        outcomes = await asyncio.gather(*(send(sink.port, reader) for reader in readers))
    assert {outcome.verdict for outcome in outcomes} == {Verdict.ACCEPTED}
    assert sorted(entry["recipient"] for entry in log(tmp_path)) == sorted(readers)
    assert [entry["file"] for entry in log(tmp_path)] == [
        f"messages/{number:06}.eml" for number in range(1, 41)
    ]
    assert len(list((tmp_path / "messages").iterdir())) == 40


async def test_a_sink_started_again_goes_on_numbering(tmp_path: Path) -> None:
    for reader in ("anna@example.com", "boris@example.com"):
        async with Sink(tmp_path) as sink:
            await send(sink.port, reader)
    assert [entry["file"] for entry in log(tmp_path)] == [
        "messages/000001.eml",
        "messages/000002.eml",
    ]


async def test_a_line_cut_off_by_a_kill_is_dropped(tmp_path: Path) -> None:
    async with Sink(tmp_path) as sink:
        await send(sink.port, "anna@example.com")
    with (tmp_path / "log.jsonl").open("ab") as file:
        file.write(b'{"time": "2015-0')
    async with Sink(tmp_path) as sink:
        await send(sink.port, "boris@example.com")
    assert [entry["recipient"] for entry in log(tmp_path)] == [
        "anna@example.com",
        "boris@example.com",
    ]


async def test_a_drill_refuses_whom_it_wants(tmp_path: Path) -> None:
    class Drill(Sink):
        def refusal(self, sender: str, recipient: str) -> str:
            return "550 5.1.1 no such user" if recipient.startswith("gone@") else ""

    async with Drill(tmp_path) as sink:
        gone = await send(sink.port, "gone@example.com")
        there = await send(sink.port, "there@example.com")
    assert (gone.verdict, gone.scope) == (Verdict.REFUSED, Scope.RECIPIENT)
    assert there.verdict is Verdict.ACCEPTED
    assert [entry["recipient"] for entry in log(tmp_path)] == ["there@example.com"]


async def test_what_cannot_be_written_is_not_acknowledged(tmp_path: Path) -> None:
    async with Sink(tmp_path) as sink:
        (tmp_path / "messages").rename(tmp_path / "away")
        outcome = await send(sink.port, "anna@example.com")
        assert (outcome.verdict, outcome.scope) == (Verdict.DEFERRED, Scope.CONNECTION)
        assert "cannot be written" in outcome.text
        (tmp_path / "away").rename(tmp_path / "messages")
        assert (await send(sink.port, "anna@example.com")).verdict is Verdict.ACCEPTED
    assert len(log(tmp_path)) == 1


async def test_a_foreign_client_gets_through_too(tmp_path: Path) -> None:
    def deliver(port: int) -> dict[str, tuple[int, bytes]]:
        with smtplib.SMTP("127.0.0.1", port, "office.example.org") as client:
            readers = ["anna@example.com", "boris@example.com"]
            return client.sendmail("back@example.org", readers, MAIL)

    async with Sink(tmp_path) as sink:
        assert await asyncio.to_thread(deliver, sink.port) == {}
    assert log(tmp_path)[0]["recipient"] == "anna@example.com, boris@example.com"
    assert (tmp_path / "messages/000001.eml").read_bytes() == MAIL


async def test_stopping_drops_idle_connections(tmp_path: Path) -> None:
    async with Sink(tmp_path) as sink:
        connection = await connected(sink.port)
    outcome = await submit(connection, MAIL)
    assert outcome.verdict is Verdict.RELEASED
    await connection.close()


async def test_a_taken_port_is_an_error(tmp_path: Path) -> None:
    async with Sink(tmp_path) as first:
        with pytest.raises(OSError, match="address already in use"):
            async with Sink(tmp_path, port=first.port):
                pass


PROGRAM = """
import asyncio, sys
from pathlib import Path
from newsletter.smtp.sink import Sink

async def main():
    async with Sink(Path(sys.argv[1])) as sink:
        print(sink.port, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_whatever_was_acknowledged_before_a_kill_is_there(tmp_path: Path) -> None:
    accepted = []
    for round_ in range(3):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", PROGRAM, str(tmp_path), stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout
        connection = await connected(int(await process.stdout.readline()))
        asyncio.get_running_loop().call_later(0.05, os.kill, process.pid, signal.SIGKILL)
        for number in range(10_000):
            reader = f"reader{number}-{round_}@example.com"
            outcome = await told(connection, parcel(MAIL, reader))
            if outcome.verdict is not Verdict.ACCEPTED:
                assert outcome.verdict in (Verdict.UNKNOWN, Verdict.RELEASED)
                break
            accepted.append(reader)
        await connection.close()
        await process.wait()
    async with Sink(tmp_path):
        logged = [entry["recipient"] for entry in log(tmp_path)]
    assert accepted
    assert set(accepted) <= set(logged)
    assert len(logged) == len(set(logged)) <= len(accepted) + 3
    assert all((tmp_path / entry["file"]).read_bytes() == MAIL for entry in log(tmp_path))
