"""A whole Postfix of our own: its files in one folder, apart from any other on the machine.

The benchmarks measure against it, and the tests ask it for its opinion. It needs root, listens on
this machine only, and stops when the block ends.
"""

import contextlib
import shutil
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.send.processes import find, run

_PATIENCE = 120.0
_COMMON = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file_prefixes = {folder}
maillog_file = {folder}/log
myhostname = relay.example.org
mydestination =
inet_protocols = ipv4
alias_maps =
"""
_SERVICES = """\
{host}:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
error unix - - n - - error
postlog unix-dgram n - n - 1 postlogd
"""
DISCARD = "discard unix - - n - - discard"
VIRTUAL = "virtual unix - n n - - virtual"


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return int(port)


@contextlib.contextmanager
def postfix(
    folder: Path,
    settings: Mapping[str, str],
    service: str,
    *,
    host: str = "127.0.0.1",
    side: Callable[[Sequence[str]], list[str]] = list,
) -> Iterator[int]:
    """Run a Postfix in `folder` that hands mail to `service`; give its port.

    `side` says where a command runs. The log is `folder/log`; CannotMeasure when it does not start.
    """
    port = free_port()
    for part in ("conf", "queue", "data"):
        (folder / part).mkdir(parents=True)
    folder.chmod(0o755)  # Postfix works as several users
    shutil.chown(folder / "data", "postfix")
    names = {"folder": folder, "host": host, "port": port}
    rows = "".join(f"{name} = {value}\n" for name, value in settings.items())
    (folder / "conf/main.cf").write_text(_COMMON.format(**names) + rows, encoding="utf-8")
    services = f"{_SERVICES.format(**names)}{service}\n"
    (folder / "conf/master.cf").write_text(services, encoding="utf-8")
    control = side([find("postfix"), "-c", str(folder / "conf")])
    run([*control, "start"], _PATIENCE)
    try:
        yield port
    finally:
        run([*control, "stop"], _PATIENCE)
