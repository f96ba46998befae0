"""From what a server wrote about one recipient to a Reported.

The words count before the codes, for servers are freer with these: "550 5.1.1" stands before what
is a block list, and "5.7.1" before a mailbox that is not there. Where the words say nothing that is
known, or no more than that it was refused, the enhanced code decides; where there is none, nothing
is guessed but the permanence. That is the class of the last server's own reply; only where it gave
none, what the report says became of the mail.
"""

import re
from dataclasses import replace

from newsletter.model.returns import GONE, Confidence, Reported, ReturnReason
from newsletter.returns.codes import BASIC, DEFINITE, ENHANCED, REPLY, inferred, reason_of
from newsletter.returns.words import Saying, reason_in

_SHOWN = 200
_BEGIN = 12  # letters before a server's reply: "smtp; 451"
_SOFT = frozenset({ReturnReason.EXPIRED, ReturnReason.NETWORK})
"""Reasons that pass: even where a mail is given up for one, the next may arrive."""
_WAITED_FOR = frozenset({ReturnReason.MAILBOX_FULL, ReturnReason.RATE})
_LOOSELY_SAID = frozenset(
    {ReturnReason.SPAM, ReturnReason.POLICY, ReturnReason.CONTENT, ReturnReason.SYSTEM}
)
"""Reasons whose words also stand in what servers add to any refusal: "to keep out spam, see"."""


def reported(address: str, words: str, status: str = "", *, failed: bool | None = None) -> Reported:
    """Return what `words`, and an enhanced code that was given apart, say of `address`.

    `failed` is what the report says became of the mail: given up, or still under way.
    """
    found = ENHANCED.search(words)
    code = _weightier(status, found[0] if found else "")
    said = _said(words, code)
    reason = said.reason if said else reason_of(code) or ReturnReason.UNKNOWN
    permanent = _permanence(code, words, failed)
    if said and said.permanent is not None:
        permanent = said.permanent
    if permanent and failed is not None and (reason in _SOFT or _was_rate(reason, words)):
        permanent = False
    is_inferred = said and permanent is not None
    given = inferred(reason, permanent=bool(permanent)) if is_inferred else ""
    return Reported(
        address=address,
        permanent=permanent,
        status=code or given,
        reason=reason,
        evidence=" ".join(words.split())[:_SHOWN],
        confidence=_confidence(said, code, reason),
    )


def _confidence(said: Saying | None, code: str, reason: ReturnReason) -> Confidence:
    by_code = reason_of(code)
    if said and not said.vague and by_code in (None, reason):
        return Confidence.HIGH
    return Confidence.MEDIUM if said or by_code else Confidence.LOW


def _said(words: str, code: str) -> Saying | None:
    """Return the row that decides, or none where the code does."""
    said = reason_in(words)
    if said and said.reason is ReturnReason.EXPIRED and (why := reason_in(words, _WAITED_FOR)):
        return replace(why, permanent=False)  # what was waited for, in vain
    detail = code.partition(".")[2]
    if said and said.vague and said.reason in GONE and detail.startswith("7."):
        return None  # no more than that it was refused, and the code says why
    if said is None or detail not in DEFINITE:
        return said
    if detail in ("1.7", "1.8") and said.reason in GONE:  # it is the sender who is not known
        return None
    if said.vague:
        return None
    if said.reason in _LOOSELY_SAID and (surer := reason_in(words, GONE)):
        return surer
    return said


def _weightier(status: str, in_words: str) -> str:
    """Return the code that says more: that of the server's own words over a general one."""
    given = ENHANCED.search(status)
    if not given:
        return in_words
    is_general = given[2] == "0" or given[0].endswith(".0.0")
    return in_words if in_words and (is_general or in_words[0] == given[1]) else given[0]


def _permanence(code: str, words: str, failed: bool | None) -> bool | None:
    if failed is False:
        return False
    if reply := REPLY.search(words):
        return reply[1] == "5"
    basic = BASIC.search(words)
    if code and not (basic and code.endswith(".0.0") and basic.start() < _BEGIN):
        return code[0] == "5"
    if basic:
        return basic[1][0] == "5"
    return failed


def _was_rate(reason: ReturnReason, words: str) -> bool:
    return reason is ReturnReason.RATE and not BASIC.search(words)


def is_bare(words: str) -> bool:
    """Whether words are a code and no more."""
    return not re.search(r"[^\W\d]{3}", words)
