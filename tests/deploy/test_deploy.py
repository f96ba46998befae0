"""The files of `deploy/` do what docs/how-to/run-a-server.md says, with the real programs."""

import contextlib
import http.client
import os
import re
import shlex
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from tests.cli.program import run_json
from tests.cli.serving import FORM, ONE_CLICK, serving
from tests.cli.test_serving import links_of
from tests.returns.posts import SECRET, basic
from tests.system import program

DEPLOY = Path(__file__).parents[2] / "deploy"
ROOT = DEPLOY.parent
UNITS = sorted((DEPLOY / "systemd").iterdir())


def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    verify = program("systemd-analyze", "systemd")
    for unit in UNITS:
        text = unit.read_text().replace("/opt/newsletter/venv/bin/newsletter", "/bin/true")
        (tmp_path / unit.name).write_text(text)
    files = [str(tmp_path / unit.name) for unit in UNITS]
    done = subprocess.run([verify, "verify", *files], capture_output=True, text=True, check=False)
    told = [line for line in done.stderr.splitlines() if "newsletter" in line]
    assert told == []


@pytest.mark.parametrize("unit", [each for each in UNITS if each.suffix == ".service"])
def test_units_call_commands_that_there_are(unit: Path) -> None:
    lines = re.findall(r"^ExecStart=(.*)$", unit.read_text(), re.MULTILINE)
    assert lines
    for line in lines:
        _, _, folder, *command = shlex.split(line)
        assert folder == "/srv/newsletter"
        words = [word for word in command if not word.startswith(("-", "/")) and not word.isdigit()]
        told = subprocess.run(
            [sys.executable, "-m", "newsletter", *words, "--help"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert all(word in told for word in command if word.startswith("--"))


def test_the_image_takes_only_what_there_is_and_runs_as_nobody_special() -> None:
    text = (DEPLOY / "Containerfile").read_text()
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", text, re.MULTILINE)
    assert copied
    for line in copied:
        assert all((ROOT / name).exists() for name in line.split()), line
    users = re.findall(r"^USER (\S+)$", text, re.MULTILINE)
    assert users
    assert users[-1] not in ("root", "0")
    assert "/" not in re.findall(r"^FROM (\S+)", text, re.MULTILINE)[0]


@pytest.mark.slow
def test_nobody_who_calls_while_the_pages_are_started_anew_is_refused(peopled: Path) -> None:
    activate = program("systemd-socket-activate", "systemd")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [activate, "-l", f"127.0.0.1:{port}", sys.executable, "-m", "newsletter", "serve"]
    environment = [
        f"--setenv={name}" for name in ("PYTHONPATH", "PATH", "HOME") if name in os.environ
    ]
    command[1:1] = environment
    with subprocess.Popen(command, cwd=peopled, stdout=subprocess.DEVNULL) as process:
        try:
            until = time.monotonic() + 20
            while True:  # the call that starts it waits until it answers
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
                with (
                    contextlib.closing(connection),
                    contextlib.suppress(ConnectionRefusedError),  # the port is not open yet
                ):
                    connection.request("GET", "/healthy")
                    assert connection.getresponse().read() == b"ok\n"
                    break
                assert time.monotonic() < until
                time.sleep(0.05)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


@contextlib.contextmanager
def nginx(folder: Path, backend: int) -> Iterator[tuple[int, ssl.SSLContext]]:
    """Run nginx with our server block; yield its port, and who trusts it."""
    command = program("nginx", "nginx-light")
    authority, trusting = trustme.CA(), ssl.create_default_context()
    authority.configure_trust(trusting)
    issued = authority.issue_cert("newsletter.example.org")
    issued.private_key_and_cert_chain_pem.write_to_path(str(folder / "all.pem"))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    block = (DEPLOY / "nginx.conf").read_text()
    block = re.sub(r"listen \[::\]:443 ssl;", "", block)
    block = block.replace("listen 443 ssl", f"listen 127.0.0.1:{port} ssl")
    block = re.sub(r"/etc/letsencrypt/\S+;", f"{folder}/all.pem;", block)
    block = block.replace("127.0.0.1:8080", f"127.0.0.1:{backend}")
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    settings = folder / "nginx.conf"
    settings.write_text(
        f"daemon off;\nmaster_process off;\npid {folder}/pid;\nerror_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{\n{temporary}{block}}}\n"
    )
    call = [command, "-c", str(settings), "-e", str(folder / "error.log")]
    subprocess.run([*call, "-t"], check=True, capture_output=True)
    with subprocess.Popen(call) as process:
        try:
            until = time.monotonic() + 20
            while True:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                    break
                assert time.monotonic() < until
                time.sleep(0.05)
            yield port, trusting
        finally:
            process.terminate()
            process.wait(20)


class Through(http.client.HTTPSConnection):
    """A caller whose name server leads to nginx here."""

    def connect(self) -> None:
        plain = socket.create_connection(("127.0.0.1", self.port), 30)
        context: ssl.SSLContext = self._context  # type: ignore[attr-defined]
        self.sock = context.wrap_socket(plain, server_hostname=self.host)


@pytest.mark.slow
def test_nginx_passes_on_what_readers_and_mail_programs_ask(
    peopled: Path,
    tmp_path: Path,
) -> None:
    (reader,) = run_json(peopled, "subscribers", "list", "--search", "@", "--list", "media")[:1]
    (link,) = links_of(peopled, [reader["address"]], list_id=2)
    path = "/" + link.split("/", 3)[3]
    with (peopled / "newsletter.yaml").open("a") as file:
        file.write("\nreturns: {webhooks: {postmark: {}}}\n")
    with serving(peopled, NEWSLETTER_RETURNS_POSTMARK_KEY=SECRET) as served:
        backend = int(served.url.rstrip("/").rpartition(":")[2])
        with nginx(tmp_path, backend) as (port, trusting):

            def ask(
                method: str, where: str, body: bytes = b"", **headers: str
            ) -> tuple[int, http.client.HTTPMessage, bytes]:
                named = {name.replace("_", "-"): value for name, value in headers.items()}
                caller = Through("newsletter.example.org", port, context=trusting)
                with contextlib.closing(caller):
                    caller.request(method, where, body or None, named)
                    answer = caller.getresponse()
                    return answer.status, answer.headers, answer.read()

            status, headers, page = ask("GET", "/subscribe", Accept_Language="ru")
            assert status == 200
            assert 'lang="ru"' in page.decode()
            assert "default-src 'none'" in headers["Content-Security-Policy"]
            assert headers["Server"] == "nginx"
            assert ask("GET", path)[0] == 200
            status, headers, _ = ask("POST", path, ONE_CLICK, Content_Type=FORM)
            assert (status, headers["Location"]) == (200, None)
            assert ask("GET", "/metrics")[0] == 404
            shown = re.findall(r'name="shown" value="([^"]+)"', page.decode())[0]
            time.sleep(4)  # nobody fills a form in at once
            asked = [
                ask(
                    "POST",
                    "/subscribe",
                    f"shown={shown}&address=x{n}@example.org&list=media&agreed=yes".encode(),
                    Content_Type=FORM,
                    X_Forwarded_For=f"203.0.{n}.1",
                )[0]
                for n in range(25)
            ]
            assert asked[0] == 200
            assert asked[-1] == 429  # whoever forges where they come from is one network still
            assert ask("POST", "/subscribe", b"x" * 100_000, Content_Type=FORM)[0] == 413
            assert ask("POST", "/returns/postmark", b"x" * 900_000, **basic())[0] == 200
    left = run_json(peopled, "subscribers", "list", "--list", "media", "--state", "ended")
    assert [each["address"] for each in left] == [reader["address"]]
