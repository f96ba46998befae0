"""JSON of strangers, read so that no shape of it is an error: what is not as expected is empty."""

import datetime
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_LONGEST = 10_000  # letters of a text
_MOST = 10_000  # members of a list


class NotRead(ValueError):
    """What came is no JSON; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Fields:
    """An object of JSON."""

    values: Mapping[str, object]

    def text(self, name: str) -> str:
        """Return a text, or a number as one."""
        return as_text(self.values.get(name))

    def inner(self, *names: str) -> "Fields":
        """Return an object within, along a path."""
        found: object = self.values
        for name in names:
            found = found.get(name) if isinstance(found, dict) else None
        return Fields(found if isinstance(found, dict) else {})

    def several(self, name: str) -> list["Fields"]:
        """Return the objects of a list."""
        return [Fields(each) for each in _list(self.values.get(name)) if isinstance(each, dict)]

    def texts(self, name: str) -> tuple[str, ...]:
        """Return the texts of a list; a text alone is one of them."""
        value = self.values.get(name)
        found = (as_text(each) for each in (_list(value) or [value]))
        return tuple(each for each in found if each)

    def is_true(self, name: str) -> bool:
        """Whether a field holds `true`."""
        return self.values.get(name) is True

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Yield the names and values of all fields that are texts."""
        for name, value in list(self.values.items())[:_MOST]:
            if text := as_text(value):
                yield _clean(name), text


def read_json(raw: bytes | str) -> object:
    """Return what the JSON says; raises NotRead."""
    try:
        found: object = json.loads(raw)
    except RecursionError:
        raise NotRead("is nested too deeply") from None
    except (ValueError, UnicodeError) as fault:
        raise NotRead(f"is not JSON: {_clean(str(fault))[:80]}") from None
    return found


def events_in(raw: bytes) -> list[Fields]:
    """Return the objects of a list, or the one that there is; raises NotRead."""
    found = read_json(raw)
    several = found if isinstance(found, list) else [found]
    return [Fields(each if isinstance(each, dict) else {}) for each in several[:_MOST]]


def as_text(value: object) -> str:
    """Return a text, or a number as one; of anything else, nothing."""
    if isinstance(value, str):
        return _clean(value)[:_LONGEST]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return "" if isinstance(value, float) and not math.isfinite(value) else f"{value}"[:40]


def moment(value: object, *, thousandths: bool = False) -> datetime.datetime | None:
    """Return the moment that a text (ISO 8601) or seconds since 1970 stand for."""
    try:
        if isinstance(value, str) and not value.strip().replace(".", "", 1).isdecimal():
            found = datetime.datetime.fromisoformat(value.strip()[:40])
            return found if found.tzinfo else None  # in whose time zone is not known
        seconds = float(as_text(value)) / (1000 if thousandths else 1)
        return datetime.datetime.fromtimestamp(seconds, tz=datetime.UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _list(value: object) -> list[object]:
    return value[:_MOST] if isinstance(value, list) else []


def _clean(text: str) -> str:
    """Return text without halves of letters (RFC 8259 8.2), which no file and no table takes."""
    return text.encode("utf-8", "replace").decode()
