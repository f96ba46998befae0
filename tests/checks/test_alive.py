"""Links: a real server is asked, gently, and each answer means what it should."""

import datetime
import functools
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from newsletter.checks.alive import Fetch, dead_links
from newsletter.checks.deeper import LINK_DEAD
from newsletter.fetch import Guard, fetch
from newsletter.model.finding import Finding, Severity
from tests.checks.mails import mail_of, page_of
from tests.fetch.web import Web, page, redirect, serve

OLDER = '[{"url": "https://x.net/", "asked": "2026-01-05T11:00:00+00:00", "status": 200}]'
NOW = datetime.datetime(2026, 1, 5, 12, tzinfo=datetime.UTC)


@pytest.fixture
def web() -> Iterator[Web]:
    with serve() as running:
        yield running


def ask(*webs: Web) -> Fetch:
    """Return a fetch that may call these servers, by address or by any name with their port."""
    names = ("127.0.0.1", "one.local.net", "two.local.net")
    inside = frozenset((name, web.port) for web in webs for name in names)

    def resolve(host: str, port: int) -> list[str]:
        if host in names:
            return ["127.0.0.1"]
        raise OSError("no such host")

    return functools.partial(fetch, guard=Guard(inside=inside, resolve=resolve))


def looked_at(web: Web, *paths: str, cache: Path | None = None, **limits: float) -> list[Finding]:
    links = "\n".join(f'<a href="{web.url(path)}">page {path}</a>' for path in paths)
    return links_of(links, ask(web), cache=cache, **limits)


def links_of(
    body: str, asking: Fetch, *, cache: Path | None = None, **limits: float
) -> list[Finding]:
    return dead_links(
        [mail_of(page_of(body))],
        ask=asking,
        cache=cache,
        now=lambda: NOW,
        limits={**LINK_DEAD.limits, **limits},
    )


def test_a_page_that_is_there_is_asked_with_head_once_and_not_named(web: Web) -> None:
    web.pages["/a"] = page(b"here")
    assert looked_at(web, "/a", "/a#part") == []
    assert [heard.split(" ")[0] for heard in web.heard] == ["HEAD"]


@pytest.mark.parametrize("status", ["404 Not Found", "410 Gone"])
def test_a_page_that_is_gone_is_a_warning_at_the_link(web: Web, status: str) -> None:
    web.pages["/a"] = page(b"here")
    web.pages["/gone"] = page(b"", status=status)
    (finding,) = looked_at(web, "/a", "/gone")
    assert (finding.rule, finding.severity) == ("link-dead", Severity.WARNING)
    assert str(finding.place) == "mail.html:4:1"
    assert finding.spot is not None
    assert f"the link “page /gone” is dead: {web.url('/gone')} answers {status[:3]}" in str(finding)
    assert "there is no such page - correct the address or take the link out" in str(finding)


def test_a_server_that_knows_no_head_is_asked_with_get(web: Web) -> None:
    def only_get(connection: socket.socket) -> None:
        head = web.heard[-1].startswith("HEAD")
        connection.sendall(page(b"x", status="405 No" if head else "200 OK"))

    web.pages["/a"] = only_get
    assert looked_at(web, "/a") == []
    assert [heard.split(" ")[0] for heard in web.heard] == ["HEAD", "GET"]


def test_a_server_that_hangs_up_on_head_is_asked_with_get(web: Web) -> None:
    def only_get(connection: socket.socket) -> None:
        if web.heard[-1].startswith("GET"):
            connection.sendall(page(b"x"))

    web.pages["/a"] = only_get
    assert looked_at(web, "/a") == []


def test_a_server_in_trouble_is_told_from_a_page_that_is_gone(web: Web) -> None:
    web.pages["/a"] = page(b"", status="503 Service Unavailable")
    (finding,) = looked_at(web, "/a")
    assert (finding.rule, finding.severity) == ("link-dead", Severity.WARNING)
    assert "answers 503 - try again later" in str(finding)


@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden", "429 Too Many"])
def test_a_page_that_may_be_closed_to_programs_is_a_note(web: Web, status: str) -> None:
    web.pages["/a"] = page(b"", status=status)
    (finding,) = looked_at(web, "/a")
    assert (finding.rule, finding.severity) == ("link-doubtful", Severity.NOTE)


