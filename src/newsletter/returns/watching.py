"""When too much of an issue comes back: shares of what was handed over, by provider and in all.

The limits come from what large providers say that they act on: Gmail wants complaints below 0.3 %,
Mail.ru unknown readers below 5 %. A few reports are no alarm, however short the list is.
"""

from collections.abc import Iterable, Iterator

from newsletter.model.judging import Alarm, AlarmRule, ProviderCount
from newsletter.model.returning import ReturnsSettings

_FEWEST = 3


def alarms_of(counts: Iterable[ProviderCount], limits: ReturnsSettings) -> list[Alarm]:
    """Return which shares are too large; of a rule that holds for all, no single provider."""
    by_provider = list(counts)
    everything = ProviderCount(
        provider="",
        mails=sum(each.mails for each in by_provider),
        refused_for_us=sum(each.refused_for_us for each in by_provider),
        unknown_users=sum(each.unknown_users for each in by_provider),
        complaints=sum(each.complaints for each in by_provider),
    )
    found = list(_alarms(everything, limits))
    whole = {alarm.rule for alarm in found}
    for each in by_provider:
        found += [alarm for alarm in _alarms(each, limits) if alarm.rule not in whole]
    return found


def _alarms(count: ProviderCount, limits: ReturnsSettings) -> Iterator[Alarm]:
    shares = (
        (AlarmRule.REFUSED_FOR_US, count.refused_for_us, limits.refused_percent),
        (AlarmRule.UNKNOWN_USERS, count.unknown_users, limits.unknown_percent),
        (AlarmRule.COMPLAINTS, count.complaints, limits.complaints_percent),
    )
    for rule, number, limit in shares:
        if number >= _FEWEST and 100 * number > limit * count.mails:
            yield Alarm(
                rule=rule, provider=count.provider, count=number, mails=count.mails, limit=limit
            )
