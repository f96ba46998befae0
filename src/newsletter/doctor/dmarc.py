"""DMARC (RFC 9989): which record holds for a domain, and where an organisation ends.

Both are found by a walk up the tree of names, without a list of public suffixes. Takes the DNS
through `ports.Names` and lets DnsSilent through.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from newsletter.doctor.ports import Names

_MOST_LABELS = 8  # RFC 9989 4.10: from longer names the walk leaps to seven labels
REMOVED = ("pct", "rf", "ri")
"""Tags of RFC 7489 that mean nothing any more."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A record, and the domain where it stands."""

    domain: str
    tags: Mapping[str, str]

    @property
    def asks(self) -> str:
        """What to do with mail that is not aligned: none, quarantine, reject, or empty."""
        found = self.tags.get("p", "").lower()
        if found in ("none", "quarantine", "reject"):
            return found
        return "none" if "rua" in self.tags else ""  # RFC 9989 4.7

    def asks_below(self) -> str:
        """Return what it asks for subdomains that have no record of their own."""
        found = self.tags.get("sp", "").lower()
        return found if found in ("none", "quarantine", "reject") else self.asks

    def is_strict(self, kind: str) -> bool:
        """Whether domains have to be the same (`kind`: adkim or aspf), not only related."""
        return self.tags.get(kind, "r").lower() == "s"


@dataclass(frozen=True, slots=True)
class Discovery:
    """What holds for a domain; `policy` is none when there is none. `crowded` has two records."""

    organisation: str
    policy: Policy | None
    crowded: tuple[str, ...] = ()


def discover(names: Names, domain: str) -> Discovery:
    """Return the policy for mail from `domain`, and its organisation (RFC 9989 4.10)."""
    domain = domain.lower().rstrip(".")
    found: dict[str, Policy] = {}
    crowded: list[str] = []
    for name in walk(domain):
        records = records_of(names, name)
        if len(records) > 1:  # then all of them are as if they were not there
            crowded.append(name)
        elif records:
            found[name] = Policy(name, records[0])
            if records[0].get("psd", "").lower() in ("y", "n"):
                break
    organisation = _organisation(domain, found)
    policy = found.get(domain) or found.get(organisation) or _public_suffix(found)
    return Discovery(organisation, policy, tuple(crowded))


def walk(domain: str) -> Iterator[str]:
    """Yield the names that are asked, from `domain` up."""
    yield domain
    labels = domain.split(".")
    labels = labels[1:] if len(labels) < _MOST_LABELS else labels[1 - _MOST_LABELS :]
    while labels:
        yield ".".join(labels)
        labels = labels[1:]


def records_of(names: Names, domain: str) -> list[dict[str, str]]:
    """Return the DMARC records that stand at `domain` itself, as tags."""
    found = (_tags(text) for text in names.texts(f"_dmarc.{domain}"))
    return [tags for tags in found if tags]


def is_aligned(names: Names, author: str, other: str, *, strict: bool) -> bool:
    """Whether a domain that was authenticated stands for the author's (RFC 9989 4.4)."""
    author, other = author.lower(), other.lower()
    if author == other or strict:
        return author == other
    return discover(names, author).organisation == discover(names, other).organisation


def _tags(text: str) -> dict[str, str]:
    """Return the tags of a record; empty when it is not one of DMARC."""
    parts = [part.strip().partition("=") for part in text.split(";") if part.strip()]
    tags = {name.strip().lower(): value.strip() for name, sign, value in parts if sign}
    is_first = bool(parts) and parts[0][0].strip().lower() == "v"
    return tags if is_first and tags.get("v") == "DMARC1" else {}


def _organisation(domain: str, found: Mapping[str, Policy]) -> str:
    for name, policy in found.items():
        psd = policy.tags.get("psd", "").lower()
        if psd == "n":
            return name
        if psd == "y" and name != domain:
            labels = domain.removesuffix(f".{name}").split(".")
            return f"{labels[-1]}.{name}"
    return min(found, key=lambda name: name.count("."), default=domain)


def _public_suffix(found: Mapping[str, Policy]) -> Policy | None:
    suffixes = [each for each in found.values() if each.tags.get("psd", "").lower() == "y"]
    return suffixes[0] if suffixes else None