def lead(web: Web, *statuses: str) -> None:
    """Let /0 lead to /1 and so on, with these statuses, and to a page in the end."""
    for number, status in enumerate(statuses):
        web.pages[f"/{number}"] = redirect(f"/{number + 1}", status)
    web.pages[f"/{len(statuses)}"] = page(b"x")


@pytest.mark.parametrize("statuses", [("301 a",), ("308 b",), ("301 a", "308 b", "301 c")])
def test_an_address_that_moved_for_good_is_a_note_with_the_new_one(
    web: Web, statuses: tuple[str, ...]
) -> None:
    lead(web, *statuses)
    (finding,) = looked_at(web, "/0")
    assert (finding.rule, finding.severity) == ("link-moved", Severity.NOTE)
    new = web.url(f"/{len(statuses)}")
    assert f"leads to {web.url('/0')}, which has moved for good to {new} - " in str(finding)
    assert finding.remedy == "write the new address"


@pytest.mark.parametrize(
    "statuses",
    [("302 a",), ("303 b",), ("307 c",), ("301 a", "302 b"), ("302 a", "308 b")],
)
def test_an_address_that_leads_on_for_now_may_stay_as_it_is(
    web: Web, statuses: tuple[str, ...]
) -> None:
    lead(web, *statuses)
    assert looked_at(web, "/0") == []


def test_a_last_slash_that_a_server_adds_is_no_move(web: Web) -> None:
    web.pages["/b"] = redirect(web.url("/b/"), "301 Moved Permanently")
    web.pages["/b/"] = page(b"x")
    assert looked_at(web, "/b") == []


def test_a_move_is_remembered_with_its_new_address(web: Web, tmp_path: Path) -> None:
    cache = tmp_path / "links.json"
    lead(web, "301 a")
    first = looked_at(web, "/0", cache=cache)
    asked = len(web.heard)
    assert looked_at(web, "/0", cache=cache) == first
    assert len(web.heard) == asked


def test_an_address_that_leads_to_nothing_is_dead(web: Web) -> None:
    web.pages["/old"] = redirect(web.url("/nowhere"))
    (finding,) = looked_at(web, "/old")
    assert finding.rule == "link-dead"


def test_a_host_that_does_not_exist_is_told_from_one_that_does_not_answer(web: Web) -> None:
    closed = socket.create_server(("127.0.0.1", 0))
    port = closed.getsockname()[1]
    closed.close()
    gone = Web(port)
    body = f'<a href="https://nobody.net/x">one</a> <a href="{gone.url()}">two</a>'
    no_host, no_answer = links_of(body, ask(web, gone))
    assert "is dead: https://nobody.net/x there is no host nobody.net" in no_host.message
    assert "cannot connect" in no_answer.message
    assert {no_host.rule, no_answer.rule} == {"link-dead"}


def test_a_certificate_that_does_not_hold_is_named_as_such() -> None:
    authority = trustme.CA()
    context = _server_context(authority)
    with serve(context) as web:
        web.pages["/"] = page(b"x")
        body = f'<a href="https://127.0.0.1:{web.port}/">x</a>'
        (finding,) = links_of(body, ask(web))
    assert "no secure connection: its certificate does not hold" in finding.message


def _server_context(authority: trustme.CA):  # type: ignore[no-untyped-def]
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


def test_addresses_inside_the_office_are_not_called(web: Web) -> None:
    body = f'<a href="{web.url("/secret")}">x</a>'
    finding = dead_links([mail_of(page_of(body))])[0]
    assert finding.rule == "link-dead"
    assert web.heard == []


def test_example_domains_are_not_asked_and_named_in_one_note() -> None:
    body = (
        '<a href="https://www.example.org/a">a</a> <a href="https://example.com/b">b</a>'
        '<a href="http://x.test/">c</a> <a href="mailto:a@example.org">d</a> <a href="#x">e</a>'
        '<a href="[[unsubscribe_url]]">f</a> <a href="https://[broken">g</a>'
    )

    def never(url: str, **_: object) -> None:
        raise AssertionError(url)

    (finding,) = links_of(body, never)  # type: ignore[arg-type]
    assert (finding.rule, finding.severity) == ("link-example", Severity.NOTE)
    assert "3 addresses lead to a domain kept for examples" in finding.message


