"""Whether the links of an issue are alive: each address is asked once, gently.

    links ► no slots, no mail addresses, no example domains, nothing of the issue itself
          ► known from today? ► HEAD, and GET where a server minds HEAD ► what the answer means

Hosts are asked side by side, a few questions at a time, fewer of them to the same host; how many,
and how long an answer may take, are limits of the rule `link-dead`. What answered well is
remembered, so that a second look costs nothing; what did not is asked anew.
"""

import datetime
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal, Protocol
from urllib.parse import urldefrag, urlsplit

from newsletter.checks.deeper import (
    LINK_DEAD,
    LINK_DOUBTFUL,
    LINK_EXAMPLE,
    LINK_MOVED,
    DeeperRule,
)
from newsletter.checks.mail import Mail
from newsletter.compose.files import write_whole
from newsletter.fetch import Fetched, FetchFailed, FetchLimits, fetch
from newsletter.keyfiles import make_private_folder
from newsletter.model.finding import Finding, Spot
from newsletter.model.place import Place
from newsletter.model.rendering import SLOT

_LARGEST = 100_000
_GONE = {404, 410}
_CLOSED = {401, 403, 429}
_RESERVED = re.compile(  # RFC 2606, RFC 6761: nobody can have these
    r"(?:^|\.)(?:example\.(?:com|net|org)|example|test|invalid|localhost)\.?\Z"
)


class Fetch(Protocol):
    """What asks an address; `newsletter.fetch.fetch` is one."""

    def __call__(
        self,
        url: str,
        *,
        method: Literal["GET", "HEAD"] = "GET",
        body: bool = True,
        limits: FetchLimits | None = None,
    ) -> Fetched:
        """Return the answer; raises FetchFailed when none came."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of asking an address: a status, or else the reason why nothing came.

    `moved` is the new address of what has moved for good.
    """

    status: int = 0
    moved: str = ""
    reason: str = ""
    remedy: str = ""

    @property
    def well(self) -> bool:
        """Whether readers get what the link promises."""
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class _Use:
    """A place where an address is linked to."""

    place: Place
    label: str
    spot: Spot | None


@dataclass(slots=True)
class _Links:
    """The addresses to ask, with their uses, and those that nobody can ask."""

    asked: dict[str, list[_Use]] = field(default_factory=dict)
    reserved: dict[str, list[_Use]] = field(default_factory=dict)


def dead_links(
    mails: Iterable[Mail],
    *,
    own: Sequence[str] = (),
    cache: Path | None = None,
    ask: Fetch = fetch,
    now: Callable[[], datetime.datetime] = lambda: datetime.datetime.now(datetime.UTC),
    limits: Mapping[str, float] = LINK_DEAD.limits,
) -> list[Finding]:
    """Return what is wrong with the links of `mails`, each address and place once.

    `own` are beginnings of addresses that exist only once the issue is sent; `cache` is the file
    that remembers what answered well; `limits` are those of the rule `link-dead`.
    """
    links = _gather(mails, own)
    remembered = _Remembered.read(cache, now(), datetime.timedelta(hours=limits["hours"]))
    fresh = [url for url in links.asked if url not in remembered.answers]
    answers = {**remembered.answers, **_ask_all(fresh, ask, limits)}
    remembered.keep({url: answers[url] for url in fresh if answers[url].well})
    findings = [
        finding
        for url, uses in links.asked.items()
        for use in uses
        if (finding := _finding(url, use, answers[url]))
    ]
    if links.reserved:
        findings.append(_about_reserved(links.reserved))
    return sorted(dict.fromkeys(findings), key=lambda finding: finding.place)


def _gather(mails: Iterable[Mail], own: Sequence[str]) -> _Links:
    links = _Links()
    seen: set[tuple[str, Place]] = set()
    for mail in mails:
        for link in mail.page.links:
            url = urldefrag(link.href.strip())[0]
            if not url or SLOT.search(url) or url.startswith(tuple(own)):
                continue
            host = _host(url)
            if host is None:
                continue
            place = mail.place(link.element)
            if (url, place) not in seen:
                seen.add((url, place))
                use = _Use(place, link.label, mail.spot(link.element))
                where = links.reserved if _RESERVED.search(host) else links.asked
                where.setdefault(url, []).append(use)
    return links


def _host(url: str) -> str | None:
    """Return the host of an address on the web; None for anything else."""
    try:
        parts = urlsplit(url)
        return parts.hostname if parts.scheme.lower() in ("http", "https") else None
    except ValueError:  # an address that is none is found by another rule
        return None


def _ask_all(urls: Sequence[str], ask: Fetch, limits: Mapping[str, float]) -> dict[str, Answer]:
    """Ask every address; each host has lanes, and a lane asks one address after the other."""
    by_host: dict[str, list[str]] = {}
    for url in urls:
        by_host.setdefault(_host(url) or "", []).append(url)
    beside = int(limits["per_host"])
    lanes = [of_host[lane::beside] for of_host in by_host.values() for lane in range(beside)]
    patience = FetchLimits(
        size=_LARGEST,
        seconds=limits["seconds"],
        connect=min(limits["connect"], limits["seconds"]),
        redirects=int(limits["redirects"]),
    )

    def work(lane: Sequence[str]) -> list[tuple[str, Answer]]:
        return [(url, _ask(url, ask, patience)) for url in lane]

    with ThreadPoolExecutor(max_workers=int(limits["together"])) as pool:
        return dict(pair for answers in pool.map(work, filter(None, lanes)) for pair in answers)


