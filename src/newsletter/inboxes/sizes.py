"""How much of one message is taken."""

LARGEST = 50_000_000
"""Octets of a message that is taken whole; of a larger one there is only its beginning."""

HEAD = 1_000_000
"""Octets of that beginning: the head and, of a report, what it says."""
