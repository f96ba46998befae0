"""Whom the preview answers, and what it allows a browser to do with the answers."""

import socket

import pytest

from newsletter.errors import NewsletterError, WrongUsage
from newsletter.studio.server import listen
from tests.studio.served import Elements, Preview

ANSWERS = [
    "/",
    "/issue/spring",
    "/mail/spring/en.html",
    "/mail/spring/en.txt",
    "/mail/spring/en.eml",
    "/picture/off",
    "/static/live.js",
    "/nowhere",
]


@pytest.mark.parametrize("path", ANSWERS)
def test_every_answer_says_what_a_browser_may_do_with_it(shown: Preview, path: str) -> None:
    headers = shown.get(path).headers
    assert headers["content-security-policy"].startswith("default-src 'none'; ")
    assert "'unsafe-eval'" not in headers["content-security-policy"]
    assert "script-src 'unsafe-inline'" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert "server" not in headers


def test_events_are_guarded_too(shown: Preview) -> None:
    with shown.events("/events/spring?since=earlier") as events:
        assert events.response.headers["content-security-policy"]
        assert events.response.headers["content-type"].startswith("text/event-stream")


def test_a_mail_may_run_nothing_and_load_nothing_from_elsewhere(shown: Preview) -> None:
    answer = shown.get("/mail/spring/en.html")
    policy = answer.headers["content-security-policy"]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert "script-src" not in rules
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "'self'"
    assert "allow-scripts" not in rules["sandbox"]
    for frame in Elements.of(shown.get("/issue/spring").text).all("iframe"):
        assert frame["sandbox"] == rules["sandbox"]


@pytest.mark.parametrize("host", ["127.0.0.1:{}", "localhost:{}", "LocalHost:{}", "[::1]:{}"])
def test_this_computer_is_answered_by_any_of_its_names(shown: Preview, host: str) -> None:
    answer = shown.get("/issue/spring", {"Host": host.format(shown.port)})
    assert answer.status == 200


@pytest.mark.parametrize(
    "host",
    [
        "preview.example.org",
        "preview.example.org:{}",
        "127.0.0.1",
        "127.0.0.1:1",
        "127.0.0.1.example.org:{}",
        "localhost.:{}",
        "",
    ],
)
@pytest.mark.parametrize("path", ["/issue/spring", "/mail/spring/en.html", "/events/spring"])
def test_a_name_that_was_pointed_here_is_refused(shown: Preview, host: str, path: str) -> None:
    answer = shown.get(path, {"Host": host.format(shown.port)})
    assert answer.status == 403
    assert "spring" not in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_the_preview_is_served_to_this_computer_alone() -> None:
    with pytest.raises(WrongUsage, match=r"not for 0\.0\.0\.0 - use 127\.0\.0\.1"):
        listen("0.0.0.0", 0)


def test_a_port_that_is_taken_is_named_with_the_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(NewsletterError, match=f"at port {port}: .* - choose another port"):
            listen("127.0.0.1", port)
