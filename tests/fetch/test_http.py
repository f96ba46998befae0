"""What is asked, what is given back, and what ends a fetch."""

import gzip
import socket
import ssl
import time
import zlib

import pytest
import trustme

from newsletter.fetch import FetchFailed, FetchLimits, FetchRefused, Guard, fetch
from tests.fetch.web import Web, page, redirect, serve

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


def test_a_page_comes_with_its_type_and_charset(web: Web) -> None:
    body = "новости".encode("windows-1251")
    web.pages["/"] = page(body, kind='Text/HTML; Charset="windows-1251"')
    found = web.fetch()
    assert (found.status, found.data, found.ok) == (200, body, True)
    assert (found.content_type, found.charset) == ("text/html", "windows-1251")
    assert found.url == web.url()


def test_what_time_the_server_has_is_told_as_it_says_it(web: Web) -> None:
    web.pages["/"] = page(b"", "Date: Mon, 04 May 2026 12:00:00 GMT")
    web.pages["/silent"] = page(b"")
    assert web.fetch().date == "Mon, 04 May 2026 12:00:00 GMT"
    assert web.fetch("/silent").date == ""


def test_a_status_is_told_and_raises_nothing(web: Web) -> None:
    found = web.fetch("/gone")
    assert (found.status, found.ok) == (404, False)


