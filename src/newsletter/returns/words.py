"""What servers write of mails that did not arrive (`sayings.toml`, `marks.toml`)."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from newsletter.model.returns import ReturnReason

_LOOKED_AT = 2000  # letters


@dataclass(frozen=True, slots=True)
class Saying:
    """One row; `permanent` is what the words themselves say of that, if anything."""

    reason: ReturnReason
    pattern: re.Pattern[str]
    seen: str
    permanent: bool | None


@cache
def sayings() -> tuple[Saying, ...]:
    """Return all rows, in their order."""
    text = files(__package__).joinpath("sayings.toml").read_text(encoding="utf-8")
    return tuple(
        Saying(
            ReturnReason(row["reason"]),
            re.compile(row["pattern"]),
            row["seen"],
            row.get("permanent"),
        )
        for row in tomllib.loads(text)["saying"]
    )


@cache
def marks(name: str) -> re.Pattern[str]:
    """Return a list of `marks.toml` as one pattern, for small letters."""
    text = files(__package__).joinpath("marks.toml").read_text(encoding="utf-8")
    return re.compile("|".join(f"(?:{each})" for each in tomllib.loads(text)[name]))


def reason_in(words: str) -> Saying | None:
    """Return the first row that is found in words."""
    plain = plainly(words)
    return next((each for each in sayings() if each.pattern.search(plain)), None)


def plainly(words: str) -> str:
    """Return words as patterns expect them."""
    small = " ".join(words[:_LOOKED_AT].split()).lower()
    return small.replace("’", "'").replace("ё", "е")
