"""The small office, looked at by one rule at a time."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from newsletter.checks.checked import Checked
from newsletter.model.finding import Finding
from tests.workspace import Way, small_office, take_the_way

Rule = Callable[[Checked], Iterator[Finding]]

SCHOOL = "issues/items/school.yaml"
SPRING = "issues/spring/issue.yaml"
PAGE_FILE = "templates/plain/issue.mjml.j2"
TEXT_FILE = "templates/plain/issue.txt.j2"


@cache
def small_way() -> Way:
    """Return the small office's issue on its whole way, as it stands."""
    with TemporaryDirectory() as folder:
        return take_the_way(small_office(Path(folder) / "office"))


def found(rule: Rule, office: Path) -> list[Finding]:
    """Return what `rule` finds in the issue of an office."""
    way = take_the_way(office)
    return list(dict.fromkeys(rule(Checked(way.composition, way.renderings))))


def lines(rule: Rule, office: Path) -> list[str]:
    return [str(finding) for finding in found(rule, office)]


def found_in(
    rule: Rule, *, html: tuple[str, str] = ("", ""), text: tuple[str, str] = ("", "")
) -> list[Finding]:
    """Return what `rule` finds in the English mail with one thing in it replaced by another."""
    way = small_way()
    english = way.renderings["en"]
    assert html[0] in english.html
    assert text[0] in english.text
    spoilt = replace(
        english,
        html=english.html.replace(*html, 1) if html[0] else english.html + html[1],
        text=english.text.replace(*text, 1) if text[0] else english.text + text[1],
    )
    return list(rule(Checked(way.composition, {**way.renderings, "en": spoilt})))
