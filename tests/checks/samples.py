"""The small office, looked at by one rule at a time."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from newsletter.checks.checked import Checked
from newsletter.checks.rule import Rule
from newsletter.model.finding import Finding
from newsletter.render.render import draw
from tests.workspace import Way, small_office, take_the_way

SCHOOL = "issues/items/school.yaml"
SPRING = "issues/spring/issue.yaml"
SETTINGS = "newsletter.yaml"
THEME_FILE = "templates/plain/theme.yaml"
PAGE_FILE = "templates/plain/issue.mjml.j2"
PART_FILE = "templates/plain/parts/brief.mjml.j2"
TEXT_FILE = "templates/plain/issue.txt.j2"


@cache
def small_way() -> Way:
    """Return the small office's issue on its whole way, as it stands."""
    with TemporaryDirectory() as folder:
        return take_the_way(small_office(Path(folder) / "office"))


def checked_office(office: Path) -> Checked:
    """Return what rules look at: the issue of an office."""
    way = take_the_way(office)
    composition = way.composition
    traces = {
        language: draw(way.theme, edition, composition.pictures)[1]
        for language, edition in composition.editions.items()
    }
    return Checked(composition, way.renderings, way.theme, traces)


def found(rule: Rule, office: Path) -> list[Finding]:
    """Return what `rule` finds in the issue of an office."""
    return list(dict.fromkeys(rule(checked_office(office))))


def lines(rule: Rule, office: Path) -> list[str]:
    """Return what `rule` has to say of the issue of an office."""
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
        html=english.html.replace(*html, 1) if html[0] else _at_the_end(english.html, html[1]),
        text=english.text.replace(*text, 1) if text[0] else english.text + text[1],
    )
    return list(rule(Checked(way.composition, {**way.renderings, "en": spoilt}, way.theme)))


def _at_the_end(html: str, more: str) -> str:
    """Return a page with something more at the end of its body."""
    return html.replace("</body>", f"{more}</body>") if more else html
