"""A preview on a socket, and one who reads its pages and hears its events."""

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from newsletter.compose.workspace import Folder
from newsletter.studio.app import create_app
from newsletter.studio.desk import FolderDesk
from newsletter.studio.ports import Desk
from newsletter.studio.server import StudioServer, listen

PATIENCE = 30
"""Seconds after which a test gives up; nothing is measured."""


@dataclass(frozen=True)
class Answer:
    """What the preview answered."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


class Events:
    """An open connection that hears of saves."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.response = response

    def next(self) -> str:
        """Wait for the next event and return its version."""
        fields: dict[str, str] = {}
        while line := self.response.readline().decode():
            name, _, value = line.rstrip("\n").partition(": ")
            assert value != "still here", "nothing was saved, as far as the preview knows"
            if name:
                fields[name] = value
            elif "event" in fields:
                assert fields["event"] == "saved"
                return fields["data"]
        raise AssertionError("the preview closed the connection")

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait for events until `holds()`; a save may take more than one."""
        while not holds():
            self.next()


@dataclass(frozen=True)
class Preview:
    """A preview that is running."""

    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str, headers: dict[str, str] | None = None) -> Answer:
        with self._asked(path, headers or {}) as response:
            return Answer(response.status, response.headers, response.read())

    @contextmanager
    def events(self, path: str, headers: dict[str, str] | None = None) -> Iterator[Events]:
        with self._asked(path, headers or {}) as response:
            assert response.status == 200
            yield Events(response)

    @contextmanager
    def open_page(self, path: str) -> Iterator[Events]:
        """Load a page and hear its events, as a browser does."""
        with self.events(Elements.of(self.get(path).text).one("body")["data-events"]) as events:
            yield events

    @contextmanager
    def _asked(self, path: str, headers: dict[str, str]) -> Iterator[http.client.HTTPResponse]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("GET", path, headers=headers)
            with connection.getresponse() as response:
                yield response
        finally:
            connection.close()


@contextmanager
def previewed(desk: Desk, port: int = 0) -> Iterator[Preview]:
    """Serve `desk` from a thread."""
    started = threading.Event()
    with listen("127.0.0.1", port) as listener:
        server = StudioServer(create_app(desk), started.set)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            assert started.wait(PATIENCE)
            yield Preview(listener.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join(PATIENCE)
            assert not thread.is_alive(), "the preview did not stop"


@contextmanager
def previewed_folder(root: Path, port: int = 0) -> Iterator[Preview]:
    """Serve the workspace at `root`."""
    with previewed(FolderDesk(Folder(root)), port) as preview:
        yield preview


class Elements(HTMLParser):
    """The elements of a page with their attributes, and the words in it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.words = ""

    @classmethod
    def of(cls, html: str) -> "Elements":
        elements = cls()
        elements.feed(html)
        elements.close()
        return elements

    def all(self, tag: str, **wanted: str) -> list[dict[str, str]]:
        return [
            attributes
            for found, attributes in self.found
            if found == tag and wanted.items() <= attributes.items()
        ]

    def one(self, tag: str, **wanted: str) -> dict[str, str]:
        (element,) = self.all(tag, **wanted)
        return element

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.words += data
