"""Nothing inside is ever called, however its address is written or found."""

import ipaddress
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.fetch import FetchFailed, FetchLimits, FetchRefused, Guard, fetch
from newsletter.fetch.guard import carried, is_inside, is_public
from tests.fetch.web import Web, page, redirect

INNER = (
    "127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0",
    "100.64.0.1", "192.0.0.170", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1", "2001:db8::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::7f00:1", "2002:7f00:1::", "2002:c0a8:101::1",
    "2001:0:4136:e378:8000:63bf:f5ff:fffe",
)  # fmt: skip
OUTER = (
    "8.8.8.8", "93.184.215.14", "2606:4700::1111", "2a02:6b8::2:242", "::ffff:8.8.8.8",
    "64:ff9b::808:808", "2002:808:808::1",
)  # fmt: skip


@pytest.mark.parametrize("address", INNER)
def test_an_inner_address_is_not_public(address: str) -> None:
    assert not is_public(carried(ipaddress.ip_address(address)))


@pytest.mark.parametrize("address", OUTER)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(carried(ipaddress.ip_address(address)))


@given(st.ip_addresses(v=4), st.sampled_from(("::ffff:0:0", "64:ff9b::", "::")))
def test_an_ipv6_address_is_as_public_as_the_ipv4_address_it_carries(
    inner: ipaddress.IPv4Address, carrier: str
) -> None:
    outer = ipaddress.IPv6Address(int(ipaddress.IPv6Address(carrier)) | int(inner))
    if int(outer) > 1:  # :: and ::1 carry nothing
        assert is_public(carried(outer)) == is_public(inner)


@pytest.mark.parametrize("address", ["169.254.169.254", "0.0.0.0", "224.0.0.1", "fe80::1"])
def test_nobody_can_vouch_for_an_address_of_the_link(address: str) -> None:
    assert not is_inside(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0",
        "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]",
        "127。0。0。1",
    ],
)  # fmt: skip
def test_b15_a_server_inside_is_not_called_however_it_is_written(web: Web, host: str) -> None:
    ports = Guard(ports=frozenset({web.port}))
    with pytest.raises(FetchRefused, match=r"not on the public internet|is not an address"):
        fetch(f"http://{host}:{web.port}/", guard=ports)
    assert web.heard == []


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("file:///etc/passwd", "not an address on the web"),
        ("ftp://example.org/", "not an address on the web"),
        ("gopher://127.0.0.1:25/_MAIL", "not an address on the web"),
        ("/etc/passwd", "not an address on the web"),
        ("https:///", "names no host"),
        ("http://user:secret@example.org/", "user name or password"),
        ("http://example.org:25/", "port 25"),
        ("https://example.org:8443/", "only 80 and 443"),
        ("http://exa\nmple.org/", "is not an address"),
        ("http://[::1/", "is not an address"),
        ("http://[fe80::1%25eth0]/", "names no host"),
    ],
)
def test_b15_an_address_that_is_not_of_the_web_is_refused_unasked(url: str, why: str) -> None:
    def never(host: str, port: int) -> list[str]:
        raise AssertionError(f"{host} was looked up")

    with pytest.raises(FetchRefused, match=why) as refused:
        fetch(url, guard=Guard(resolve=never))
    assert "secret" not in str(refused.value)


def test_a_name_is_refused_when_one_of_its_addresses_is_inside(web: Web) -> None:
    guard = Guard(resolve=lambda host, port: ["93.184.215.14", "127.0.0.1"])
    with pytest.raises(FetchRefused, match="at 127"):
        fetch("http://example.org/", guard=guard)


def test_b15_a_name_that_moves_inside_after_the_look_is_called_where_it_was_seen(web: Web) -> None:
    """DNS rebinding: there is one look, and the connection goes to what was seen."""
    answers = iter((["127.0.0.1"], ["169.254.169.254"]))
    web.host = "feed.example.org"
    web.pages["/"] = page(b"news")
    inside = frozenset({(web.host, web.port)})
    guard = Guard(inside=inside, resolve=lambda host, port: next(answers))
    assert fetch(web.url(), guard=guard).data == b"news"
    assert next(answers) == ["169.254.169.254"], "the name was looked up twice"
    assert f"Host: feed.example.org:{web.port}" in web.heard[0]


def test_a_redirect_is_looked_up_and_judged_anew(web: Web) -> None:
    answers = iter((["127.0.0.1"], ["169.254.169.254"]))
    web.host = "feed.example.org"
    web.pages["/"] = redirect("/again")
    inside = frozenset({(web.host, web.port)})
    with pytest.raises(FetchRefused, match=r"at 169\.254\.169\.254"):
        fetch(web.url(), guard=Guard(inside=inside, resolve=lambda host, port: next(answers)))


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1/",
        "http://localhost/",
        "//127.0.0.1/",
        "file:///etc/passwd",
        "http://user:secret@93.184.215.14/",
        "http://93.184.215.14:22/",
    ],
)
def test_b15_a_redirect_to_the_inside_is_refused(web: Web, target: str) -> None:
    web.pages["/"] = redirect(target)
    with pytest.raises(FetchRefused):
        web.fetch()


def test_vouching_for_one_server_does_not_open_its_neighbour(web: Web) -> None:
    neighbour = web.port - 1
    web.pages["/"] = redirect(f"http://127.0.0.1:{neighbour}/")
    with pytest.raises(FetchRefused, match=f"port {neighbour}"):
        web.fetch()


def test_a_resolver_that_hangs_is_not_waited_for() -> None:
    def hangs(host: str, port: int) -> list[str]:
        time.sleep(5)
        return []

    with pytest.raises(FetchFailed, match="nobody says which address"):
        fetch("https://example.org/", guard=Guard(resolve=hangs), limits=FetchLimits(connect=0.1))


def test_a_name_that_nobody_has_is_said_to_be_none() -> None:
    with pytest.raises(FetchFailed, match=r"there is no host nobody\.invalid") as failed:
        fetch("https://nobody.invalid/")
    assert not isinstance(failed.value, FetchRefused)
