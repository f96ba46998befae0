"""A small editor: speaks the Language Server Protocol with yaml-language-server over its pipes.

Documents live in its memory alone, at addresses in the repository, so that the schema that a first
line names is found as it would be for a file there. `./run test` installs the server.
"""

import itertools
import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from tests.system import do_without
from tests.workspace import ROOT

_PACKAGE = ROOT / ".venv/node/node_modules/yaml-language-server"
_CURSOR = "▮"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A fault that the editor underlines; lines are counted from 1."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Document:
    """A text that stands at `path` below the repository; ▮ in it is the cursor."""

    path: str
    text: str

    @property
    def position(self) -> dict[str, int]:
        """Where the cursor is, counted from 0."""
        before, cursor, _ = self.text.partition(_CURSOR)
        assert cursor, "a document without a cursor"
        return {"line": before.count("\n"), "character": len(before) - before.rfind("\n") - 1}


@dataclass(slots=True)
class LanguageServer:
    """A running server."""

    process: subprocess.Popen[bytes]
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _diagnostics: dict[str, list[Diagnostic]] = field(default_factory=dict)
    _configured: bool = False

    def diagnose(self, documents: Sequence[Document]) -> list[list[Diagnostic]]:
        """Open all documents, and return the faults of each as soon as all have been judged."""
        addresses = [self._open(document) for document in documents]
        while not self._diagnostics.keys() >= set(addresses):
            self._read()
        return [self._diagnostics[address] for address in addresses]

    def complete(self, document: Document) -> list[str]:
        """Return what is offered at the cursor."""
        found = self._at_cursor("textDocument/completion", document)
        return [entry["label"] for entry in found["items"]]

    def hover(self, document: Document) -> str:
        """Return what is shown for the word at the cursor."""
        return cast("str", self._at_cursor("textDocument/hover", document)["contents"]["value"])

    def start(self) -> None:
        """Introduce this editor, and wait until the server has asked for its settings."""
        options = {"l10nPath": str(_PACKAGE / "l10n")}  # as VS Code does; Node 18 cannot do without
        can = {"hover": {"contentFormat": ["markdown"]}}
        who = {"processId": os.getpid(), "rootUri": ROOT.as_uri()}
        self._ask(
            "initialize",
            who | {"capabilities": {"textDocument": can}, "initializationOptions": options},
        )
        self._send({"method": "initialized", "params": {}})
        while not self._configured:
            self._read()

    def stop(self) -> None:
        """Say goodbye, and wait for the server to end."""
        self._ask("shutdown", None)
        self._send({"method": "exit"})
        self.process.wait(timeout=20)

    def _open(self, document: Document) -> str:
        path = ROOT / document.path
        address = path.with_stem(f"{path.stem}-{next(self._numbers)}").as_uri()
        text = document.text.replace(_CURSOR, "")
        opened = {"uri": address, "languageId": "yaml", "version": 1, "text": text}
        self._send({"method": "textDocument/didOpen", "params": {"textDocument": opened}})
        return address

    def _at_cursor(self, method: str, document: Document) -> Any:
        address = self._open(document)
        return self._ask(method, {"textDocument": {"uri": address}, "position": document.position})

    def _ask(self, method: str, params: Any) -> Any:
        number = next(self._numbers)
        self._send({"id": number, "method": method, "params": params})
        while True:
            message = self._read()
            if message.get("id") == number and "method" not in message:
                assert "error" not in message, message
                return message["result"]

    def _read(self) -> dict[str, Any]:
        """Return the next message, after doing what it asks for."""
        message = self._receive()
        match message.get("method"):
            case "textDocument/publishDiagnostics":
                params = message["params"]
                self._diagnostics[params["uri"]] = [
                    Diagnostic(each["range"]["start"]["line"] + 1, each["message"])
                    for each in params["diagnostics"]
                ]
            case "workspace/configuration":
                settings = [_settings(item["section"]) for item in message["params"]["items"]]
                self._send({"id": message["id"], "result": settings})
                self._configured = True
            case str() if "id" in message:
                self._send({"id": message["id"], "result": None})
        return message

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0"} | message).encode()
        assert self.process.stdin
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def _receive(self) -> dict[str, Any]:
        assert self.process.stdout
        length = 0
        for line in iter(self.process.stdout.readline, b"\r\n"):
            assert line, "the language server is gone"
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return cast("dict[str, Any]", json.loads(self.process.stdout.read(length)))


def _settings(section: str) -> dict[str, Any]:
    """Return the settings of an editor that looks for no schemas on the internet."""
    return {"schemaStore": {"enable": False}} if section == "yaml" else {}


@contextmanager
def language_server() -> Iterator[LanguageServer]:
    """Run a server; without one the test is skipped, but never in CI."""
    node, script = shutil.which("node"), _PACKAGE / "out/src/server.js"
    if not (node and script.is_file()):
        do_without("needs yaml-language-server: ./run test installs it")
    command, pipe = [node, str(script), "--stdio"], subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe) as process:
        server = LanguageServer(process)
        try:
            server.start()
            yield server
            server.stop()
        finally:
            process.kill()


def sample(path: str) -> Document:
    """Return a file of the sample workspace."""
    return Document(path, Path(ROOT / path).read_text(encoding="utf-8"))
