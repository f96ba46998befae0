"""What servers write of mails that did not arrive (`sayings.toml`, `marks.toml`)."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from newsletter.model.returns import ReturnReason
from newsletter.returns.addresses import ADDRESS

_LOOKED_AT = 2000  # letters

_URL = re.compile(r"https?://([^\s/<>\"']{1,100})[^\s<>\"']{0,300}")
# Who says it is not what is said: names of hosts hold words such as “spam” and “unknown”.
_SPEAKER = re.compile(
    r"(?:\b(?:the )?(?:remote )?(?:mail ?)?(?:host|server|mta)(?: [\w.-]+\.[\w-]+)? ?"
    r"(?:[(\[][^)\]]{0,80}[)\]])?(?::\d+)? (?:said|answered|responded|replied)(?: with)?:?)"
    r"|\b(?:talking to|connected to|giving up on) \S{1,200}"
    r"|\(generated from [^()]{1,200}\)"
    r"|\breturn(?:ed|ing)? (?:\w{1,10} ){0,2}to (?:the )?sender"
    r"|\b(?:remote )?host [\w.-]+\.[\w-]+ ?\[[^\]]{0,60}\]"
)
_OCTAL = re.compile(r"(?:\\[23][0-7]{2})+")
_CODES = re.compile(r"\b([245]\d\d)[- ](?:#?([245]\.\d{1,3}\.\d{1,3}) )?")


@dataclass(frozen=True, slots=True)
class Saying:
    """One row; `permanent` is what the words themselves say of that, if anything.

    A vague row says no more than that something was refused.
    """

    reason: ReturnReason
    pattern: re.Pattern[str]
    seen: str
    permanent: bool | None
    vague: bool


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
            row.get("vague", False),
        )
        for row in tomllib.loads(text)["saying"]
    )


@cache
def marks(name: str) -> re.Pattern[str]:
    """Return a list of `marks.toml` as one pattern, for small letters."""
    text = files(__package__).joinpath("marks.toml").read_text(encoding="utf-8")
    return re.compile("|".join(f"(?:{each})" for each in tomllib.loads(text)[name]))


@cache
def _misspelt() -> tuple[re.Pattern[str], Mapping[str, str]]:
    text = files(__package__).joinpath("marks.toml").read_text(encoding="utf-8")
    spelling: Mapping[str, str] = tomllib.loads(text)["misspelt"]
    return re.compile("|".join(spelling)), spelling


@lru_cache(maxsize=64)
def reason_in(words: str, among: frozenset[ReturnReason] | None = None) -> Saying | None:
    """Return the first row that is found in words, of all or of those with some reasons."""
    plain = plainly(words)
    rows = (each for each in sayings() if among is None or each.reason in among)
    return next((each for each in rows if each.pattern.search(plain)), None)


def is_clear(words: str) -> bool:
    """Whether words say why, and not only that something was refused."""
    said = reason_in(words)
    return said is not None and not said.vague


def plainly(words: str) -> str:
    """Return words as patterns expect them: without what only looks like words."""
    small = " ".join(_unescaped(words[:_LOOKED_AT]).split()).lower()
    small = small.replace("’", "'").replace("`", "'").replace("ё", "е")
    small = small.replace("can't", "cannot").replace("won't", "will not").replace("n't ", " not ")
    pattern, spelling = _misspelt()
    small = pattern.sub(lambda found: spelling[found[0]], small)
    small = ADDRESS.sub("x@x", _URL.sub(r"\1", small))
    return _once(_SPEAKER.sub("", small))


def _unescaped(text: str) -> str:
    """Return text whose letters beyond ASCII are written as octal numbers, as Exim does it."""

    def letters(found: re.Match[str]) -> str:
        octets = bytes(int(each, 8) for each in found[0].split("\\")[1:])
        return octets.decode("utf-8", "replace")

    return _OCTAL.sub(letters, text)


def _once(text: str) -> str:
    """Return a reply of several lines with its codes before the first alone (RFC 5321 4.2.1)."""
    seen: set[tuple[str, ...]] = set()

    def kept(found: re.Match[str]) -> str:
        codes = found.groups("")
        if codes in seen or (not codes[1] and (codes[0], "") in seen):
            return ""
        seen.add(codes)
        return found[0]

    return _CODES.sub(kept, text)
