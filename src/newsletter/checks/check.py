"""Look for what an editor would regret after sending: all rules over one issue.

A rule only looks: it gets everything that is known and yields what it found. Errors stop a build or
a send, warnings are for the editor to judge, notes are only told. The office says in
newsletter.yaml how grave each rule is, and what it accepts.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from newsletter.checks import (
    again,
    alike,
    clients,
    contrast,
    days,
    footer,
    inbox,
    issue,
    links,
    markup,
    pictures,
    reading,
    structure,
    translated,
    typography,
    whole,
    words,
)
from newsletter.checks.checked import Checked
from newsletter.checks.deeper import DEEPER
from newsletter.checks.mail import Mail
from newsletter.checks.rule import rules_of
from newsletter.checks.tuning import Report, Tuning
from newsletter.compose.compose import Composition
from newsletter.model.finding import Finding
from newsletter.model.rendering import Rendering
from newsletter.model.segment import edition_key
from newsletter.render.theme import Theme
from newsletter.render.trace import Trace

MODULES = (
    issue,
    again,
    days,
    inbox,
    words,
    typography,
    alike,
    translated,
    links,
    pictures,
    structure,
    markup,
    reading,
    footer,
    whole,
    contrast,
    clients,
)
"""Where rules are written; a new module is named here."""

RULES = rules_of(*MODULES)

MAIL_ONLY = frozenset(rule.id for rule in RULES if rule.mail_only)
"""The rules that find what spoils the mail alone, and neither website nor paper."""


def check(
    composition: Composition,
    renderings: Mapping[str, Rendering],
    theme: Theme | None = None,
    traces: Mapping[str, Trace] | None = None,
    variants: Sequence[Checked] = (),
) -> Report:
    """Return what the rules find in an issue and its Renderings by language, in order of places.

    `theme` and `traces` tell more exactly where a fault is mended. What the rules find in
    `variants` as well is told once.
    """
    office = composition.office
    tuning = Tuning(office.settings.checks, office.settings_marks)
    checked = Checked(composition, renderings, theme, traces or {})
    found = [*tuning.faults((*RULES, *DEEPER)), *_findings(checked, tuning)]
    mails = dict(checked.mails)
    told = {(each.rule, each.place, each.message) for each in found}
    for variant in variants:
        found += [
            _of_variant(each, variant.composition.variant)
            for each in _findings(variant, tuning)
            if (each.rule, each.place, each.message) not in told
        ]
        mails |= {
            edition_key(language, variant.composition.variant): mail
            for language, mail in variant.mails.items()
        }
    return replace(tuning.sift(found), mails=mails)


def _of_variant(finding: Finding, variant: str) -> Finding:
    """Return what was found in a variant so that it says in which."""
    spot = finding.spot
    return replace(
        finding,
        message=f"{finding.message} (as readers in {variant} get it)",
        spot=replace(spot, language=edition_key(spot.language, variant)) if spot else None,
    )


def look_at(mail: Mail, tuning: Tuning) -> Report:
    """Return what the rules about mails find in one, which need not be ours."""
    return tuning.sift(_findings(mail, tuning))


def _findings(thing: Checked | Mail, tuning: Tuning) -> Iterator[Finding]:
    for rule in RULES:
        if severity := tuning.severity(rule):
            yield from rule(thing, tuning.limits(rule), severity)
