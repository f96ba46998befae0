"""Connections that go to a checked address, and end when the time of the whole fetch is over.

httpcore asks this backend for each connection; the name in TLS and in the Host header stays the
name of the address asked for. Its own timeouts are for one read or write each, so a server that
sends a byte now and then could go on for ever; here each of them gets what is left of the whole.
"""

import ssl
import time
from collections.abc import Iterable

import httpcore2

from newsletter.fetch.guard import Guard


class NotCalled(Exception):
    """No connection was made; the text says why. `refused` tells whether the guard forbade it."""

    def __init__(self, why: str, *, refused: bool = False) -> None:
        self.refused = refused
        super().__init__(why)


class Clock:
    """The time that a fetch has left."""

    def __init__(self, seconds: float) -> None:
        """Start now."""
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def left(self, limit: float | None = None) -> float:
        """Return the seconds left, at most `limit`; raises httpcore's ReadTimeout when none is."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout
        return left if limit is None else min(left, limit)


class _TimedStream(httpcore2.NetworkStream):
    """An open connection whose reads and writes share one time limit."""

    def __init__(self, stream: httpcore2.NetworkStream, clock: Clock) -> None:
        self._stream = stream
        self._clock = clock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._clock.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._clock.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        left = self._clock.left(timeout)
        secured = self._stream.start_tls(ssl_context, server_hostname, left)
        return _TimedStream(secured, self._clock)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


class GuardedBackend(httpcore2.NetworkBackend):
    """Opens connections to addresses that `guard` has checked."""

    def __init__(self, guard: Guard, clock: Clock, connect: float) -> None:
        """Allow `connect` seconds for each connection, and `clock` for all."""
        self._guard = guard
        self._clock = clock
        self._connect = connect
        self._plain = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to the first address of `host` that answers; raises NotCalled."""
        fault: Exception | None = None
        for address in self._addresses(host, port):
            try:
                stream = self._plain.connect_tcp(
                    address, port, self._clock.left(self._connect), local_address, socket_options
                )
                return _TimedStream(stream, self._clock)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                fault = error
        timed_out = isinstance(fault, httpcore2.ConnectTimeout)
        raise NotCalled("it does not answer" if timed_out else f"cannot connect: {fault}")

    def _addresses(self, host: str, port: int) -> list[str]:
        try:
            return self._guard.addresses(host, port, self._clock.left(self._connect))
        except PermissionError as forbidden:
            where = "" if str(forbidden) == host else f" at {forbidden}"
            raise NotCalled(f"is not on the public internet{where}", refused=True) from None
        except TimeoutError:
            raise NotCalled(f"nobody says which address {host} has") from None
        except OSError as fault:
            raise NotCalled(f"there is no host {host}") from fault


def open_pool(
    guard: Guard, clock: Clock, connect: float, tls: ssl.SSLContext
) -> httpcore2.ConnectionPool:
    """Return what opens the connection for one request; a context manager."""
    return httpcore2.ConnectionPool(
        ssl_context=tls,
        max_keepalive_connections=0,
        network_backend=GuardedBackend(guard, clock, connect),
    )
