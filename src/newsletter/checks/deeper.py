"""The names of what is found only when somebody asks for it, for settings that ignore it."""

DEEPER = {
    "link-dead": "a link leads to nothing (--links)",
    "link-doubtful": "a link may be closed to programs only (--links)",
    "link-moved": "a link leads to what has moved to another address for good (--links)",
    "link-example": "a link leads to a domain kept for examples (--links)",
    "spam-score": "SpamAssassin's score of an edition (--spam)",
    "html-encoding": "how the letters of a foreign file are written down (--html)",
    "html-file": "whether a foreign file can be read as a mail (--html)",
    "mail-head": "what the head of a foreign mail lacks (--html)",
}
"""Ids and what they are about; these are no Rules and have no limits."""