def test_b15_nothing_of_the_office_goes_out(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """No cookie, no login, no Referer; and no proxy that the environment names."""
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    web.pages["/"] = page(b"", "Set-Cookie: a=b", "Location: /next", status="302 Found")
    web.pages["/next"] = page(b"here")
    assert web.fetch().data == b"here"
    for heard in web.heard:
        names = {line.partition(":")[0].lower() for line in heard.split("\r\n")[1:] if line}
        assert names == {"host", "user-agent", "accept", "accept-encoding", "connection"}
        assert "user-agent: newsletter/" in heard.lower()


def test_redirects_are_followed_and_told(web: Web) -> None:
    web.pages |= {
        "/": redirect("/a", "301 Moved Permanently"),
        "/a": redirect(web.url("/b"), "303 See Other"),
        "/b": redirect("c%20d", "308 Permanent Redirect"),
        "/c%20d": page(b"here"),
    }
    found = web.fetch()
    assert found.data == b"here"
    assert found.url == web.url("/c%20d")
    assert [(each.url, each.status, each.permanent) for each in found.redirects] == [
        (web.url(), 301, True),
        (web.url("/a"), 303, False),
        (web.url("/b"), 308, True),
    ]


@pytest.mark.parametrize(
    ("status", "permanent"),
    [("301 a", True), ("302 b", False), ("303 c", False), ("307 d", False), ("308 e", True)],
)
def test_a_move_for_good_is_told_from_one_for_now(web: Web, status: str, permanent: bool) -> None:
    web.pages |= {"/": redirect("/a", status), "/a": page(b"here")}
    (found,) = web.fetch().redirects
    assert found.permanent is permanent


def test_a_circle_of_redirects_ends(web: Web) -> None:
    web.pages["/"] = redirect("/")
    with pytest.raises(FetchRefused, match="more than 5 times"):
        web.fetch()
    assert len(web.heard) == 6


def test_a_redirect_to_nonsense_is_told(web: Web) -> None:
    web.pages["/"] = redirect("http://example.org:port/")
    with pytest.raises(FetchFailed, match="not an address"):
        web.fetch()


def test_head_asks_for_no_body(web: Web) -> None:
    web.pages["/"] = HEAD + b"Content-Length: 20000000000\r\n\r\n"
    found = fetch(web.url(), method="HEAD", guard=web.guard)
    assert (found.status, found.data) == (200, b"")
    assert web.heard[0].startswith("HEAD / HTTP/1.1\r\n")


def test_a_body_that_is_not_wanted_is_not_waited_for(web: Web) -> None:
    def endless(connection: socket.socket) -> None:
        connection.sendall(HEAD + b"\r\n")
        time.sleep(10)

    web.pages["/"] = endless
    assert fetch(web.url(), body=False, guard=web.guard).status == 200


def test_a_packed_body_is_unpacked(web: Web) -> None:
    two_parts = gzip.compress(b"one ") + gzip.compress(b"two")
    web.pages["/"] = page(two_parts, "Content-Encoding: gzip")
    assert web.fetch().data == b"one two"


@pytest.mark.parametrize(
    ("body", "encoding", "why"),
    [
        (gzip.compress(b"half of this", mtime=0)[:-6], "gzip", "breaks off"),
        (b"plain words", "gzip", "is not"),
        (b"xx", "br", "“br”, which was not asked for"),
    ],
)
def test_a_body_packed_badly_is_told(web: Web, body: bytes, encoding: str, why: str) -> None:
    web.pages["/"] = page(body, f"Content-Encoding: {encoding}")
    with pytest.raises(FetchFailed, match=why):
        web.fetch()


def test_b15_a_bomb_of_gzip_is_thrown_away_while_it_is_small(web: Web) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = b"".join(packer.compress(bytes(1_000_000)) for _ in range(200)) + packer.flush()
    assert len(packed) < 300_000, "the body itself is small"
    web.pages["/"] = page(packed, "Content-Encoding: gzip")
    with pytest.raises(FetchRefused, match="more than 10 MB"):
        web.fetch()


def test_b15_a_body_of_ten_gigabytes_is_refused_by_its_own_word(web: Web) -> None:
    web.pages["/"] = HEAD + b"Content-Length: 10000000000\r\n\r\n"
    with pytest.raises(FetchRefused, match="more than 10 MB"):
        web.fetch()


def test_a_body_without_end_is_cut_off(web: Web) -> None:
    sent = 0

    def endless(connection: socket.socket) -> None:
        nonlocal sent
        connection.sendall(HEAD + b"\r\n")
        while True:
            sent += connection.send(bytes(100_000))

    web.pages["/"] = endless
    with pytest.raises(FetchRefused, match="more than 10 MB"):
        web.fetch()
    assert sent < 30_000_000


@pytest.mark.parametrize("first", [b"", HEAD, HEAD + b"\r\n<html>"], ids=["start", "head", "body"])
def test_b15_a_byte_now_and_then_does_not_go_on_for_ever(web: Web, first: bytes) -> None:
    def drips(connection: socket.socket) -> None:
        connection.sendall(first)
        while True:
            connection.sendall(b"H" if first == b"" else b"x")
            time.sleep(0.05)

    web.pages["/"] = drips
    with pytest.raises(FetchFailed, match=r"within 0\.5 seconds"):
        fetch(web.url(), guard=web.guard, limits=FetchLimits(seconds=0.5))


def test_the_time_is_for_all_redirects_together(web: Web) -> None:
    def late(connection: socket.socket) -> None:
        time.sleep(0.2)
        connection.sendall(redirect("/"))

    web.pages["/"] = late
    with pytest.raises(FetchFailed, match=r"within 0\.5 seconds"):
        fetch(web.url(), guard=web.guard, limits=FetchLimits(seconds=0.5))


@pytest.mark.parametrize(
    "answer", [b"", b"220 mail ESMTP\r\n", HEAD + b"Content-Length: 100\r\n\r\nshort"]
)
def test_what_is_no_whole_answer_is_told(web: Web, answer: bytes) -> None:
    web.pages["/"] = answer
    with pytest.raises(FetchFailed, match="broke off"):
        web.fetch()


def test_a_closed_port_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    guard = Guard(inside=frozenset({("127.0.0.1", port)}))
    with pytest.raises(FetchFailed, match="cannot connect"):
        fetch(f"http://127.0.0.1:{port}/", guard=guard)


def test_a_certificate_is_held_against_the_name_and_not_the_address() -> None:
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("feed.example.org").configure_cert(server)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    with serve(server) as web:
        web.pages["/"] = page(b"secret news")
        names = ("feed.example.org", "other.example.org")
        inside = frozenset((name, web.port) for name in names)
        guard = Guard(inside=inside, resolve=lambda host, port: ["127.0.0.1"])
        good, wrong = (f"https://{name}:{web.port}/" for name in names)
        assert fetch(good, guard=guard, tls=trusting).data == b"secret news"
        with pytest.raises(FetchFailed, match="certificate does not hold"):
            fetch(wrong, guard=guard, tls=trusting)
        with pytest.raises(FetchFailed, match="certificate does not hold"):
            fetch(good, guard=guard)
