"""The real Clock."""

import asyncio
import datetime
import time


class SystemClock:
    """The time of this machine."""

    def now(self) -> datetime.datetime:
        """Return the moment, in UTC."""
        return datetime.datetime.now(datetime.UTC)

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Let `seconds` pass."""
        await asyncio.sleep(seconds)
