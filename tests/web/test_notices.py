"""Mails to single readers are accounted for: relays that go away, deaths in between, addresses."""

import email
import email.policy
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.errors import InputRefused
from newsletter.model.mailing import DeliveryState, Outcome, Scope, Stage, Verdict
from newsletter.people.noticing import settle
from tests.cli.program import Witness, sink
from tests.web.served import Front
from tests.workspace import edit, write

ANNA = "anna@example.org"
NOBODY = "smtp://127.0.0.1:9?tls=none"


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[Witness]:
    with sink(tmp_path / "sink") as running:
        yield running


def test_a_relay_that_is_away_is_tried_again_and_nobody_is_lost(
    front: Front, witness: Witness
) -> None:
    front.fill_in(ANNA)
    front.fill_in("boris@example.org")
    sent = front.send_notices(NOBODY)
    assert "no connection" in sent.fault
    assert {each.state for each in front.notices()} == {"deferred"}
    assert all("no connection" in each.reply for each in front.notices())
    assert front.send_notices(witness.relay).total == 0  # not due yet
    front.clock.wait(minutes=10)
    assert front.send_notices(witness.relay).counts == {DeliveryState.ACCEPTED: 2}
    assert [each.attempts for each in front.notices()] == [2, 2]
    assert all(count == 1 for count in witness.recipients().values())
    assert len(front.story(ANNA).consents) == 1  # asked once, however often it was tried


def test_what_a_dead_process_was_sending_is_unknown_and_not_sent_again(
    front: Front, witness: Witness
) -> None:
    front.fill_in(ANNA)
    assert len(front.begin_notices()) == 1  # the intent is durable, and here the process dies
    assert front.send_notices(witness.relay).total == 0
    (notice,) = front.notices()
    assert (notice.state, witness.log()) == ("unknown", [])
    front.fill_in(ANNA)
    assert front.send_notices(witness.relay).total == 0  # once in a day, whatever became of it
    front.clock.wait(hours=25)
    front.fill_in(ANNA)
    front.send_notices(witness.relay)
    assert witness.recipients()[ANNA] == 1


def test_one_process_at_a_time_sends(front: Front) -> None:
    with front.store.alone_at("notices") as mine, front.store.alone_at("notices") as second:
        assert (mine, second) == (True, False)


def test_an_address_beyond_ascii_that_the_relay_cannot_carry_is_refused_and_no_other(
    front: Front, witness: Witness
) -> None:
    front.fill_in("анна@example.org")
    front.fill_in("boris@пример.рф")
    front.send_notices(witness.relay)
    states = {each.attempts: each.state for each in front.notices()}
    assert set(states) == {1}
    domains = {name.rpartition("@")[2] for name in witness.recipients()}
    assert "xn--e1afmkfd.xn--p1ai" in domains


def test_the_mail_keeps_to_the_rules_for_what_programs_write(
    front: Front, witness: Witness
) -> None:
    front.fill_in(ANNA, language="ru")
    front.send_notices(witness.relay)
    octets = witness.message(witness.log()[0])
    assert max(map(len, octets.split(b"\r\n"))) <= 998
    mail = email.message_from_bytes(octets, policy=email.policy.default)
    assert mail["Auto-Submitted"] == "auto-generated"  # RFC 3834 5
    assert mail["Precedence"] is None
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    assert not mail.defects
    assert mail["Message-ID"].startswith("<notice.1.")
    html = mail.get_body(("html",))
    assert html
    assert '<html lang="ru"' in html.get_content()


def test_words_of_the_office_take_the_place_of_ours(front: Front, witness: Witness) -> None:
    """A theme without notices is given those of the program; one that has them has its own."""
    theme = Path(__file__).parents[2] / "templates" / "ilo-moscow"
    own = front.office / "templates" / "plain"
    for path in theme.rglob("*"):
        if path.is_file() and path.name not in ("theme.yaml", "issue.mjml.j2", "issue.txt.j2"):
            write(own, path.relative_to(theme).as_posix(), path.read_bytes())
    edit(front.office, "templates/plain/theme.yaml", 'colours: { ink: "#1f2a37" }', COLOURS)
    # A theme that is older than a kind of notice goes on: the program's words stand in.
    (own / "notices" / "changed.yaml").unlink()
    name = "templates/plain/notices/confirm.yaml"
    edit(front.office, name, "Please confirm your subscription", "Is that you? {lists}")
    front.fill_in(ANNA)
    front.send_notices(witness.relay)
    octets = witness.message(witness.log()[0])
    mail = email.message_from_bytes(octets, policy=email.policy.default)
    assert mail["Subject"] == "Is that you? “For the media”"
    edit(front.office, name, "  heading: One more step\n", "")
    with pytest.raises(InputRefused, match=r"notices/confirm\.yaml:\d+"):
        front.send_notices(witness.relay)


COLOURS = "colours:\n" + "".join(
    f'  {name}: "#1f2a37"\n'
    for name in (
        *("page", "paper", "panel", "band", "band_text", "band_muted", "gold", "ink", "muted"),
        *("title", "label", "link", "rule", "dark_page", "dark_paper", "dark_panel", "dark_band"),
        *("dark_ink", "dark_muted", "dark_title", "dark_label", "dark_link", "dark_rule"),
    )
)


VERDICTS = [
    (Verdict.ACCEPTED, Scope.RECIPIENT, "accepted"),
    (Verdict.UNKNOWN, Scope.CONNECTION, "unknown"),
    (Verdict.REFUSED, Scope.RECIPIENT, "refused"),
    (Verdict.REFUSED, Scope.SENDER, "deferred"),  # nothing was said about the reader
    (Verdict.REFUSED, Scope.POLICY, "deferred"),
    (Verdict.REFUSED, Scope.MESSAGE, "deferred"),
    (Verdict.DEFERRED, Scope.RECIPIENT, "deferred"),
    (Verdict.RELEASED, Scope.CONNECTION, "deferred"),
]


@pytest.mark.parametrize(("verdict", "scope", "state"), VERDICTS)
def test_what_an_answer_makes_of_a_notice(
    front: Front, verdict: Verdict, scope: Scope, state: str
) -> None:
    import datetime
    import random

    front.fill_in(ANNA)
    (notice,) = front.begin_notices()
    outcome = Outcome(verdict=verdict, stage=Stage.FINAL, scope=scope)
    now, days = front.clock.now(), datetime.timedelta(days=2)
    found = settle(notice, outcome, now, days, random.Random(1))
    assert found.state == state
    assert (found.due_at is not None) == (state == "deferred")
    late = settle(notice, outcome, now + days, days, random.Random(1))
    assert late.state == ("refused" if state == "deferred" else state)


def test_b19_a_link_that_was_passed_on_sends_its_reader_one_goodbye_a_day(front: Front) -> None:
    way, sent = front.subscribe("anna@example.org"), 0
    for _ in range(5):
        page = front.post(way, "page=1").text
        (back,) = re.findall(r'action="([^"]*/resubscribe/[^"]*)"', page)
        assert front.post(back).status == 200
        sent += len(front.begin_notices())
    assert sent == 1
    assert "told within a day" in {each.reason for each in front.notices()}
