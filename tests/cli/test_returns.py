"""`newsletter serve` takes what providers post, and `returns explain` says what it means."""

import http.client
import json
import random
import signal
import threading
import time
from pathlib import Path

import pytest

from newsletter.returns.spool import Spool
from tests.cli.program import run
from tests.cli.serving import Served, serving
from tests.returns import posts

pytestmark = pytest.mark.slow

POSTMARK = {
    "RecordType": "Bounce",
    "Type": "HardBounce",
    "ID": 7,
    "Email": "anna@example.org",
    "Details": "smtp;550 5.1.1 <anna@example.org>: User unknown",
}


def named(office: Path, *lines: str) -> None:
    with (office / "newsletter.yaml").open("a", encoding="utf-8") as file:
        file.write("\n".join(("", "returns:", "  webhooks:", *lines, "")))


def test_a_post_that_was_taken_outlives_the_program_and_is_explained(peopled: Path) -> None:
    named(peopled, "    postmark: {secret_file: secret}")
    (peopled / "secret").write_text(posts.SECRET)
    (peopled / "secret").chmod(0o600)
    raw = json.dumps(POSTMARK).encode()
    with serving(peopled) as served:
        where = "https://example.org/returns/postmark"
        assert served.ask("POST", where, raw, {"Authorization": "Bearer x"})[0] == 403
        assert served.ask("POST", where, raw, posts.basic())[0] == 200
        served.process.send_signal(signal.SIGKILL)
    new = peopled / ".newsletter" / "returns" / "new"
    (file,) = new.iterdir()
    assert file.suffix == ".postmark"
    assert file.read_bytes() == raw
    said = run(peopled, "returns", "explain", str(new)).stdout
    assert "a bounce" in said
    assert "unknown user (5.1.1), for good" in said
    found = json.loads(run(peopled, "returns", "explain", str(new), "--json").stdout)
    assert found["recipients"][0]["suppress"] is True
    assert found["reporter"] == "postmark"


@pytest.mark.parametrize("seed", range(4))
def test_kill_9_while_posts_come_loses_none_that_was_taken(peopled: Path, seed: int) -> None:
    named(peopled, "    brevo: {}")
    taken: list[bytes] = []

    def post(served: Served, name: int) -> None:
        for number in range(10_000):
            raw = json.dumps({"event": "hard_bounce", "ts_epoch": number, "tag": name}).encode()
            try:
                status = served.ask("POST", "https://x/returns/brevo", raw, posts.basic())[0]
            except (OSError, http.client.HTTPException):
                return
            if status == 200:
                taken.append(raw)

    moment = random.Random(seed).uniform(0.2, 1.2)
    with serving(peopled, NEWSLETTER_RETURNS_BREVO_KEY=posts.SECRET) as served:
        threads = [threading.Thread(target=post, args=(served, name)) for name in range(4)]
        for each in threads:
            each.start()
        while not taken and any(each.is_alive() for each in threads):
            time.sleep(0.01)
        time.sleep(moment)
        served.process.send_signal(signal.SIGKILL)
        for each in threads:
            each.join(30)
    kept = [each.read() for each in Spool(peopled / ".newsletter").waiting()]
    assert taken
    assert set(taken) <= set(kept)
    assert len(kept) == len(set(kept)) <= len(taken) + len(threads)


def test_several_events_of_a_post_are_explained_one_by_one(small: Path) -> None:
    events = [
        {"event": "spamreport", "email": "anna@example.org"},
        {"event": "delivered", "email": "berta@example.org"},
    ]
    (small / "a.sendgrid").write_text(json.dumps(events))
    said = run(small, "returns", "explain", "a.sendgrid").stdout
    assert "a.sendgrid (1): a complaint" in said
    assert "a.sendgrid (2): none of these" in said


def test_serve_says_which_secret_is_missing(peopled: Path) -> None:
    named(peopled, "    mailgun: {}")
    said = run(peopled, "serve", "--port", "0", code=2).stderr
    assert "NEWSLETTER_RETURNS_MAILGUN_KEY" in said
