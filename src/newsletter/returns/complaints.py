"""Complaints of readers (ARF, RFC 5965), as providers hand them on."""

import re

from newsletter.model.returns import Reported, ReturnReason
from newsletter.returns.addresses import tidy, typed
from newsletter.returns.parts import Part, headers_in

TYPE = "message/feedback-report"
_WISHES = frozenset({"abuse", "opt-out", "opt-out-list", "fraud", "virus", "other"})
_REDACTED = re.compile(r"redacted|^\W*$|[*x]{4,}", re.IGNORECASE)


def read_complaint(message: Part) -> tuple[str, tuple[Reported, ...], str] | None:
    """Return the type of feedback, who complained, and who reports it; none when it is none.

    Nobody is named where the provider has taken the address out.
    """
    report = next((each for each in message.own() if each.type == TYPE), None)
    if report is None:
        return _handed_on(message)
    fields = headers_in(report.text.strip("\n")).headers
    kind = fields.get("feedback-type", ("",))[0].strip().lower()
    named = [tidy(typed(each)) for each in fields.get("original-rcpt-to", ())]
    if not any(named):
        named = next(([typed(_to_of(each))] for each in message.given_back()), [])
    wishes = kind in _WISHES
    told = tuple(
        _complaint(address, kind)
        for address in dict.fromkeys(named)
        if wishes and address and not _REDACTED.search(address.partition("@")[0])
    )
    reporter = fields.get("reported-domain", fields.get("user-agent", ("",)))[0]
    return kind, told, reporter[:255]


def _handed_on(message: Part) -> tuple[str, tuple[Reported, ...], str] | None:
    """Return the same of a provider that hands on the mail and nothing else, as Microsoft does.

    Its programme for senders (JMRP) names in a header of the mail for whom it was.
    """
    for original in message.given_back():
        if address := typed(original.header("x-hmxmroriginalrecipient")):
            return "abuse", (_complaint(address, "abuse"),), "Microsoft JMRP"
    return None


def _complaint(address: str, kind: str) -> Reported:
    return Reported(
        address=address,
        permanent=True,
        status="",
        reason=ReturnReason.UNKNOWN,
        evidence=f"Feedback-Type: {kind}",
        complained=True,
    )


def _to_of(original: Part) -> str:
    return original.header("x-original-to") or original.header("to")
