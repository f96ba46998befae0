"""Runs `newsletter serve` in a process of its own, and asks it as mail programs do."""

import contextlib
import http.client
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.cli.program import COMMAND

FORM = "application/x-www-form-urlencoded"
ONE_CLICK = b"List-Unsubscribe=One-Click"


@dataclass(frozen=True)
class Served:
    """Public pages that run in another process."""

    url: str
    process: subprocess.Popen[str]

    def ask(
        self,
        method: str,
        address: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, http.client.HTTPMessage, str]:
        """Ask for the path of `address`, which names a host of the public web."""
        port = urlsplit(self.url).port
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request(method, urlsplit(address).path, body, dict(headers or {}))
            with connection.getresponse() as response:
                return response.status, response.headers, response.read().decode()
        finally:
            connection.close()

    def one_click(self, address: str) -> int:
        """Unsubscribe somebody as Gmail does; return the status."""
        return self.ask("POST", address, ONE_CLICK, {"Content-Type": FORM})[0]


@contextlib.contextmanager
def serving(office: Path, *options: str, **environment: str) -> Iterator[Served]:
    """Serve the public pages of an office until the block ends."""
    command = [*COMMAND, "serve", "--port", "0", *options]
    with subprocess.Popen(
        command,
        cwd=office,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            url = process.stdout.readline().strip()
            assert url.startswith("http"), process.stderr.read()
            yield Served(url, process)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)
