"""A whole send to mail servers that others wrote; what they took is held against our report."""

import asyncio
import collections
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from newsletter.mailing.report import Report
from newsletter.model.mailing import DeliveryState
from newsletter.smtp.connection import Timeouts
from newsletter.store.ledger import Ledger
from tests.mailing.sends import SwiftClock, office, send
from tests.smtp.foreign import MailServer, mail_server, smtp_sink
from tests.store.office import ISSUE, opened

pytestmark = pytest.mark.slow

S = DeliveryState
READERS = 6
BRIEF = Timeouts(greeting=10, mail=10, rcpt=10, data=10, block=10, final=10, quit=0.5)


@dataclass(frozen=True)
class Sink:
    """How smtp-sink is told to behave, and where everybody stands after a send to it."""

    options: tuple[str, ...]
    states: Mapping[DeliveryState, int]
    exit_code: int


ALL = {S.ACCEPTED: READERS}
NOBODY = {S.PENDING: READERS}
SINKS = [
    Sink((), ALL, 0),
    Sink(("-p",), ALL, 0),
    Sink(("-e",), ALL, 0),
    Sink(("-P",), ALL, 0),
    Sink(("-8", "-E", "-N"), ALL, 0),
    Sink(("-f", "ehlo"), ALL, 0),
    Sink(("-f", "quit"), ALL, 0),
    Sink(("-q", "quit"), ALL, 0),
    Sink(("-Q", "quit"), ALL, 0),
    Sink(("-m", "1"), ALL, 0),
    Sink(("-w", "1"), ALL, 0),
    Sink(("-p", "-W", ".:1"), ALL, 0),
    Sink(("-H", "1", "-T", "1000"), ALL, 0),
    Sink(("-f", "rcpt", "-B", "550 5.1.1 no such user"), {S.REFUSED: READERS}, 3),
    Sink(("-r", "rcpt", "-b", "450 4.7.1 greylisted"), {S.DEFERRED: READERS}, 3),
    Sink(("-r", ".", "-b", "452 4.2.2 full"), {S.DEFERRED: READERS}, 3),
    Sink(("-f", ".", "-B", "550 5.1.1 no such user"), {S.REFUSED: READERS}, 3),
    Sink(("-f", "connect"), NOBODY, 4),
    Sink(("-r", "connect"), NOBODY, 4),
    Sink(("-q", "connect"), NOBODY, 4),
    Sink(("-Q", "connect"), NOBODY, 4),
    Sink(("-f", "mail"), NOBODY, 4),
    Sink(("-r", "mail"), NOBODY, 4),
    Sink(("-q", "mail"), NOBODY, 4),
    Sink(("-q", "rcpt"), NOBODY, 4),
    Sink(("-Q", "rcpt"), NOBODY, 4),
    Sink(("-q", "data"), NOBODY, 4),
    Sink(("-f", "data"), NOBODY, 4),
    Sink(("-r", "data"), NOBODY, 4),
    Sink(("-r", "."), NOBODY, 4),
    Sink(("-Q", "."), NOBODY, 4),
    Sink(("-f", "."), NOBODY, 4),
    Sink(("-A", "0"), NOBODY, 4),
]


@pytest.fixture
def dumps(tmp_path: Path) -> Path:
    """Return a folder into which smtp-sink may write."""
    folder = tmp_path / "dumps"
    folder.mkdir()
    if os.geteuid() == 0:
        for each in (folder, *folder.parents):
            if each.owner() == "root" and each != Path("/") and each != Path("/tmp"):
                each.chmod(each.stat().st_mode | 0o011)
        shutil.chown(folder, "nobody")
    return folder


def dumped(folder: Path) -> collections.Counter[str]:
    """Return how often smtp-sink took a whole mail for each recipient."""
    texts = [each.read_text(encoding="utf-8") for each in folder.iterdir()]
    return collections.Counter(
        found[1] for text in texts if (found := re.search(r"X-Rcpt-Args: <([^>]*)>", text))
    )


def counts(report: Report) -> dict[DeliveryState, int]:
    return {state: count for state in S if (count := report.count(state))}


def who_is(ledger: Ledger, state: DeliveryState) -> set[str]:
    return {each.address for each in ledger.standings(ISSUE, [state])}


