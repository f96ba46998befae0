"""Rules that ask somebody else, or look at a file from elsewhere: only when a person wants it.

What they find is told by `alive.py`, `spam.py` and `foreign.py`; what an office makes of it is told
here and in newsletter.yaml, as for any other rule.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from newsletter.checks.rule import About
from newsletter.model.finding import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a limit means, and between which numbers it must lie."""

    meaning: str
    least: float
    most: float
    whole: bool = False

    def __contains__(self, value: float) -> bool:
        """Whether `value` serves."""
        return self.least <= value <= self.most and (not self.whole or value == int(value))

    def __str__(self) -> str:
        """Return what serves, in words."""
        kind = "a whole number" if self.whole else "a number"
        return f"{kind} from {self.least:g} to {self.most:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeeperRule(About):
    """A rule that is asked only with `option`, and the bounds of its limits.

    What it only tells (its note of a good spam score) stays a note, however grave an office takes
    the rule.
    """

    option: str
    limits: Mapping[str, float] = field(default_factory=dict)
    bounds: Mapping[str, Bounds] = field(default_factory=dict)

    def objection(self, limit: str, value: float) -> str:
        """Return what `value` would have to be to serve as this limit; nothing if it does."""
        return "" if value in self.bounds[limit] else str(self.bounds[limit])


LINK_DEAD = DeeperRule(
    id="link-dead",
    severity=Severity.WARNING,
    title="Every link leads to something",
    why="""\
A reader who follows a link into nothing does not follow the next one.

404 and 410 are told from a server in trouble, a host that does not exist, a certificate that does
not hold and an answer that does not come. Each address is asked by HEAD, then by GET where a server
minds HEAD; what answered well is remembered in the state folder. The limits hold for all rules of
`--links`, for one and the same question is behind them.""",
    source="RFC 9110 15.5 and 15.6; W3C Link Checker",
    mend="open it in a browser, and correct the address or take the link out",
    limits={"seconds": 20, "connect": 8, "redirects": 5, "together": 8, "per_host": 2, "hours": 24},
    option="--links",
    bounds={
        "seconds": Bounds(meaning="seconds for one answer, redirects and all", least=1, most=300),
        "connect": Bounds(meaning="seconds of these for a connection", least=1, most=300),
        "redirects": Bounds(
            meaning="how often an address may lead on", least=0, most=20, whole=True
        ),
        "together": Bounds(
            meaning="questions at a time, to all hosts", least=1, most=64, whole=True
        ),
        "per_host": Bounds(meaning="of these to the same host", least=1, most=8, whole=True),
        "hours": Bounds(meaning="how long a good answer is remembered", least=0, most=720),
    },
)
LINK_MOVED = DeeperRule(
    id="link-moved",
    severity=Severity.NOTE,
    title="No link leads to an address that was given up for another",
    why="""\
Readers arrive today. The way to the new address is taken down one day, and then the link is dead.

Only a way whose every step is for good (301, 308) is told. A step for now (302, 303, 307) leads to
the reader's language, to a question about cookies or to a copy nearby: such an address is right,
and its target would be wrong for others. Nothing is told of a last slash that a server adds.""",
    source="RFC 9110 15.4.2 and 15.4.9: links ought to be changed; W3C Link Checker, Sphinx",
    mend="write the new address",
    option="--links",
)
LINK_DOUBTFUL = DeeperRule(
    id="link-doubtful",
    severity=Severity.NOTE,
    title="Every link is open to readers who are signed in nowhere",
    why="""\
An answer of 401, 403 or 429 may mean that the page is closed, or that it is closed to programs
only. Nobody can tell without looking.""",
    source="RFC 9110 15.5.2 and 15.5.4",
    mend="open it in a browser where nobody is signed in",
    option="--links",
)
LINK_EXAMPLE = DeeperRule(
    id="link-example",
    severity=Severity.NOTE,
    title="No link leads to a domain kept for examples",
    why="""\
Nobody can have example.org and its like. In a sample they are right; in an issue somebody has
forgotten to write the address. They are not asked, and told in one note.""",
    source="RFC 2606; RFC 6761 6",
    mend="nothing to do in a sample; in an issue, write the real address",
    option="--links",
)
SPAM_SCORE = DeeperRule(
    id="spam-score",
    severity=Severity.WARNING,
    title="SpamAssassin finds little to complain of",
    why="""\
Many mail servers ask SpamAssassin or its like; most of those refuse a mail at 5 points. Stay far
below, for the sender and the links may bring points of their own. The local rules alone are asked:
no network, no learning. A score within the limit is told in a note.""",
    source="SpamAssassin 4, local rules",
    mend="look at the rules named, the gravest first",
    limits={"points": 1, "seconds": 120},
    option="--spam",
    bounds={
        "points": Bounds(meaning="points above which it is a finding", least=-100, most=100),
        "seconds": Bounds(meaning="seconds for the answer about one edition", least=1, most=3600),
    },
)
HTML_ENCODING = DeeperRule(
    id="html-encoding",
    severity=Severity.WARNING,
    title="A file from elsewhere says how its letters are written down, and keeps to it",
    why="""\
A file that says nothing, or something wrong, is shown with other letters by each program. A byte
that cannot be is an error; an old encoding that holds is told in a note.""",
    source="HTML 13.2.3; Encoding Standard 4.2",
    mend="save the file as UTF-8 and say so: <meta charset=utf-8> first in <head>",
    option="--html",
)
MAIL_HEAD = DeeperRule(
    id="mail-head",
    severity=Severity.WARNING,
    title="The head of a mail from elsewhere has what a newsletter needs",
    why="""\
Gmail and Yahoo refuse mass mail that nobody can leave with one click. A mail without From, Date,
Message-ID or Subject looks broken to filters and people.""",
    source="RFC 8058 3.1; RFC 5322 3.6; Google and Yahoo: guidelines for senders",
    mend="let the program that sends the mail add it",
    option="--html",
)
WAY_OUT = DeeperRule(
    id="way-out",
    severity=Severity.WARNING,
    title="Readers of a mail from elsewhere find a link by which they can leave",
    why="""\
Whoever finds no way out presses “spam”, and laws on mass mail ask for one. Not every program shows
what the head of a mail offers.

A link counts by its words or its address, in some twenty languages; of a whole mail the text part
is looked at, too. A letter to one person needs none.""",
    source="Google and Yahoo: guidelines for senders; CAN-SPAM 5(a)(3)",
    mend="write a link to unsubscribe that readers see, with words that say so",
    option="--html",
)

DEEPER = (
    LINK_DEAD,
    LINK_MOVED,
    LINK_DOUBTFUL,
    LINK_EXAMPLE,
    SPAM_SCORE,
    HTML_ENCODING,
    MAIL_HEAD,
    WAY_OUT,
)
OF_LINKS = frozenset(each.id for each in DEEPER if each.option == "--links")
"""The rules that one question about each address answers."""
