"""Segments by command: counted, listed, exported, sent to; and nobody gets an issue twice."""

import csv
import email
import email.policy
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import COMMAND, import_sample, run, run_json, sink
from tests.workspace import ITEM, edit, small_office, write

pytestmark = pytest.mark.slow

SEGMENTS = """\
segments:
  kazakhstan: { en: Kazakhstan, where: { country: Казахстан } }
  central-asia: { where: { country: [kz, kg, tj, tm, uz] } }
"""


@pytest.fixture
def office(sample: Path) -> Path:
    (sample / "subscribers" / "segments.yaml").write_text(SEGMENTS, encoding="utf-8")
    import_sample(sample)
    return sample


def test_who_is_counted_is_listed_and_exported(office: Path) -> None:
    counted = {each["segment"]: each for each in run_json(office, "subscribers", "segments")}
    kazakhstan = counted["kazakhstan"]
    listed = run_json(office, "subscribers", "list", "--segment", "kazakhstan")
    assert kazakhstan["people"] == len(listed) > 10
    assert {each["country"] for each in listed} == {"kz"}
    assert counted["central-asia"]["people"] > kazakhstan["people"]
    run(office, "subscribers", "export", "--segment", "kazakhstan", "-o", "kz.csv", "-l", "media")
    with (office / "kz.csv").open(encoding="utf-8") as stream:
        assert len(list(csv.DictReader(stream))) == kazakhstan["lists"]["media"] > 0
    table = run(office, "subscribers", "segments").stdout
    assert "segment" in table
    assert all(len(line) <= 80 for line in table.splitlines())


def test_a_segment_that_is_not_there_is_named_with_the_nearest(office: Path) -> None:
    said = run(office, "subscribers", "list", "--segment", "kazakhstn", code=2).stderr
    assert "there is no segment kazakhstn" in said
    assert "did you mean `kazakhstan`?" in said
    edit(office, "subscribers/segments.yaml", "Казахстан", "Казахста")
    said = run(office, "subscribers", "segments", code=1).stderr
    assert "subscribers/segments.yaml:2:42: there is no country “Казахста”" in said


def test_two_segments_and_then_the_whole_list_reach_everybody_once(office: Path) -> None:
    with sink(office / "sink") as witness:
        relay: dict[str, Any] = {"NEWSLETTER_RELAY": witness.relay}
        run(office, "rehearse", "2015-1", "--segment", "kazakhstan")
        first = run_json(office, "send", "2015-1", "--segment", "kazakhstan", "--yes", **relay)
        segments = {each["segment"] for each in first["mailings"]}
        assert segments == {"kazakhstan"}
        reached = len(witness.recipients())
        assert reached == sum(each["accepted"] for each in first["mailings"]) > 10
        run_json(office, "send", "2015-1", "--segment", "central-asia", "--yes", **relay)
        plan = run(office, "send", "2015-1", typed="no\n", code=None, **relay).stdout
        assert "had it before, or get it by another segment" in plan
        found = run_json(office, "send", "2015-1", "--yes", **relay)
        said = run(office, "send", "2015-1", "--segment", "kazakhstan", "--yes", code=1, **relay)
        assert "/kazakhstan' on" in said.stderr
        recipients = witness.recipients()
    assert len(found["mailings"]) == 6
    assert set(recipients.values()) == {1}
    assert len(recipients) == sum(each["accepted"] for each in found["mailings"]) == 318
    whole = [each for each in found["mailings"] if not each["segment"]]
    assert sum(each["exclusions"]["other-mailing"] for each in whole) > reached


def test_a_segment_that_was_killed_in_mid_send_is_not_sent_to_again_by_the_list(
    office: Path,
) -> None:
    with sink(office / "sink") as witness:
        environment = os.environ | {"NEWSLETTER_RELAY": witness.relay}
        command = [*COMMAND, "send", "2015-1", "--segment", "central-asia", "--yes"]
        with subprocess.Popen(
            command, cwd=office, env=environment, stdout=subprocess.DEVNULL
        ) as sender:
            while len(witness.log()) < 10 and sender.poll() is None:
                pass
            sender.send_signal(signal.SIGKILL)
        relay: dict[str, Any] = {"NEWSLETTER_RELAY": witness.relay}
        run(office, "send", "2015-1", "--yes", code=None, **relay)
        run(office, "resume", "2015-1", code=None, **relay)
        found = run_json(office, "status", "2015-1", **relay)
        recipients = witness.recipients()
    unknown = sum(each["unknown"] for each in found["mailings"])
    accepted = sum(each["accepted"] for each in found["mailings"])
    assert set(recipients.values()) == {1}
    assert accepted + unknown == 318
    assert accepted <= len(recipients) <= 318


SECTION = """\
sections:
  - layout: brief
    only_for: kazakhstan
    pick: { countries: [kz] }
"""
PEOPLE = """\
email,language,country
anna@example.org,ru,kz
boris@example.org,en,Kazakhstan
vera@example.org,ru,ru
"""


def test_a_section_for_a_segment_goes_to_its_readers_alone_as_it_was_built(tmp_path: Path) -> None:
    office = small_office(tmp_path / "office")
    write(office, "subscribers/segments.yaml", "".join(SEGMENTS.splitlines(keepends=True)[:2]))
    write(office, "issues/items/mine.yaml", ITEM.replace("[ru]", "[kz]").replace("school", "mine"))
    edit(office, "issues/spring/issue.yaml", "sections:\n", SECTION)
    write(office, "people.csv", PEOPLE)
    basis = ("--list", "media", "--basis", "a form", "--yes")
    run(office, "subscribers", "import", "people.csv", *basis)
    built = run_json(office, "build", "spring")["editions"]
    with sink(office / "sink") as witness:
        relay: dict[str, Any] = {"NEWSLETTER_RELAY": witness.relay}
        plan = run(office, "send", "spring", typed="no\n", code=None, **relay).stdout
        found = run_json(office, "send", "spring", "--yes", **relay)
        mails = {
            entry["recipient"]: witness.message(entry).decode("ascii") for entry in witness.log()
        }
    assert all(each["digest"][:12] in plan for each in built.values())
    assert "of media: 2 get the variant for kazakhstan" in plan
    assert found["mailings"][0]["variants"] == {"kazakhstan": 2}
    texts = {who: " ".join(text_of(mail).split()) for who, mail in mails.items()}
    assert len(texts) == 3
    editions = {"anna": "ru.kazakhstan", "boris": "en.kazakhstan", "vera": "ru"}
    for who, edition in editions.items():
        file = office / "build" / "spring" / edition / "newsletter.txt"
        words = " ".join(file.read_text(encoding="utf-8").split())
        story = "A mine for the young" if edition.startswith("en") else "Школа"
        assert words.count(story) == texts[f"{who}@example.org"].count(story) > 0
    shown = {who: text.count("https://www.example.org/mine") for who, text in texts.items()}
    assert shown["vera@example.org"] == 0 < shown["anna@example.org"]


def text_of(mail: str) -> str:
    """Return the text part of a message."""
    body = email.message_from_string(mail, policy=email.policy.default).get_body(("plain",))
    assert body is not None
    return str(body.get_content())
