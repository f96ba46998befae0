"""Callers who say nothing, or say it without end, keep no reader out of the pages."""

import contextlib
import http.client
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.cli.serving import serving

pytestmark = pytest.mark.slow

_BEGUN = [
    b"",
    b"GET /healthy HTTP/1.1\r\nHost: example.org\r\nX-Slow: ",
    b"POST /unsubscribe/x HTTP/1.1\r\nHost: example.org\r\nContent-Length: 99\r\n\r\nList",
]


def call(port: int, words: bytes) -> socket.socket:
    caller = socket.create_connection(("127.0.0.1", port), 60)
    caller.sendall(words)
    return caller


def is_let_go(caller: socket.socket) -> bool:
    with contextlib.suppress(ConnectionResetError):
        while caller.recv(4096):
            pass
    return True


@pytest.mark.parametrize("words", _BEGUN, ids=["nothing", "half a header", "half a body"])
def test_who_does_not_say_what_is_wanted_is_let_go(peopled: Path, words: bytes) -> None:
    with serving(peopled) as served:
        with call(urlsplit(served.url).port or 0, words) as caller:
            assert is_let_go(caller)  # socket.timeout when the pages wait for ever
        assert served.ask("GET", "/healthy")[0] == 200


def test_a_reader_comes_in_while_two_hundred_say_nothing(peopled: Path) -> None:
    with serving(peopled) as served, contextlib.ExitStack() as stack:
        port = urlsplit(served.url).port or 0
        for number in range(200):
            stack.enter_context(call(port, _BEGUN[number % 2]))
        reader = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        stack.callback(reader.close)
        for _ in range(2):  # twice on one connection
            reader.request("GET", "/healthy")
            with reader.getresponse() as answer:
                assert answer.status == 200
                answer.read()
