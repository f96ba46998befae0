"""What keeps programs from filling in our forms, without a script and without asking anybody else.

Each form carries the moment it was shown, signed; what comes back at once, or a day later, is shown
once more, filled in, to be sent again by a person. One field is hidden from people: who fills it in
is no person, and gets the same page as all others, but nothing is done. A form that stands on
another website has no such moment: so it leads here first, filled in.
"""

from newsletter.tokens import KeyRing, Purpose, from_url, to_url

TRAP = "website"
"""The field that people do not see."""

_FASTEST, _SLOWEST = 2, 24 * 3600


def stamp(keys: KeyRing, seconds: float) -> str:
    """Return the signed moment for a form that is shown now."""
    return to_url(keys.sign(Purpose.FORM, int(seconds)))


def is_fresh(keys: KeyRing, text: str, seconds: float) -> bool:
    """Whether a form was shown by us, not just this moment and not long ago."""
    found = keys.verify(Purpose.FORM, from_url(text)) if text else None
    if found is None or len(found) != 1:
        return False
    return _FASTEST <= seconds - found[0] <= _SLOWEST
