"""What SpamAssassin says of the mails: its score, and the rules that made it.

The program of the system is asked, with its local rules alone: no network, no learning, no files
of the user. Its rules are those of many filters, so a low score is no promise, and a high one is
a reason to look.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from newsletter.checks.deeper import SPAM_SCORE
from newsletter.errors import NewsletterError, WrongUsage
from newsletter.model.finding import Finding, Severity
from newsletter.model.place import Place

PROGRAM = "spamassassin"
_TEMPLATE = ("report newsletter version=_VERSION_ score=_SCORE_", "report _SUMMARY_")
_SETTINGS = ("clear_report_template", *_TEMPLATE, "use_bayes 0")
_HEAD = re.compile(r"newsletter version=(\S+) score=(-?[\d.]+)")
_LINE = re.compile(r"^\s{0,2}(-?\d+\.\d)\s+([A-Z][A-Z0-9_]+)\s+(\S.*)$")
_CONTINUED = re.compile(r"^\s{20,}(\S.*)$")
_TRY = "try: spamassassin --lint; its rules may have to be fetched with sa-update"
_REMEDIES = {
    "HTML_FONT_LOW_CONTRAST": "give hidden text the colour of the other text",
    "MIXED_ES": "harmless alone: Russian words and Latin addresses stand in one text",
    "MPART_ALT_DIFF": "let the text part say what the page says",
    "MIME_HTML_ONLY": "send a text part too",
    "HTML_IMAGE_ONLY": "write more text beside the pictures",
    "HTML_IMAGE_RATIO": "write more text beside the pictures",
    "SUBJ_ALL_CAPS": "write the subject in small letters",
    "FUZZY": "a word looks like an advertised name in disguise: find it and take another",
    "URI_": "look at the links",
    "HTML_TITLE": "look at the title of the page",
}
"""What helps, by the beginning of a rule's name."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that fits: its points, its name, and SpamAssassin's own words for it."""

    points: float
    name: str
    words: str

    def __str__(self) -> str:
        """Return the rule as people read it."""
        return f"{self.name} {self.points:+.1f} ({self.words})"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What SpamAssassin says of one mail."""

    version: str
    score: float
    hits: tuple[Hit, ...]


def spam_findings(
    mails: Mapping[str, bytes],
    places: Mapping[str, Place],
    *,
    limits: Mapping[str, float] = SPAM_SCORE.limits,
    program: str = PROGRAM,
) -> list[Finding]:
    """Return one Finding for each mail: a warning above the limit, else a note of the score.

    `mails` are whole mails by language, `places` where each is mended; `limits` are those of the
    rule `spam-score`. Raises WrongUsage when SpamAssassin is not installed, NewsletterError when it
    does not work.
    """
    path = shutil.which(program)
    if path is None:
        raise WrongUsage(
            "SpamAssassin is not installed, so the spam score cannot be told",
            "install it (Debian, Ubuntu: apt install spamassassin; macOS: brew install "
            "spamassassin), or leave --spam out",
        )
    with ThreadPoolExecutor(max_workers=2) as pool:
        verdicts = pool.map(lambda mail: judge(mail, path, limits["seconds"]), mails.values())
        return [
            _finding(language, verdict, places[language], limits["points"])
            for language, verdict in zip(mails, verdicts, strict=True)
        ]


def judge(
    mail: bytes, program: str = PROGRAM, seconds: float = SPAM_SCORE.limits["seconds"]
) -> Verdict:
    """Return what SpamAssassin says of a whole mail; raises NewsletterError when it cannot."""
    settings = [f"--cf={line}" for line in _SETTINGS]
    with tempfile.TemporaryDirectory(prefix="newsletter-spam-") as home:
        command = [program, "--local", "--test-mode", "--nocreate-prefs", *settings]
        environment = {
            **os.environ,
            "HOME": home,
            "LC_ALL": "C",
        }
        try:
            done = subprocess.run(  # noqa: S603 (our own words, and the mail as its input)
                command,
                input=mail,
                capture_output=True,
                env=environment,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise NewsletterError(
                f"SpamAssassin did not answer within {seconds:g} seconds",
                f"give it more time (the limit `seconds` of {SPAM_SCORE.id}), or {_TRY}",
            ) from None
        except OSError as fault:
            raise NewsletterError(f"SpamAssassin did not answer: {fault}", _TRY) from fault
    output = done.stdout.decode("utf-8", errors="replace")
    heads = list(_HEAD.finditer(output))
    if not heads:
        said = done.stderr.decode("utf-8", errors="replace").strip().splitlines()
        words = said[-1] if said else "nothing"
        raise NewsletterError(f"SpamAssassin gave no score; it said: {words}", _TRY)
    head = heads[-1]  # the report follows the mail, which may hold anything
    return Verdict(head[1], float(head[2]), tuple(_hits(output[head.end() :])))


def _hits(table: str) -> list[Hit]:
    """Return the rules in SpamAssassin's table; descriptions go on over several lines."""
    hits: list[Hit] = []
    for line in table.splitlines():
        if found := _LINE.match(line):
            hits.append(Hit(float(found[1]), found[2], found[3].strip()))
        elif hits and (more := _CONTINUED.match(line)):
            last = hits.pop()
            hits.append(Hit(last.points, last.name, f"{last.words} {more[1].strip()}"))
    return hits


def _finding(language: str, verdict: Verdict, place: Place, limit: float) -> Finding:
    hits = sorted((hit for hit in verdict.hits if hit.points), key=lambda hit: -hit.points)
    named = "; ".join(str(hit) for hit in hits) or "no rule fits"
    above = verdict.score > limit
    message = (
        f"SpamAssassin {verdict.version} gives the {language} edition {verdict.score:.1f} points"
        f"{f', more than {limit:g}' if above else ''}: {named}"
    )
    blamed = [hit for hit in hits if hit.points > 0]
    remedy = "; ".join(_remedies(blamed)) if above else f"nothing to do: the limit is {limit:g}"
    return Finding(
        rule=SPAM_SCORE.id,
        place=place,
        message=message,
        remedy=remedy or SPAM_SCORE.mend,
        severity=SPAM_SCORE.severity if above else Severity.NOTE,
    )


def _remedies(hits: list[Hit]) -> list[str]:
    """Return what helps against these rules, each advice once."""
    found = [
        f"{hit.name}: {words}"
        for hit in hits
        for start, words in _REMEDIES.items()
        if hit.name.startswith(start)
    ]
    return list(dict.fromkeys(found))