def test_what_exists_only_once_the_issue_is_sent_is_not_asked(web: Web) -> None:
    body = f'<a href="{web.url("/issues/2015-1/en/")}">x</a>'
    own = (web.url("/issues/2015-1/"),)
    assert dead_links([mail_of(page_of(body))], own=own, ask=ask(web)) == []
    assert web.heard == []


def test_what_answered_well_is_remembered_for_a_day_and_what_did_not_is_asked_anew(
    web: Web, tmp_path: Path
) -> None:
    cache = tmp_path / "state" / "links.json"
    web.pages["/a"] = page(b"x")
    assert [each.rule for each in looked_at(web, "/a", "/b", cache=cache)] == ["link-dead"]
    asked = len(web.heard)
    web.pages["/b"] = page(b"x")
    assert looked_at(web, "/a", "/b", cache=cache) == []
    assert [heard.split(" ")[1] for heard in web.heard[asked:]] == ["/b"]
    mail = mail_of(page_of(f'<a href="{web.url("/a")}">x</a>'))
    tomorrow = NOW + datetime.timedelta(days=1)
    before = len(web.heard)
    dead_links([mail], cache=cache, ask=ask(web), now=lambda: tomorrow)
    assert len(web.heard) == before + 1


def test_how_long_a_good_answer_is_remembered_is_a_limit(web: Web, tmp_path: Path) -> None:
    cache = tmp_path / "links.json"
    web.pages["/a"] = page(b"x")
    for _ in range(2):
        assert looked_at(web, "/a", cache=cache, hours=0) == []
    assert len(web.heard) == 2


def test_how_often_an_address_may_lead_on_is_a_limit(web: Web) -> None:
    lead(web, "302 a", "302 b")
    assert looked_at(web, "/0", redirects=2) == []
    (finding,) = looked_at(web, "/0", redirects=1)
    assert "is dead" in finding.message
    assert "leads on more than 1 times" in finding.message


def test_how_long_an_answer_may_take_is_a_limit(web: Web) -> None:
    over = threading.Event()

    def late(connection: socket.socket) -> None:
        over.wait(60)

    web.pages["/a"] = late
    (finding,) = looked_at(web, "/a", seconds=0.1)
    over.set()
    assert "is too slow: not everything came within 0.1 seconds" in finding.message


@pytest.mark.parametrize("content", ["", "[1]", '[{"url": 1}]', "{", '{"a": 1}', "\udc80", OLDER])
def test_a_memory_that_cannot_be_read_is_written_anew(
    web: Web, tmp_path: Path, content: str
) -> None:
    cache = tmp_path / "links.json"
    cache.write_bytes(content.encode("utf-8", errors="surrogateescape"))
    web.pages["/a"] = page(b"x")
    assert looked_at(web, "/a", cache=cache) == []
    assert [each["url"] for each in json.loads(cache.read_text())] == [web.url("/a")]


@pytest.mark.parametrize(
    ("limits", "of_one", "of_all"),
    [({}, 2, 4), ({"per_host": 1}, 1, 2), ({"per_host": 4, "together": 3}, 3, 3)],
)
def test_a_host_is_asked_few_questions_at_a_time_and_hosts_side_by_side(
    limits: dict[str, int], of_one: int, of_all: int
) -> None:
    now: dict[int, int] = {}
    most: dict[int, int] = {}
    together: list[int] = []
    lock = threading.Lock()

    def slow(web: Web):  # type: ignore[no-untyped-def]
        def answer(connection: socket.socket) -> None:
            with lock:
                now[web.port] = now.get(web.port, 0) + 1
                most[web.port] = max(most.get(web.port, 0), now[web.port])
                together.append(sum(now.values()))
            time.sleep(0.05)
            with lock:
                now[web.port] -= 1
            connection.sendall(page(b"x"))

        return answer

    with serve() as one, serve() as other:
        two = Web(other.port, other.pages, other.heard, host="two.local.net")
        for web in (one, two):
            for number in range(8):
                web.pages[f"/{number}"] = slow(web)
        body = "".join(
            f'<a href="{web.url(f"/{number}")}">x</a>' for number in range(8) for web in (one, two)
        )
        assert links_of(body, ask(one, two), cache=None, **limits) == []
    assert max(most.values()) <= of_one
    assert 1 < max(together) <= of_all
