"""What the codes of replies and reports mean (RFC 3463, RFC 5321, the IANA registry of both)."""

import re

from newsletter.model.returns import ReturnReason

_R = ReturnReason

ENHANCED = re.compile(r"(?<![\d.])([245])[.]([0-7])[.](\d{1,3})(?![\d.]\d|\d)")
"""An enhanced code (RFC 3463 2): class, subject and detail; no version and no address of IPv4."""
BASIC = re.compile(r"(?<![\w.@-])([45]\d\d)(?=[ \-:)]|$)")
"""A reply code that tells of a failure (RFC 5321 4.2.1)."""
REPLY = re.compile(r"(?<![\w.@-])([45])\d\d[ -]#?[45][.]\d{1,3}[.]\d{1,3}(?![\d.])")
"""A server's own reply, with both codes: it counts before what was made of it."""
DEFINITE = frozenset({"1.1", "1.2", "1.3", "1.6", "1.7", "1.8", "1.10", "2.1", "2.2"})
"""Codes that say what happened; others are said of anything."""

_MEANING = {
    "1.0": _R.UNKNOWN_USER,
    "1.1": _R.UNKNOWN_USER,
    "1.2": _R.UNKNOWN_HOST,
    "1.3": _R.UNKNOWN_USER,
    "1.4": _R.UNKNOWN_USER,
    "1.6": _R.MOVED,
    "1.7": _R.AUTHENTICATION,
    "1.8": _R.AUTHENTICATION,
    "1.10": _R.UNKNOWN_HOST,  # RFC 7505 4.2; of Microsoft: the recipient is not found
    "2.0": _R.UNKNOWN,
    "2.1": _R.DISABLED,
    "2.2": _R.MAILBOX_FULL,
    "2.3": _R.SIZE,
    "2.4": _R.SYSTEM,
    "3.0": _R.SYSTEM,
    "3.1": _R.SYSTEM,
    "3.2": _R.SYSTEM,
    "3.3": _R.CONTENT,
    "3.4": _R.SIZE,
    "3.5": _R.SYSTEM,
    "4.0": _R.NETWORK,
    "4.1": _R.NETWORK,
    "4.2": _R.NETWORK,
    "4.3": _R.NETWORK,
    "4.4": _R.UNKNOWN_HOST,
    "4.5": _R.RATE,
    "4.6": _R.SYSTEM,
    "4.7": _R.EXPIRED,
    "4.310": _R.UNKNOWN_HOST,  # Microsoft: the domain of the recipient does not exist
    "4.312": _R.NETWORK,  # Microsoft: a question to the DNS failed
    "4.316": _R.NETWORK,  # Microsoft: the connection was refused or timed out
    "5.0": _R.SYSTEM,
    "5.1": _R.SYSTEM,
    "5.2": _R.SYSTEM,
    "5.3": _R.RATE,
    "5.4": _R.SYSTEM,
    "6.0": _R.CONTENT,
    "6.1": _R.CONTENT,
    "6.3": _R.CONTENT,
    "6.6": _R.CONTENT,
    "7.0": _R.POLICY,
    "7.1": _R.POLICY,
    "7.13": _R.DISABLED,
    "7.17": _R.MOVED,
    "7.20": _R.AUTHENTICATION,
    "7.21": _R.AUTHENTICATION,
    "7.22": _R.AUTHENTICATION,
    "7.23": _R.AUTHENTICATION,
    "7.24": _R.AUTHENTICATION,
    "7.25": _R.AUTHENTICATION,
    "7.26": _R.AUTHENTICATION,
    "7.27": _R.AUTHENTICATION,
    "7.28": _R.RATE,
}


def reason_of(status: str) -> ReturnReason | None:
    """Return what an enhanced code says by itself, or none."""
    subject = status.partition(".")[2]
    if found := _MEANING.get(subject):
        return found
    return _R.POLICY if subject.startswith("7.") else None


def is_general(status: str) -> bool:
    """Whether an enhanced code says nothing but that it failed, or there is none."""
    given = ENHANCED.search(status)
    return not given or given[2] == "0" or f"{given[2]}.{given[3]}" in ("5.0", "3.0", "1.0")


def inferred(reason: ReturnReason, *, permanent: bool) -> str:
    """Return the enhanced code that says `reason`, for a report that gives none."""
    subject = next((key for key, each in _MEANING.items() if each is reason), "0.0")
    return f"{5 if permanent else 4}.{'1.1' if reason is _R.UNKNOWN_USER else subject}"
