"""How many mails each provider of mailboxes may get; a limit for a domain is its provider's."""

import math
from collections.abc import Mapping

from newsletter.mailing.lane import History
from newsletter.mailing.limits import Allowance, Gentleness
from newsletter.mailing.ports import Clock
from newsletter.model.providers import provider_of


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
