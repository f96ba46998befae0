"""Sends Notices for as long as the pages are served; one process at a time does so."""

import asyncio
import sys
from collections.abc import Callable

from newsletter.errors import NewsletterError
from newsletter.people.postman import Postman
from newsletter.web.metrics import Metrics

_LOOK_SECONDS, _AGAIN_SECONDS = 0.5, 5.0


async def send_notices(make: Callable[[], Postman | None], metrics: Metrics) -> None:
    """Send what is due until cancelled; whatever goes wrong is tried again after a while."""
    told = ""
    while True:
        try:
            if postman := await asyncio.to_thread(make):
                with postman.alone() as mine:
                    while mine:
                        sent = await postman.work_off()
                        for state, count in sent.counts.items():
                            metrics.count("newsletter_notices_sent_total", count, state=state)
                        if sent.fault and sent.fault != told:
                            print(f"notices wait: {sent.fault}", file=sys.stderr)  # noqa: T201
                        told = sent.fault
                        await asyncio.sleep(_LOOK_SECONDS)
        except Exception as fault:  # noqa: BLE001 (else nothing would be sent until a restart)
            words = fault.message if isinstance(fault, NewsletterError) else type(fault).__name__
            if words != told:
                print(f"notices wait: {words}", file=sys.stderr)  # noqa: T201
            told = words
        await asyncio.sleep(_AGAIN_SECONDS)
