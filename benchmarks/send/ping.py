"""One octet there and back over TCP, to know what a line really takes.

`python -m benchmarks.send.ping answer HOST` prints a port and answers until its input is closed;
`ask HOST PORT COUNT` prints the seconds of each round trip; `wait HOST PORT` ends as soon as
somebody listens there.
"""

import socket
import sys
import threading
import time

_PATIENCE = 10.0


def _answer(host: str) -> None:
    listener = socket.create_server((host, 0))
    threading.Thread(target=_echo, args=(listener,), daemon=True).start()
    sys.stdin.readline()
    print(listener.getsockname()[1], flush=True)
    sys.stdin.read()


def _echo(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while octet := connection.recv(1):
        connection.sendall(octet)


def _ask(host: str, port: int, count: int) -> None:
    with socket.create_connection((host, port), timeout=_PATIENCE) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(count):
            began = time.perf_counter()
            connection.sendall(b".")
            connection.recv(1)
            print(time.perf_counter() - began)


def _wait(host: str, port: int) -> None:
    latest = time.monotonic() + _PATIENCE
    while True:
        try:
            socket.create_connection((host, port), timeout=_PATIENCE).close()
        except ConnectionRefusedError:
            if time.monotonic() > latest:
                raise
            time.sleep(0.02)
        else:
            return


def main() -> None:
    """Answer, ask or wait."""
    match sys.argv[1:]:
        case ["answer", host]:
            _answer(host)
        case ["ask", host, port, count]:
            _ask(host, int(port), int(count))
        case ["wait", host, port]:
            _wait(host, int(port))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
