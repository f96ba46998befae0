"""What a rule is: one function with an id, a severity, and everything a reader should know of it.

    @rule(
        "html-size", Severity.ERROR,
        title="Gmail does not cut the mail",
        source="caniemail.com; Gmail clips near 102 KB",
        mend="take fewer items, or let links lead to the rest",
        limits={"kilobytes": 102},
    )
    def html_size(mail: Mail, *, kilobytes: float) -> Iterator[Found]:
        \"\"\"Why: what happens to readers when the rule is broken.\"\"\"

A function of a Mail is asked once for each language, and for any HTML file; one of Checked once for
an issue. Its keyword arguments are its limits; a workspace may set them, and the severity. With
`mail_only`, what it finds spoils the mail and nothing else: website and paper are drawn from the
same Editions by templates of their own, and do not suffer from it.
"""

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType

from newsletter.checks.checked import Checked
from newsletter.checks.mail import Found, Mail
from newsletter.model.finding import Finding, Severity

Look = Callable[..., Iterator[Found]]
"""The function of a rule."""

_STANDARDS = (
    (r"RFC (\d+)", r"https://www.rfc-editor.org/rfc/rfc\1"),
    (r"hteumeuleu/([\w-]+) #(\d+)", r"https://github.com/hteumeuleu/\1/issues/\2"),
    (r"WCAG 2\.2", "https://www.w3.org/TR/WCAG22/"),
    (r"ARIA 1\.2", "https://www.w3.org/TR/wai-aria-1.2/"),
    (r"\bHTML \d", "https://html.spec.whatwg.org/multipage/"),
    (r"caniemail\.com", "https://www.caniemail.com/"),
    (r"Technical Standard 39", "https://www.unicode.org/reports/tr39/"),
    (r"Technical Report 36", "https://www.unicode.org/reports/tr36/"),
    (r"Standard Annex 15", "https://www.unicode.org/reports/tr15/"),
    (r"SpamAssassin", "https://spamassassin.apache.org/tests_3_3_x.html"),
    (r"W3C images tutorial", "https://www.w3.org/WAI/tutorials/images/tips/"),
    (r"GDPR", "https://eur-lex.europa.eu/eli/reg/2016/679/oj"),
    (r"Google", "https://support.google.com/a/answer/81126"),
    (r"Media Queries 4", "https://www.w3.org/TR/mediaqueries-4/"),
    (r"CAN-SPAM", "https://www.law.cornell.edu/uscode/text/15/7704"),
    (r"Directive (\d{4})/(\d+)/EC", r"https://eur-lex.europa.eu/eli/dir/\1/\2/oj"),
)
"""What sources are called, and where they stand on the web."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What is to be known of a rule, whoever asks it.

    `in_html` is how it is mended by somebody who has nothing but the HTML of a mail, if that is not
    `mend`; `mail_only` says whether what it finds spoils the mail alone.
    """

    id: str
    severity: Severity
    title: str
    why: str
    source: str
    mend: str
    limits: Mapping[str, float]
    in_html: str = ""
    mail_only: bool = False

    @property
    def url(self) -> str:
        """Where the first of the sources that are on the web can be read; empty for none."""
        found = [
            (match.start(), match.expand(url))
            for pattern, url in _STANDARDS
            if (match := re.search(pattern, self.source))
        ]
        return min(found)[1] if found else ""

    def objection(self, limit: str, value: float) -> str:
        """Return what `value` would have to be to serve as this limit; nothing if it does."""
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(About):
    """A rule; `of_mail` says whether it looks at one Mail or at the whole issue."""

    of_mail: bool
    look: Look

    def __call__(
        self,
        thing: Checked | Mail,
        limits: Mapping[str, float] | None = None,
        severity: Severity | None = None,
    ) -> Iterator[Finding]:
        """Yield what the rule finds in an issue (all its mails) or in one mail."""
        if self.of_mail:
            things: Iterable[Checked | Mail] = (
                thing.mails.values() if isinstance(thing, Checked) else (thing,)
            )
        elif isinstance(thing, Checked):
            things = (thing,)
        else:
            return  # a rule about an issue has nothing to say of a mail alone
        for each in things:
            ours = isinstance(each, Checked) or each.ours
            mend = self.mend if ours else self.in_html or self.mend
            for found in self.look(each, **{**self.limits, **(limits or {})}):
                yield Finding(
                    rule=self.id,
                    place=found.place,
                    message=found.message,
                    remedy=found.remedy or mend,
                    severity=severity or self.severity,
                    spot=found.spot,
                )


def rule(
    id: str,  # noqa: A002 (what rules are called everywhere)
    severity: Severity,
    *,
    title: str,
    source: str,
    mend: str,
    in_html: str = "",
    limits: Mapping[str, float] | None = None,
    mail_only: bool = False,
) -> Callable[[Look], Rule]:
    """Make a Rule of a function; raises TypeError when the two do not fit.

    `title` says in one line what holds when the rule is kept; the function's docstring says why.
    `in_html` is needed where `mend` speaks of templates or settings.
    """

    def make(look: Look) -> Rule:
        first, *others = inspect.signature(look).parameters.values()
        named = {each.name for each in others if each.kind is each.KEYWORD_ONLY}
        if first.annotation not in (Mail, Checked) or named != set(limits or {}):
            raise TypeError(f"{look.__name__} must take a Mail or Checked, then its limits by name")
        return Rule(
            id=id,
            severity=severity,
            title=title,
            why=inspect.getdoc(look) or "",
            source=source,
            mend=mend,
            limits=dict(limits or {}),
            of_mail=first.annotation is Mail,
            in_html=in_html,
            mail_only=mail_only,
            look=look,
        )

    return make


def rules_of(*modules: ModuleType) -> tuple[Rule, ...]:
    """Return the rules of some modules, in the order they are written; raises on an id twice."""
    rules: dict[str, Rule] = {}
    for module in modules:
        for each in vars(module).values():
            if isinstance(each, Rule) and each.look.__module__ == module.__name__:
                if each.id in rules:
                    raise TypeError(f"two rules are called {each.id}")
                rules[each.id] = each
    return tuple(rules.values())
