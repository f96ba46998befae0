"""An event of a provider in our words.

The words of the receiving server count first, as in a mail that came back; where they say nothing,
the provider's own class decides. Where one of the two says that it will pass, it will: nobody is
taken off a list while they disagree.
"""

import hashlib
import json
from collections.abc import Container, Iterable
from dataclasses import dataclass, replace

from newsletter.model.returns import Posted, Report, Reported, ReportKind, ReturnReason
from newsletter.returns.addresses import loose
from newsletter.returns.meaning import reported
from newsletter.returns.providers.shapes import Fields, moment

_SHOWN = 200
_MOST_IDS = 10
_MOST_HEADERS = 200
_PASSING = frozenset({ReturnReason.EXPIRED, ReturnReason.NETWORK, ReturnReason.RATE})


@dataclass(frozen=True, slots=True)
class Class:
    """What a provider's own word for a failure means; `hard` as it says itself, or none.

    One that is `loose` is said of any refusal for good: words that are not understood may be about
    us, so it decides only where there are none.
    """

    hard: bool | None
    reason: ReturnReason = ReturnReason.UNKNOWN
    loose: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """What all events have: who posted it, what it is called there, and which mail it is about."""

    provider: str
    name: str
    event_id: str
    at: object = None
    in_thousandths: bool = False
    message_ids: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()

    def posted(
        self,
        kind: ReportKind,
        told: Iterable[Reported],
        evidence: str = "",
        *,
        routine: bool = False,
    ) -> Posted:
        """Return the event with what it says."""
        ids = (each.strip().strip("<>")[:255] for each in self.message_ids)
        known = tuple(dict.fromkeys(each for each in ids if each))[:_MOST_IDS]
        by = one_line(f"{self.provider}: {self.name or 'an event without a name'}")
        return Posted(
            report=Report(
                kind=kind,
                recipients=tuple(told),
                reporter=self.provider,
                message_id=known[0] if known else "",
                to=tuple(found for each in self.to if (found := loose(each[:1000]))),
                evidence=one_line(f"{by}; {evidence}") if evidence else by,
            ),
            event_id=f"{self.provider}:{self.event_id}"[:255],
            at=moment(self.at, thousandths=self.in_thousandths),
            message_ids=known,
            headers=self.headers[:_MOST_HEADERS],
            routine=routine,
        )

    def bounced(self, told: Iterable[Reported], evidence: str = "") -> Posted:
        """Return it as a bounce, or as kept when it names nobody."""
        return self._of(ReportKind.BOUNCE, told, evidence)

    def delayed(self, told: Iterable[Reported], evidence: str = "") -> Posted:
        """Return it as a delay, or as kept when it names nobody."""
        return self._of(ReportKind.DELAY, told, evidence)

    def complained(self, told: Iterable[Reported], evidence: str = "") -> Posted:
        """Return it as a complaint, which is counted even when it names nobody."""
        return self.posted(ReportKind.COMPLAINT, told, evidence)

    def kept(self, evidence: str) -> Posted:
        """Return it as one that changes nothing, and that a person may want to see."""
        return self.posted(ReportKind.OTHER, (), evidence)

    def rest(self, ordinary: Container[str], name: str) -> Posted:
        """Return it as one of the `ordinary` ones, that change nothing, or as one not known."""
        if name in ordinary:
            return self.posted(ReportKind.OTHER, (), NOTHING_TO_DO, routine=True)
        return self.kept(NOT_KNOWN)

    def _of(self, kind: ReportKind, told: Iterable[Reported], evidence: str) -> Posted:
        named = tuple(told)
        return self.posted(kind, named, evidence) if named else self.kept("it names nobody")


def failed(address: str, words: str, status: str, known: Class, name: str) -> list[Reported]:
    """Return what server and provider say of a recipient; `name` is the provider's word for it."""
    whom = loose(address[:1000])
    if not whom:
        return []
    found = reported(whom, words, status, failed=known.hard)
    if found.reason is ReturnReason.UNKNOWN and not (known.loose and words.strip()):
        lasts = found.permanent and known.reason not in _PASSING
        found = replace(found, reason=known.reason, permanent=lasts)
    if not words.strip():
        found = replace(found, evidence=one_line(name))
    return [found]


def wishes(address: str, name: str) -> list[Reported]:
    """Return that a reader wants no more mail: by a complaint, or by leaving at the provider."""
    whom = loose(address[:1000])
    told = Reported(
        address=whom,
        permanent=True,
        status="",
        reason=ReturnReason.UNKNOWN,
        evidence=one_line(name),
        complained=True,
    )
    return [told] if whom else []


def remembered(address: str, name: str) -> list[Reported]:
    """Return that the provider does not try an address any more, by its own memory."""
    whom = loose(address[:1000])
    told = Reported(
        address=whom,
        permanent=True,
        status="",
        reason=ReturnReason.DISABLED,
        evidence=one_line(f"not tried: it stands on the provider's own list ({name})"),
    )
    return [told] if whom else []


def digest_of(fields: Fields) -> str:
    """Return by what an event is known to which the provider gives no name."""
    try:
        text = json.dumps(dict(fields.values), sort_keys=True)
    except RecursionError:  # read it was, and with a little less room it cannot be written
        text = repr(sorted(fields.pairs()))
    return hashlib.sha256(text.encode()).hexdigest()[:40]


def one_line(text: str) -> str:
    """Return a text on one line, and not too long."""
    return " ".join(text.split())[:_SHOWN]


NOTHING_TO_DO = "nothing is to be done"
NOT_KNOWN = "not known here: kept, and nothing changes"
