"""What an office makes of the rules: how grave each is, its limits, and what is accepted.

The settings have been read and validated; whether the rules they name exist is known only here.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from newsletter.checks.mail import Mail
from newsletter.checks.rule import About
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

    def severity(self, rule: About) -> Severity | None:
        """Return how grave `rule` is here; none when it is off."""
        chosen = self._setting(rule).severity
        if chosen is None:
            return rule.severity
        return None if chosen == "off" else Severity(chosen)

    def limits(self, rule: About) -> Mapping[str, float]:
        """Return the limits of a rule as they are here; one that cannot be is left as it was."""
        known = self._setting(rule).limits
        fitting = {
            name: value
            for name, value in known.items()
            if name in rule.limits and not rule.objection(name, value)
        }
        return {**rule.limits, **fitting}

    def tuned(self, findings: Iterable[Finding], rules: Iterable[About]) -> Iterator[Finding]:
        """Yield findings of rules that were asked elsewhere, as grave as the office takes them.

        What is less grave than its rule is only told, and stays so.
        """
        order = list(Severity)
        known = {rule.id: rule for rule in rules}
        for finding in findings:
            rule = known[finding.rule]
            chosen = self._setting(rule).severity
            only_told = order.index(finding.severity) > order.index(rule.severity)
            if chosen is None or (only_told and chosen != "off"):
                yield finding
            elif chosen != "off":
                yield replace(finding, severity=Severity(chosen))

    def faults(self, rules: Sequence[About]) -> list[Finding]:
        """Return an error for each name in the settings that no rule has, and for odd limits."""
        known = {rule.id: rule for rule in rules}
        findings: list[Finding] = []
        for name, setting in self.checking.rules.items():
            if name in known:
                findings += self._odd_limits(known[name], setting.limits)
            else:
                findings.append(self._unknown(name, known, "rules", name))
        findings += [
            self._unknown(each.rule, known, "ignore", number, "rule")
            for number, each in enumerate(self.checking.ignore)
            if each.rule not in known
        ]
        return findings

    def _odd_limits(self, rule: About, limits: Mapping[str, float]) -> Iterator[Finding]:
        for limit, value in limits.items():
            path = ("rules", rule.id, "limits", limit)
            if limit not in rule.limits:
                remedy = did_you_mean(limit, rule.limits) if rule.limits else "remove it"
                yield self._fault(f"the rule {rule.id} has no limit `{limit}`", remedy, path)
            elif wanted := rule.objection(limit, value):
                message = f"the limit `{limit}` of {rule.id} cannot be {value:g}"
                yield self._fault(message, f"write {wanted}", path)

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

    def unused(self, used: Collection[int], unasked: Collection[str] = ()) -> list[Finding]:
        """Return a note for each ignore that matched nothing in any issue.

        Nobody can tell of rules that were not asked: their ids are in `unasked`.
        """
        return [
            Finding(
                rule="ignore-unused",
                place=self.marks.at("checks", "ignore", number),
                message=f"nothing is ignored by this any more ({each.rule}: {each.where})",
                remedy="delete it, so that it hides nothing new",
                severity=Severity.NOTE,
            )
            for number, each in enumerate(self.checking.ignore)
            if number not in used and each.rule not in unasked
        ]

    def _setting(self, rule: About) -> RuleSetting:
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
