"""What an office makes of the rules: how grave each is, its limits, and what is accepted.

The settings have been read and validated; whether the rules they name exist is known only here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from newsletter.checks.mail import Mail
from newsletter.checks.rule import Rule
from newsletter.compose.problems import did_you_mean
from newsletter.model.checking import Checking, Ignore, RuleSetting
from newsletter.model.finding import Finding, Severity
from newsletter.model.place import Marks


@dataclass(frozen=True, slots=True)
class Ignored:
    """A Finding that the office accepts, and why."""

    finding: Finding
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """What the rules found: `findings` count, `ignored` do not.

    `used` are the numbers of the ignores that did something; `mails` are what was looked at, for
    those who want to look deeper.
    """

    findings: tuple[Finding, ...]
    ignored: tuple[Ignored, ...] = ()
    used: frozenset[int] = frozenset()
    mails: Mapping[str, Mail] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Tuning:
    """The `checks:` of an office; `marks` are those of newsletter.yaml."""

    checking: Checking
    marks: Marks

    def severity(self, rule: Rule) -> Severity | None:
        """Return how grave `rule` is here; none when it is off."""
        chosen = self._setting(rule).severity
        if chosen is None:
            return rule.severity
        return None if chosen == "off" else Severity(chosen)

    def limits(self, rule: Rule) -> Mapping[str, float]:
        """Return the limits that are set here; the rule has the others."""
        known = self._setting(rule).limits
        return {name: value for name, value in known.items() if name in rule.limits}

    def faults(self, rules: Sequence[Rule], others: Iterable[str] = ()) -> list[Finding]:
        """Return an error for each name in the settings that no rule has.

        `others` are ids that are no Rules, yet may be ignored.
        """
        known = {rule.id: rule for rule in rules}
        findings: list[Finding] = []
        for name, setting in self.checking.rules.items():
            if name not in known:
                findings.append(self._unknown(name, known, "rules", name))
                continue
            findings += [
                self._fault(
                    f"the rule {name} has no limit `{limit}`",
                    did_you_mean(limit, known[name].limits) if known[name].limits else "remove it",
                    ("rules", name, "limits", limit),
                )
                for limit in setting.limits
                if limit not in known[name].limits
            ]
        ids = [*known, *others]
        findings += [
            self._unknown(each.rule, ids, "ignore", number, "rule")
            for number, each in enumerate(self.checking.ignore)
            if each.rule not in ids
        ]
        return findings

    def sift(self, findings: Iterable[Finding]) -> Report:
        """Return `findings` in order of places, each once, the accepted ones apart."""
        kept: list[Finding] = []
        ignored: list[Ignored] = []
        used: set[int] = set()
        seen: set[tuple[object, ...]] = set()
        for finding in findings:
            # A tag of a template makes many elements, in each language: it is mended once.
            told = (finding.rule, finding.place, finding.message, finding.remedy)
            if told in seen:
                continue
            seen.add(told)
            numbers = [
                number for number, each in enumerate(self.checking.ignore) if _covers(each, finding)
            ]
            used.update(numbers)
            if numbers:
                ignored.append(Ignored(finding, self.checking.ignore[numbers[0]].reason))
            else:
                kept.append(finding)
        kept.sort(key=lambda finding: finding.place)
        return Report(tuple(kept), tuple(ignored), frozenset(used))

    def unused(self, used: Iterable[int]) -> list[Finding]:
        """Return a note for each ignore that matched nothing in any issue."""
        return [
            Finding(
                rule="ignore-unused",
                place=self.marks.at("checks", "ignore", number),
                message=f"nothing is ignored by this any more ({each.rule}: {each.where})",
                remedy="delete it, so that it hides nothing new",
                severity=Severity.NOTE,
            )
            for number, each in enumerate(self.checking.ignore)
            if number not in set(used)
        ]

    def _setting(self, rule: Rule) -> RuleSetting:
        return self.checking.rules.get(rule.id) or RuleSetting()

    def _unknown(self, name: str, known: Iterable[str], *path: str | int) -> Finding:
        return self._fault(f"there is no rule `{name}`", did_you_mean(name, known), path)

    def _fault(self, message: str, remedy: str, path: tuple[str | int, ...]) -> Finding:
        place = self.marks.at("checks", *path)
        return Finding(rule="settings", place=place, message=message, remedy=remedy)


def _covers(ignore: Ignore, finding: Finding) -> bool:
    if ignore.rule != finding.rule:
        return False
    place = finding.place
    names = (place.file, f"{place.file}:{place.line}", str(place))
    return ignore.where in finding.message or any(fnmatchcase(name, ignore.where) for name in names)
