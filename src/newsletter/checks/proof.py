"""An issue as it would be sent, looked at from all sides: put together, drawn, checked.

Every variant of it is drawn and checked. What stops a build or a send is among the findings.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from newsletter.checks.check import MAIL_ONLY, check
from newsletter.checks.checked import Checked
from newsletter.checks.tuning import Report
from newsletter.compose.compose import Composition, compose, variants
from newsletter.compose.dates import is_known
from newsletter.compose.workspace import Folder
from newsletter.errors import InputRefused
from newsletter.model.finding import Finding, Severity
from newsletter.model.rendering import Rendering
from newsletter.model.segment import edition_key
from newsletter.render.render import draw
from newsletter.render.theme import Theme, read_theme
from newsletter.render.trace import Trace


@dataclass(frozen=True, slots=True)
class Proof:
    """An issue as it would be sent: its Composition, its Renderings, and what checks say.

    `report` also has the findings that the office accepts. `variants` are the Renderings for
    readers in Segments that sections of the issue are for.
    """

    composition: Composition
    renderings: Mapping[str, Rendering]
    findings: tuple[Finding, ...]
    report: Report
    variants: Mapping[str, Mapping[str, Rendering]] = field(default_factory=dict)

    @property
    def everything(self) -> dict[str, Rendering]:
        """All Renderings: those of the general variant by language, then those of the others."""
        return {**self.renderings} | {
            edition_key(language, variant): rendering
            for variant, renderings in self.variants.items()
            for language, rendering in renderings.items()
        }

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that forbid a build or a send."""
        return tuple(each for each in self.findings if each.severity is Severity.ERROR)

    def require_no_errors(self) -> "Proof":
        """Return the proof itself; raises InputRefused when a check found an error."""
        if self.errors:
            raise InputRefused(self.errors)
        return self

    def without_mail(self) -> "Proof":
        """Return the proof for what is published without a mail.

        What spoils the mail alone is a warning there: a page on the web is no worse for a mail
        that Gmail would cut.
        """
        findings = (
            replace(each, severity=Severity.WARNING)
            if each.rule in MAIL_ONLY and each.severity is Severity.ERROR
            else each
            for each in self.findings
        )
        return replace(self, findings=tuple(findings))


def proof(folder: Folder, slug: str) -> Proof:
    """Compose, render and check one issue.

    Items with faults that the issue does not pick are warnings. Raises InputRefused when it cannot
    even be rendered, with the faults of all its files or else of all its editions.
    """
    try:
        composition = compose(folder, slug)
    except InputRefused as refused:
        found = (*refused.findings, *_theme_faults(folder, slug))
        raise InputRefused(dict.fromkeys(found)) from None
    issue = composition.issue
    others = variants(composition)
    theme = read_theme(folder.root, issue.theme, issue.languages, folder.cache)
    faults: dict[Finding, None] = {}
    drawn = [_draw(theme, each, faults) for each in (composition, *others)]
    if faults:
        raise InputRefused(faults)
    (general, traces), *rest = drawn
    checked = [
        Checked(each, renderings, theme, traces)
        for each, (renderings, traces) in zip(others, rest, strict=True)
    ]
    report = check(composition, general, theme, traces, checked)
    findings = [*report.findings, *composition.office.doubts]
    findings.sort(key=lambda finding: finding.place)
    by_name = {each.composition.variant: each.renderings for each in checked}
    return Proof(composition, general, tuple(findings), report, by_name)


def _draw(
    theme: Theme, composition: Composition, faults: dict[Finding, None]
) -> tuple[dict[str, Rendering], dict[str, Trace]]:
    """Return the Renderings of one variant by language, with their traces; faults are gathered."""
    renderings: dict[str, Rendering] = {}
    traces: dict[str, Trace] = {}
    for language, drawn in composition.drawn.items():
        try:
            renderings[language], traces[language] = draw(theme, drawn, composition.pictures)
        except InputRefused as refused:
            faults.update(dict.fromkeys(refused.findings))
    return renderings, traces


def _theme_faults(folder: Folder, slug: str) -> tuple[Finding, ...]:
    """Return what an issue that cannot be composed would be told about its theme afterwards."""
    try:
        issue = folder.issue(slug).value
        if (folder.root / "templates" / issue.theme / "theme.yaml").exists():
            languages = tuple(each for each in issue.languages if is_known(each))
            read_theme(folder.root, issue.theme, languages, folder.cache)
    except InputRefused as refused:
        return refused.findings
    return ()
