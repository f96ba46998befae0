"""Rules about styles and about what does not work, or should not be, in a mail."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from xml.etree.ElementTree import Element

import tinycss2

from newsletter.checks.mail import Found, Mail
from newsletter.checks.page import Page
from newsletter.checks.rule import rule
from newsletter.model.finding import Severity

_URL = re.compile(r"url\(", re.IGNORECASE)
_ACTIVE = frozenset(
    {
        *("script", "iframe", "frame", "object", "embed", "applet", "base"),
        *("form", "input", "button", "select", "textarea"),
        *("video", "audio", "canvas", "marquee"),
    }
)
_EVENT = re.compile(r"on[a-z]+")


@rule(
    "style-size",
    Severity.ERROR,
    title="The style sheets are small enough for Gmail",
    source="Gmail drops style sheets above 16 KB (hteumeuleu/caniemail #144, email-bugs #90)",
    mend="remove what no element needs, or put it on the elements (inline.css)",
    in_html='remove what no element needs, or write it into style="…" of the elements',
    limits={"kilobytes": 16},
    mail_only=True,
)
def style_size(mail: Mail, *, kilobytes: float) -> Iterator[Found]:
    """Gmail drops the sheet with which the limit is passed as a whole: phones get a desk's page."""
    total = 0.0
    for sheet in _sheets(mail.page):
        total += len(_css(sheet).encode()) / 1024
        if total > kilobytes:
            message = f"with this <style> there are {total:.0f} KB; Gmail takes {kilobytes:.0f} KB"
            yield mail.at_tag(sheet, message)
            return


@rule(
    "style-nested",
    Severity.ERROR,
    title="No @ rule stands inside another",
    source="Gmail drops such a <style> whole (hteumeuleu/email-bugs #21)",
    mend="write both conditions in one: @media screen and (min-width: 480px)",
    mail_only=True,
)
def style_nested(mail: Mail) -> Iterator[Found]:
    """Gmail drops the sheet as a whole, and with it what makes the page fit a phone."""
    for sheet in _sheets(mail.page):
        if found := _style(_css(sheet)).nested:
            yield mail.at_tag(sheet, f"@{found} stands inside another @ rule")


@rule(
    "style-broken",
    Severity.ERROR,
    title="Style sheets have no syntax errors",
    source="Gmail drops a <style> with an error in it whole (hteumeuleu/email-bugs #90)",
    mend="correct it: a bracket, a colon or a semicolon is missing",
    mail_only=True,
)
def style_broken(mail: Mail) -> Iterator[Found]:
    """A browser skips what it does not understand; Gmail throws all of it away."""
    for sheet in _sheets(mail.page):
        if fault := _style(_css(sheet)).fault:
            yield mail.at_tag(sheet, f"the style sheet has an error: {fault}")


@rule(
    "style-url",
    Severity.ERROR,
    title="No style on an element names a picture",
    source="Gmail drops the style attribute with url() in it (hteumeuleu/caniemail #343)",
    mend="use <mj-section background-url>, which writes an attribute too, or a plain picture",
    in_html='write background="…" on the cell of a table, or show a plain picture',
    mail_only=True,
)
def style_url(mail: Mail) -> Iterator[Found]:
    """Not only the picture is lost, but all that the attribute says: colours, sizes, gaps."""
    for element in mail.page.elements:
        if _URL.search(element.get("style", "")):
            yield mail.at_tag(element, f"the style of <{element.tag}> names a picture with url()")


@rule(
    "active-content",
    Severity.ERROR,
    title="The page holds nothing that runs, plays or asks",
    source="caniemail.com: html-script, html-form, html-video; SpamAssassin: HTML_TAG_EXIST_*",
    mend="remove it; link to a page on the web that does it",
    mail_only=True,
)
def active_content(mail: Mail) -> Iterator[Found]:
    """Mail programs take scripts, forms and players out; filters take the whole mail for an attack.

    <base> breaks all links in webmail; <meta http-equiv=refresh> is what fraudsters use.
    """
    for element in mail.page.elements:
        events = [name for name in element.attrib if _EVENT.fullmatch(name)]
        address = (element.get("href") or element.get("action") or "").strip().lower()
        if element.tag in _ACTIVE:
            yield mail.at_tag(element, f"<{element.tag}> does not work in mail")
        elif element.tag == "meta" and element.get("http-equiv", "").lower() == "refresh":
            yield mail.at_tag(element, "<meta http-equiv=refresh> leads readers away by itself")
        elif events:
            yield mail.at_tag(element, f"<{element.tag} {events[0]}=…> is a script")
        elif address.startswith(("javascript:", "data:", "vbscript:")):
            yield mail.at(element, f"a link runs a script: {address[:40]}")


@rule(
    "loads-from-elsewhere",
    Severity.WARNING,
    title="Nothing but pictures is loaded from elsewhere",
    source="caniemail.com: html-link, css-at-import, css-at-font-face; privacy of readers",
    mend="put the styles into an <mj-style>, and use fonts that readers have",
    in_html="put the styles into a <style> in <head>, and use fonts that readers have",
    mail_only=True,
)
def loads_from_elsewhere(mail: Mail) -> Iterator[Found]:
    """Few programs load style sheets and fonts; those that do tell a stranger who reads what."""
    for link in mail.page.all("link"):
        if "stylesheet" in link.get("rel", "").lower():
            yield mail.at_tag(link, f"a style sheet is loaded from {link.get('href', '')[:60]}")
    for sheet in _sheets(mail.page):
        if found := _style(_css(sheet)).loaded:
            yield mail.at_tag(sheet, f"@{found} loads from elsewhere")


def _sheets(page: Page) -> list[Element]:
    return page.all("style")


def _css(sheet: Element) -> str:
    return "".join(sheet.itertext())


@dataclass(frozen=True, slots=True)
class _Style:
    """What a style sheet holds that Gmail does not bear: names of @ rules, the first error."""

    nested: str
    loaded: str
    fault: str


@lru_cache(maxsize=64)
def _style(css: str) -> _Style:
    nodes = tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
    rules = [each for each in nodes if each.type == "at-rule"]
    loading = (each.lower_at_keyword for each in rules)
    return _Style(
        nested=next((name for each in rules for name in _at_rules_in(each)), ""),
        loaded=next((name for name in loading if name in ("import", "font-face")), ""),
        fault=next(_faults(nodes), ""),
    )


def _at_rules_in(node: Any) -> Iterator[str]:
    for each in node.content or ():
        if each.type == "at-keyword":
            yield str(each.value)


def _faults(nodes: list[Any]) -> Iterator[str]:
    """Yield what cannot be read in rules, and in the rules inside @media."""
    for node in nodes:
        if node.type == "error":
            yield str(node.message)
        elif node.type == "at-rule" and node.lower_at_keyword == "media":
            inner = tinycss2.parse_rule_list(node.content or (), True, True)
            yield from _faults([each for each in inner if each.type != "at-rule"])
        elif node.type == "qualified-rule":
            if any(each.type == "error" for each in node.prelude):
                yield "a bracket too many"
            for each in tinycss2.parse_blocks_contents(node.content, True, True):
                if each.type == "error":
                    yield str(each.message)
