"""From what a server wrote about one recipient to a Reported.

The words count before the codes, for servers are freer with these: "550 5.1.1" stands before what
is a block list, and "5.7.1" before a mailbox that is not there. Where the words say nothing that is
known, the enhanced code decides; where there is none, nothing is guessed but the permanence.
"""

from newsletter.model.returns import Reported, ReturnReason
from newsletter.returns.codes import BASIC, ENHANCED, inferred, reason_of
from newsletter.returns.words import reason_in

_SHOWN = 200
_SOFT = frozenset({ReturnReason.RATE, ReturnReason.EXPIRED, ReturnReason.NETWORK})
"""Reasons that pass: even where a mail is given up for one, the next may arrive."""


def reported(address: str, words: str, status: str = "", *, failed: bool | None = None) -> Reported:
    """Return what `words`, and an enhanced code that was given apart, say of `address`.

    `failed` is what the report says became of the mail: given up, or still under way.
    """
    said = reason_in(words)
    found = ENHANCED.search(words)
    code = _weightier(status, found[0] if found else "")
    reason = said.reason if said else reason_of(code) or ReturnReason.UNKNOWN
    permanent = _permanence(code, words, failed)
    if said and said.permanent is not None:
        permanent = said.permanent
    if permanent and reason in _SOFT and failed is not None:
        permanent = False
    if not code and said and permanent is not None:
        code = inferred(reason, permanent=permanent)
    return Reported(
        address=address,
        permanent=permanent,
        status=code,
        reason=reason,
        evidence=" ".join(words.split())[:_SHOWN],
    )


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
    if code:
        return code[0] == "5"
    if basic := BASIC.search(words):
        return basic[1][0] == "5"
    return failed
