"""In the room of a mailer: start it and the small world, send all cases, keep what comes back."""

import json
import smtplib
import socket
import sys
import threading
import time
from pathlib import Path

from tests.returns.mailers.all import MAILERS
from tests.returns.mailers.answering import Servers
from tests.returns.mailers.cases import Case, mail
from tests.returns.mailers.mailer import Mailer
from tests.returns.mailers.names import MAILER, Names
from tests.returns.mailers.replies import Reply, read_replies


def main(name: str, out: str) -> int:
    """Let the mailer `name` work and write its messages into the folder `out`."""
    replies = read_replies()
    addresses = _addresses(replies)
    Names(addresses).start()
    servers = Servers(replies, addresses)
    servers.start()
    _log()
    mailer = MAILERS[name]()
    mailer.start()
    if mailer.listens:
        _await_port()
    cases = mailer.cases(replies)
    for case in cases:
        _submit(mailer, case)
    _wait(mailer, servers, cases)
    return _keep(mailer, servers, cases, Path(out))


def _addresses(replies: list[Reply]) -> dict[str, str]:
    """Give every domain an address: those that answer early, each its own; the others as well."""
    domains = dict.fromkeys(each.domain for each in replies)
    domains |= dict.fromkeys(("good.example", "small.example", "closed.example"))
    pool = [f"198.51.100.{number}" for number in range(1, 255)]
    pool += [f"203.0.113.{number}" for number in range(1, 90)]
    return dict(zip(domains, pool, strict=False))


def _log() -> None:
    """Take what programs tell the log of the system."""
    server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    server.bind("/dev/log")
    Path("/dev/log").chmod(0o666)

    def take() -> None:
        with Path("/var/log/told").open("ab", buffering=0) as log:
            while True:
                log.write(server.recv(8192) + b"\n")

    threading.Thread(target=take, daemon=True).start()


def _await_port() -> None:
    for _ in range(300):
        try:
            socket.create_connection((MAILER, 25), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    _show_logs()
    raise RuntimeError("the mailer does not listen")


def _submit(mailer: Mailer, case: Case) -> None:
    message = mail(case)
    if mailer.submit(case, message):
        return
    with smtplib.SMTP(MAILER, 25, "office.example.org", 120, ("192.0.2.20", 0)) as session:
        session.ehlo()
        options = ["SMTPUTF8"] if case.utf8 else []
        if session.has_extn("dsn") and case.returns:
            options += [f"RET={case.returns.upper()}", f"ENVID={case.token[:12]}"]
        told = [f"NOTIFY={case.notify}"] if case.notify and session.has_extn("dsn") else []
        if case.utf8:
            session.command_encoding = "utf-8"
        try:
            session.sendmail(case.sender, list(case.recipients), message, options, told)
        except smtplib.SMTPException as error:
            sys.stderr.write(f"{case.name}: not taken: {error}\n")


def _wait(mailer: Mailer, servers: Servers, cases: list[Case]) -> None:
    until = time.monotonic() + mailer.patience
    quiet, before = 0, -1
    while time.monotonic() < until and quiet < 30:
        arrived = servers.home.arrived
        missing = [each for each in cases if len(arrived.get(each.token, ())) < len(each.kinds)]
        if not missing:
            return
        count = sum(map(len, arrived.values()))
        quiet, before = (quiet + 1 if count == before and quiet else int(count == before)), count
        mailer.poke()
        time.sleep(1)


def _keep(mailer: Mailer, servers: Servers, cases: list[Case], out: Path) -> int:
    expected: dict[str, object] = {}
    for case in cases:
        messages = servers.home.arrived.get(case.token, [])
        if not messages or (case.kinds[-1] != "bounce" and len(messages) != len(case.kinds)):
            sys.stderr.write(f"{case.name}: {len(messages)} of {len(case.kinds)} came back\n")
        for place, (kind, message) in enumerate(
            zip(_kinds(case, messages), messages, strict=False)
        ):
            if not kind or len(message) > 60_000:
                continue
            name = case.name if place == 0 or kind == "bounce" else f"{case.name}-{place + 1}"
            name = f"{name}-late" if kind == "delay" else name
            (out / f"{name}.eml").write_bytes(message)
            expected[f"{name}.eml"] = _row(mailer, case, kind, message)
    text = json.dumps(expected, indent=1, ensure_ascii=False, sort_keys=True)
    (out / "expected.json").write_text(f"{text}\n", encoding="utf-8")
    _show_logs()
    strays = sorted({recipient for recipient, _ in servers.home.strays})
    sys.stderr.write(f"{mailer.name}: {len(expected)} messages; strays: {strays}\n")
    return 0


def _show_logs() -> None:
    """Say what the programs said last, for whoever has to find out why something is missing."""
    for log in Path("/var/log").glob("*"):
        if log.name in ("told", "start", "postfix.log", "exim-mainlog") or log.suffix == ".out":
            lines = log.read_text(errors="replace").splitlines()[-25:]
            sys.stderr.write("".join(f"  {log.name}: {line[:200]}\n" for line in lines))


def _kinds(case: Case, messages: list[bytes]) -> tuple[str, ...]:
    """Tell what each message is: a mailer may warn where none was expected, or not. One is kept."""
    if case.kinds[-1] != "bounce":
        return case.kinds
    earlier = len(messages) - 1
    return (*("delay", *("",) * earlier)[:earlier], "bounce")


def _row(mailer: Mailer, case: Case, kind: str, message: bytes) -> dict[str, object]:
    if kind not in ("bounce", "delay"):
        return {"kind": kind, "recipients": [], "mailer": mailer.name, "made": case.made}
    told = [mailer.told(kind, each, message) for each in case.wanted]
    rows = [wanted.as_row() for _, wanted in told]
    if kind == "delay":
        rows = [{**row, "permanent": False, "suppress": False} for row in rows]
    return {"kind": told[0][0], "recipients": rows, "mailer": mailer.name, "made": case.made}


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
