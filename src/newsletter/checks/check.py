"""Look for what an editor would regret after sending: all rules over one issue.

A rule only looks: it gets everything that is known and yields Findings. Errors stop a build or a
send, warnings are for the editor to judge.
"""

from collections.abc import Callable, Iterator, Mapping

from newsletter.checks import issue, links, mail, pictures, words
from newsletter.checks.checked import Checked
from newsletter.compose.compose import Composition
from newsletter.model.finding import Finding
from newsletter.model.rendering import Rendering

RULES: tuple[Callable[[Checked], Iterator[Finding]], ...] = (
    issue.numbering,
    issue.date_of_number,
    issue.number_in_words,
    issue.subject_length,
    issue.preheader,
    issue.empty_section,
    issue.repeated_item,
    issue.same_title,
    issue.past_deadline,
    issue.project_dates,
    pictures.alt_text,
    pictures.picture_credit,
    pictures.picture_size,
    words.mixed_letters,
    words.direction,
    words.markup,
    words.broken_letters,
    words.tokens,
    links.link_targets,
    links.link_labels,
    mail.html_size,
    mail.unsubscribe,
    mail.postal_address,
    mail.page_language,
    mail.page_title,
    mail.text_lines,
    mail.text_parity,
)


def check(composition: Composition, renderings: Mapping[str, Rendering]) -> list[Finding]:
    """Return what the rules find in an issue and its Renderings by language, in order of places."""
    checked = Checked(composition, renderings)
    findings = dict.fromkeys(finding for rule in RULES for finding in rule(checked))
    return sorted(findings, key=lambda finding: finding.place)