def _ask(url: str, ask: Fetch, patience: FetchLimits) -> Answer:
    """Ask with HEAD, and with GET when that is not answered well: many servers know no HEAD."""
    try:
        answer = _answer(ask(url, method="HEAD", limits=patience))
        if answer.well:
            return answer
    except FetchFailed as failed:
        if not _may_mind_head(failed):
            return _failed(failed)
    try:
        return _answer(ask(url, method="GET", body=False, limits=patience))
    except FetchFailed as failed:
        return _failed(failed)


def _may_mind_head(failed: FetchFailed) -> bool:
    """Whether a connection was made and broke off: then it may be for the sake of HEAD."""
    return "broke off" in failed.reason


def _answer(fetched: Fetched) -> Answer:
    """Return what came; one redirect for now makes the whole way one that may change again."""
    for_good = all(each.permanent for each in fetched.redirects)
    return Answer(fetched.status, fetched.url if fetched.redirects and for_good else "")


def _failed(failed: FetchFailed) -> Answer:
    return Answer(reason=failed.reason, remedy=failed.remedy)


def _finding(url: str, use: _Use, answer: Answer) -> Finding | None:
    """Return what an answer means for a link; None when it is well."""
    if answer.well and (not answer.moved or _alike(url, answer.moved)):
        return None
    rule, words, remedy = _meaning(url, answer)
    return Finding(
        rule=rule.id,
        place=use.place,
        message=f"the link “{use.label or url}” {words}",
        remedy=remedy or rule.mend,
        severity=rule.severity,
        spot=use.spot,
    )


def _meaning(url: str, answer: Answer) -> tuple[DeeperRule, str, str]:
    """Return whom an answer concerns, what is to be said of it, and a remedy of its own."""
    status = answer.status
    if answer.well:
        return LINK_MOVED, f"leads to {url}, which has moved for good to {answer.moved}", ""
    if answer.reason:
        return LINK_DEAD, f"is dead: {url} {answer.reason}", answer.remedy
    if status in _CLOSED:
        words = f"leads to {url}, which answers {status} and may be closed to programs only"
        return LINK_DOUBTFUL, words, ""
    if status in _GONE:
        words = f"is dead: {url} answers {status}: there is no such page"
        return LINK_DEAD, words, "correct the address or take the link out"
    return LINK_DEAD, f"is dead: {url} answers {status}", "try again later"


def _alike(url: str, moved: str) -> bool:
    """Whether two addresses differ only in what a server adds by itself: a last slash."""
    return url.rstrip("/").lower() == urldefrag(moved)[0].rstrip("/").lower()


def _about_reserved(reserved: Mapping[str, Sequence[_Use]]) -> Finding:
    uses = sorted((use.place, url) for url, each in reserved.items() for use in each)
    hosts = ", ".join(sorted({_host(url) or "" for url in reserved})[:3])
    count = f"{len(reserved)} address" + ("es lead" if len(reserved) > 1 else " leads")
    return Finding(
        rule=LINK_EXAMPLE.id,
        place=uses[0][0],
        message=f"{count} to a domain kept for examples ({hosts}) and cannot be looked at",
        remedy=LINK_EXAMPLE.mend,
        severity=LINK_EXAMPLE.severity,
    )


@dataclass(slots=True)
class _Remembered:
    """What answered well not long ago; a file that cannot be read is as good as none."""

    file: Path | None
    now: datetime.datetime
    answers: dict[str, Answer] = field(default_factory=dict)
    times: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(
        cls, file: Path | None, now: datetime.datetime, long: datetime.timedelta
    ) -> "_Remembered":
        remembered = cls(file, now)
        for url, answer, asked in _entries(file):
            if datetime.timedelta() <= now - asked < long:
                remembered.answers[url] = answer
                remembered.times[url] = asked.isoformat()
        return remembered

    def keep(self, fresh: Mapping[str, Answer]) -> None:
        """Write what is remembered, and the fresh answers, whole or not at all."""
        if self.file is None or not fresh:
            return
        self.answers |= fresh
        self.times |= dict.fromkeys(fresh, self.now.isoformat())
        entries = [
            {"url": url, "asked": self.times[url], **asdict(answer)}
            for url, answer in sorted(self.answers.items())
        ]
        make_private_folder(self.file.parent)
        write_whole(self.file, json.dumps(entries, ensure_ascii=False, indent=1).encode())


def _entries(file: Path | None) -> Iterator[tuple[str, Answer, datetime.datetime]]:
    """Yield what a file remembers; nothing when it is not there or not ours to read."""
    if file is None or not file.exists():
        return
    try:
        entries = json.loads(file.read_text("utf-8"))
        for entry in entries:
            answer = Answer(int(entry["status"]), str(entry["moved"]))
            yield str(entry["url"]), answer, datetime.datetime.fromisoformat(entry["asked"])
    except (OSError, ValueError, TypeError, KeyError):
        return  # only a memory: what it held is asked again and written anew
