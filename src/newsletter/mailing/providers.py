"""Which providers of mailboxes the recipients of a send have, and how many mails each may get.

A provider has many domains that share one set of servers and one patience: mail.ru, bk.ru and
inbox.ru are one. A limit for any of its domains is a limit for all of them.
"""

import math
from collections.abc import Mapping

from newsletter.mailing.lane import History
from newsletter.mailing.limits import Allowance, Gentleness
from newsletter.mailing.ports import Clock

_GROUPS = (
    ("mail.ru", "bk.ru", "inbox.ru", "list.ru", "internet.ru", "xmail.ru"),
    (
        *("yandex.ru", "ya.ru", "narod.ru", "yandex.com", "yandex.by", "yandex.kz", "yandex.uz"),
        *("yandex.az", "yandex.com.am", "yandex.com.ge", "yandex.kg", "yandex.tj", "yandex.tm"),
        *("yandex.ee", "yandex.fr", "yandex.lt", "yandex.lv", "yandex.md", "yandex.co.il"),
    ),
    ("rambler.ru", "lenta.ru", "autorambler.ru", "myrambler.ru", "ro.ru", "rambler.ua"),
    ("gmail.com", "googlemail.com"),
    (
        *("outlook.com", "hotmail.com", "live.com", "msn.com", "hotmail.co.uk", "hotmail.fr"),
        *("hotmail.de", "live.ru", "outlook.de", "outlook.fr", "live.co.uk", "live.fr"),
    ),
    (
        *("yahoo.com", "ymail.com", "rocketmail.com", "yahoo.co.uk", "yahoo.de", "yahoo.fr"),
        *("aol.com", "aim.com", "verizon.net"),
    ),
    ("icloud.com", "me.com", "mac.com"),
)

"""Domains that are known to lead to the same mailboxes or servers; the first names the group."""

_PROVIDER = {domain: group[0] for group in _GROUPS for domain in group}


def provider_of(domain: str) -> str:
    """Return the name of the provider behind `domain` (in ASCII): its main domain, or itself."""
    return _PROVIDER.get(domain, domain)


class Providers:
    """The limits of providers at work; who has none is not limited."""

    def __init__(
        self,
        gentleness: Mapping[str, Gentleness],
        clock: Clock,
        history: Mapping[str, History] | None = None,
    ) -> None:
        """Limit the providers of the domains in `gentleness`; `history` is by provider."""
        known = history or {}
        self._clock = clock
        self._paused_until: dict[str, float] = {}
        self._allowances = {
            name: Allowance(each, clock, known.get(name, ()))
            for name, each in ((provider_of(domain), each) for domain, each in gentleness.items())
        }

    def begin(self, domain: str) -> bool:
        """Note that a mail to `domain` begins, if it may; whether it may."""
        if not self._allowances and not self._paused_until:
            return True
        provider = provider_of(domain)
        allowance = self._allowances.get(provider)
        if self._seconds_paused(provider) or (allowance and not allowance.room(1)):
            return False
        if allowance:
            allowance.begin()
        return True

    def pause(self, domain: str, seconds: float) -> None:
        """Let nothing go to the provider of `domain` for so long."""
        provider, until = provider_of(domain), self._clock.monotonic() + seconds
        self._paused_until[provider] = max(until, self._paused_until.get(provider, until))

    def _seconds_paused(self, provider: str) -> float:
        until = self._paused_until.get(provider)
        return max(0.0, until - self._clock.monotonic()) if until is not None else 0.0

    def end(self, domain: str, *, went: bool) -> None:
        """Note that one came to an end, and whether a relay had anything to do with it."""
        allowance = self._allowances.get(provider_of(domain)) if self._allowances else None
        if allowance is None:
            return
        if went:
            allowance.end()
        else:
            allowance.take_back()

    def seconds_to_wait(self, domain: str) -> float:
        """Return how long until a mail to `domain` may begin; infinite: when another has ended."""
        provider = provider_of(domain)
        allowance = self._allowances.get(provider)
        wait = allowance.seconds_to_wait() if allowance else 0.0
        return max(wait, self._seconds_paused(provider))

    def soonest(self) -> float:
        """Return how long until a mail to any of those that are full may begin."""
        names = self._allowances.keys() | self._paused_until.keys()
        waits = [self.seconds_to_wait(name) for name in names]
        return min((wait for wait in waits if wait > 0), default=math.inf)