@pytest.mark.parametrize("sink", SINKS, ids=lambda sink: " ".join(sink.options) or "good")
async def test_smtp_sink_and_our_report_agree(sink: Sink, tmp_path: Path, dumps: Path) -> None:
    with opened(tmp_path) as database:
        ledger = office(database, READERS)
        async with smtp_sink("-d", f"{dumps}/%s.", *sink.options) as port:
            await listening(port)
            report = await send(ledger, port, clock=SwiftClock(), connections=1, timeouts=BRIEF)
        taken = dumped(dumps)
        assert (counts(report), report.exit_code) == (sink.states, sink.exit_code)
        accepted = who_is(ledger, S.ACCEPTED)
        assert all(taken[each] == 1 for each in accepted)


async def test_whom_smtp_sink_took_and_did_not_answer_is_unknown(
    tmp_path: Path, dumps: Path
) -> None:
    with opened(tmp_path) as database:
        ledger = office(database, READERS)
        async with smtp_sink("-d", f"{dumps}/%s.", "-q", ".") as port:
            await listening(port)
            report = await send(ledger, port, connections=1, timeouts=BRIEF)
        assert report.exit_code == 4
        assert 1 <= report.count(S.UNKNOWN) <= 3
        assert report.count(S.UNKNOWN) + report.count(S.PENDING) == READERS
        assert dumped(dumps) == dict.fromkeys(who_is(ledger, S.UNKNOWN), 1)


async def listening(port: int) -> None:
    """Wait until a server is up; one that is told to hang up is up, too."""
    for _ in range(200):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
    raise AssertionError(f"nobody listens at {port}")


# --- Postfix ---


BOXES = {
    "virtual_mailbox_domains": "example.org",
    "virtual_mailbox_maps": "regexp:{ {/^reader/ one/} }",
    "virtual_alias_maps": "",
    "smtpd_peername_lookup": "no",
}


@dataclass(frozen=True)
class Rule:
    """A setting of Postfix, where everybody stands after a send to it, and the words for it."""

    id: str
    settings: Mapping[str, str]
    states: Mapping[DeliveryState, int]
    exit_code: int
    words: str = ""


ONE = "reader00003@example.org"


def to_one(action: str) -> dict[str, str]:
    """Return the setting that gives one reader a rule of their own."""
    table = f"inline:{{ {{ {ONE} = {action} }} }}"
    return {"smtpd_recipient_restrictions": f"check_recipient_access {table}"}


FEW = {
    "smtpd_client_message_rate_limit": "2",
    "anvil_rate_time_unit": "600s",
    "smtpd_client_event_limit_exceptions": "",
}
ALONE = {"smtpd_client_connection_count_limit": "1", "smtpd_client_event_limit_exceptions": ""}
RULES = [
    Rule("nothing special", {}, ALL, 0),
    Rule(
        "F6 one mailbox is gone",
        to_one("550 5.1.1 no such user"),
        {S.ACCEPTED: READERS - 1, S.REFUSED: 1},
        3,
        "550 5.1.1",
    ),
    Rule(
        "F5 greylisting by a table",
        to_one("450 4.7.1 greylisted"),
        {S.ACCEPTED: READERS - 1, S.DEFERRED: 1},
        3,
        "450 4.7.1",
    ),
    Rule("F24 a small limit", {"message_size_limit": "1000"}, NOBODY, 4, "too big"),
    Rule(
        "F15 the content is rejected",
        {"header_checks": "regexp:{ {/^Subject:/ REJECT not this issue} }"},
        NOBODY,
        4,
        "not this issue",
    ),
    Rule(
        "F26 few mails in a time",
        FEW,
        {S.ACCEPTED: 2, S.DEFERRED: READERS - 2},
        3,
    ),
    Rule("F26 one connection at a time", ALONE, ALL, 0),
    Rule("one recipient in a mail", {"smtpd_recipient_limit": "1"}, ALL, 0),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
async def test_postfix_and_our_report_agree(rule: Rule, tmp_path: Path) -> None:
    with opened(tmp_path) as database, mail_server({**BOXES, **rule.settings}) as server:
        ledger = office(database, READERS)
        await listening(server.port)
        report = await send(ledger, server.port, clock=SwiftClock(), timeouts=BRIEF)
        assert (counts(report), report.exit_code) == (rule.states, rule.exit_code)
        said = [each.reason for each in ledger.standings(ISSUE) if each.reason]
        assert rule.words in f"{report.stopped} {said}"
        accepted = who_is(ledger, S.ACCEPTED)
        assert await delivered(server, len(accepted)) == dict.fromkeys(accepted, 1)


async def delivered(server: MailServer, count: int) -> collections.Counter[str]:
    """Wait until Postfix has put so many mails into mailboxes; give whose."""
    for _ in range(200):
        if server.delivered().total() >= count:
            break
        await asyncio.sleep(0.05)
    return server.delivered()
