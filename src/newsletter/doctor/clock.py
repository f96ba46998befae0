"""Our clock beside that of a server: a mail from the future is suspicious, as is its signature."""

import datetime

from newsletter.doctor.verdict import Verdict, doubtful, fine, wrong

_MAY_DIFFER = datetime.timedelta(minutes=2)
_MUST_NOT_DIFFER = datetime.timedelta(minutes=15)


def examine_clock(ahead: datetime.timedelta, server: str) -> Verdict:
    """Whether our clock goes with that of `server`, which is `ahead` of ours by so much."""
    words = (
        f"{_span(abs(ahead))} {'behind' if ahead > datetime.timedelta() else 'ahead of'} {server}"
    )
    remedy = "let the system keep the time (NTP): timedatectl set-ntp true"
    if abs(ahead) > _MUST_NOT_DIFFER:
        return wrong("clock", words, remedy)
    if abs(ahead) > _MAY_DIFFER:
        return doubtful("clock", words, remedy)
    return fine("clock", f"goes with that of {server}")


def _span(time: datetime.timedelta) -> str:
    minutes = round(time.total_seconds() / 60)
    if minutes < 120:
        return f"{minutes} minutes"
    return f"{minutes / 60:.0f} hours" if minutes < 2880 else f"{minutes / 1440:.0f} days"
