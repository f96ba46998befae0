"""Rules about what nobody can read, or no thumb can hit: hidden and tiny texts, small links."""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from newsletter.checks.mail import Found, Mail
from newsletter.checks.page import Page, one_line
from newsletter.checks.rule import rule
from newsletter.model.finding import Severity

_SIZE = re.compile(r"(?:^|;)\s*font-size:\s*([\d.]+)px", re.IGNORECASE)
_LINE = re.compile(r"(?:^|;)\s*line-height:\s*([\d.]+)(px|%|)", re.IGNORECASE)
_PADDING = re.compile(r"(?:^|;)\s*padding:\s*([^;]+)", re.IGNORECASE)
_SIDE = re.compile(r"(?:^|;)\s*padding-(top|bottom):\s*([\d.]+)px", re.IGNORECASE)
_BLOCK_LINK = re.compile(r"display:\s*(?:inline-)?block", re.IGNORECASE)
_PIXELS = re.compile(r"([\d.]+)(?:px)?")
_ORNAMENT = re.compile(r"[\s·|•,:;–—/()-]+")


@rule(
    "hidden-text",
    Severity.WARNING,
    title="Nothing is hidden but the preheader",
    source="SpamAssassin: HTML_FONT_LOW_CONTRAST, T_HIDDEN_WORD; what spammers do",
    mend="show it, or leave it out",
    limits={"letters": 20},
    mail_only=True,
)
def hidden_text(mail: Mail, *, letters: float) -> Iterator[Found]:
    """Hidden words are what spammers use to look like a letter: filters count them."""
    page = mail.page
    body = next(iter(page.all("body")), page.root)
    outermost = [
        each
        for each in body.iter()
        if page.is_hidden(each)
        and not page.is_hidden(page.parents.get(each, body))
        and each.tag not in ("style", "script", "title", "head")
    ]
    for number, element in enumerate(outermost):
        words = one_line("".join(element.itertext()))
        is_preheader = number == 0 and not _text_before(page, body, element)
        if len(words.replace(" ", "")) >= letters and not is_preheader:
            yield mail.at_tag(element, f"“{words[:40]}” is hidden")


@rule(
    "tiny-text",
    Severity.WARNING,
    title="No text is too small to be read",
    source="SpamAssassin: HTML_FONT_TINY; phones enlarge text below 12 px by themselves",
    mend="make it at least 12 px, better 14",
    limits={"pixels": 12},
    mail_only=True,
)
def tiny_text(mail: Mail, *, pixels: float) -> Iterator[Found]:
    """What is too small is read by nobody, and looks as if it should not be read."""
    page = mail.page
    for element in page.elements:
        found = _SIZE.search(element.get("style", ""))
        if not found or float(found[1]) >= pixels or page.is_hidden(element):
            continue
        if words := _own_words(page, element):
            yield mail.at_tag(element, f"“{words[:40]}” has {found[1]} px")


@rule(
    "link-target-size",
    Severity.WARNING,
    title="Links that stand alone are large enough for a thumb",
    source="WCAG 2.2 2.5.8",
    mend="give the link display:inline-block and padding, or a larger line-height",
    limits={"pixels": 24},
    mail_only=True,
)
def link_target_size(mail: Mail, *, pixels: float) -> Iterator[Found]:
    """A link in a line of its own is hit by a thumb; inside a sentence it may be as it is."""
    page = mail.page
    alone = _standing_alone(page)
    for link in page.links:
        if link.element in alone and (height := _height(page, link.element)) < pixels:
            message = (
                f"the link “{link.label[:40]}” is {height:.0f} px high; a thumb needs {pixels:.0f}"
            )
            yield mail.at_tag(link.element, message)


def _text_before(page: Page, body: Element, element: Element) -> bool:
    """Whether readers see any text before `element`."""
    for each in body.iter():
        if each is element:
            return False
        if not page.is_hidden(each) and (each.text or "").strip():
            return True
    return False


def _own_words(page: Page, element: Element) -> str:
    """Return what is written in `element` in its own size."""
    pieces = [element.text or ""]
    for child in element:
        if not _SIZE.search(child.get("style", "")) and child.tag not in ("table", "div", "p"):
            pieces.append(page.text(child))
        pieces.append(child.tail or "")
    return " ".join("".join(pieces).split())


def _standing_alone(page: Page) -> set[Element]:
    """Return the links in whose line no words stand but those of other links and their bars."""
    alone: set[Element] = set()
    parents = dict.fromkeys(
        page.parents[link.element] for link in page.links if link.element in page.parents
    )
    for parent in parents:
        for links, words in _lines(page, parent):
            if links and not _ORNAMENT.sub("", "".join(words)):
                alone.update(link for link in links if page.text(link))
    return alone


def _lines(page: Page, parent: Element) -> Iterator[tuple[list[Element], list[str]]]:
    """Yield the links in each line of `parent`, and the words beside them."""
    links: list[Element] = []
    words = [parent.text or ""]
    for child in parent:
        if child.tag == "br":
            yield links, words
            links, words = [], []
        elif child.tag == "a":
            links.append(child)
        else:
            words.append(page.text(child))
        words.append(child.tail or "")
    yield links, words


def _height(page: Page, link: Element) -> float:
    """Return how high `link` is, by the styles on it and around it."""
    line = _line_height(page, link)
    style = link.get("style", "")
    if not _BLOCK_LINK.search(style):
        return line
    above = below = 0.0
    if found := _PADDING.search(style):
        values = [
            float(each[1]) if (each := _PIXELS.fullmatch(part)) else 0.0
            for part in found[1].split()
        ]
        above, below = values[0], values[2] if len(values) > 2 else values[0]
    for side, pixels in _SIDE.findall(style):
        above, below = (float(pixels), below) if side == "top" else (above, float(pixels))
    return line + above + below


def _line_height(page: Page, element: Element) -> float:
    """Return the height of a line of text at `element`, in pixels."""
    size = line = 0.0
    factor = 0.0
    for each in (element, *page.above(element)):
        style = each.get("style", "")
        if not size and (found := _SIZE.search(style)):
            size = float(found[1])
        if not line and not factor and (found := _LINE.search(style)):
            if found[2] == "px":
                line = float(found[1])
            else:
                factor = float(found[1]) / (100 if found[2] else 1)
    size = size or 16.0
    return line or size * (factor or 1.2)
