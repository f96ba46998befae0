"""Whether every text of a mail can be told from its ground: light, dark, and made dark by force.

Each text is looked at in all schemes, on a wide and on a narrow screen. What is the same pair of
colours at the same place is said once. A picture behind a text is not judged; the colour under it
is, since most programs show no pictures until they are asked to.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from xml.etree.ElementTree import Element

from newsletter.checks.cascade import Cascade, Look, Style, cascade_of
from newsletter.checks.mail import Found, Mail
from newsletter.checks.media import Screen
from newsletter.checks.page import Page, one_line
from newsletter.checks.rule import rule
from newsletter.model.finding import Severity
from newsletter.model.place import Place
from newsletter.render.colours import Colour, contrast, readable
from newsletter.render.forced_dark import Manner

WIDE, NARROW = 640, 375
LIGHT, DARK = "in light colours", "in dark colours"
OUTLOOK = "in Outlook's dark colours"
FORCED = {
    Manner.PARTIAL: "where light grounds are made dark (Outlook.com, Gmail on Android)",
    Manner.FULL: "where all colours are turned round (Gmail on iPhones, Outlook on Windows)",
}
_NOTHING = dict.fromkeys(map(ord, "\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u2060\ufeff\u2007"))
_ALIKE = 1.1
_TINY = 1.0
_SAMPLE = 40


@dataclass(frozen=True, slots=True)
class Text:
    """A text that stands directly in an element, or the words that stand for a picture."""

    element: Element
    words: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong with texts of one Style: colours, their contrast, and what it has to be."""

    text: Colour
    ground: Colour
    contrast: float
    wanted: float
    better: Colour | None


@dataclass(slots=True)
class _Group:
    """Texts of one place that have the same colours."""

    verdict: Verdict
    first: Text
    elements: set[Element] = field(default_factory=set)
    looks: dict[str, set[int]] = field(default_factory=dict)


@rule(
    "contrast",
    Severity.ERROR,
    title="Every text stands out from its ground, in light and in dark colours",
    source="WCAG 2.2 1.4.3 (AA): 4.5 to 1; 3 to 1 from 24 px, or 18.7 px in bold",
    mend="take a darker colour for the text on a light ground, or a lighter one on a dark ground",
    limits={"text": 4.5, "large": 3.0},
    mail_only=True,
)
def contrast_of_texts(mail: Mail, *, text: float, large: float) -> Iterator[Found]:
    """Many readers see less than the designer, and all of them less in the sun.

    The colours are reckoned from the whole CSS of the mail as a browser would, for a light and a
    dark scheme and for what Outlook marks as darkened (`[data-ogsc]`). The words that stand for
    pictures are judged too: they are what is read before pictures are shown.
    """
    cascade = cascade_of(mail.html)
    looks = [
        Look(name, Screen(width, dark))
        for name, dark in ((LIGHT, False), (DARK, True))
        for width in (WIDE, NARROW)
    ]
    if cascade.has_rules_for_outlook():
        looks.append(Look(OUTLOOK, Screen(WIDE, None), outlook=True))
    yield from _found(mail, cascade, looks, text, large)


@rule(
    "contrast-forced-dark",
    Severity.WARNING,
    title="Every text can be read where a mail program makes the mail dark by itself",
    source="caniemail.com, prefers-color-scheme; roosterjs, getDarkColor; Chromium, forced dark",
    mend="say text and ground together, and take colours that differ more in lightness",
    limits={"text": 4.5, "large": 3.0},
    mail_only=True,
)
def contrast_in_forced_dark(mail: Mail, *, text: float, large: float) -> Iterator[Found]:
    """Gmail's apps and Outlook darken mails and heed nothing the mail says about dark colours.

    Both manners are reckoned: light grounds made dark, and everything turned round. It is a model
    of programs that change without notice, hence a warning.
    """
    looks = [
        Look(name, Screen(width, None), manner=manner)
        for manner, name in FORCED.items()
        for width in (WIDE, NARROW)
    ]
    yield from _found(mail, cascade_of(mail.html), looks, text, large)


@rule(
    "contrast-unknown",
    Severity.NOTE,
    title="The contrast of every text can be reckoned without showing the mail",
    source="WCAG 2.2 1.4.3",
    mend="give the element a plain `color` and `background-color` besides",
    mail_only=True,
)
def contrast_unknown(mail: Mail) -> Iterator[Found]:
    """A text whose colours depend on `var()` or on a picture alone has to be looked at.

    Pictures are often not shown; without a colour under them nobody can say what is.
    """
    cascade = cascade_of(mail.html)
    styles = cascade.styles(Look(LIGHT))
    seen: set[tuple[Place, str]] = set()
    for each in _texts(mail.html):
        style = styles[each.element]
        if style.hidden or not style.visible:
            continue
        if style.colour is None or not style.grounds:
            why = "has colours that only a browser can work out"
        elif style.picture and _bare_picture(cascade.page, each.element, styles):
            why = "stands on a picture with no colour under it"
        else:
            continue
        place = mail.origin.tag(cascade.page, each.element)
        if (place, why) not in seen:
            seen.add((place, why))
            yield mail.at_tag(each.element, f"“{_sample(each.words)}” {why}")


@lru_cache(maxsize=6)
def _texts(html: str) -> tuple[Text, ...]:
    return tuple(_gather(cascade_of(html).page))


def hidden_texts(html: str) -> Iterator[tuple[Element, str]]:
    """Yield the outermost elements whose text readers never see, and why.

    Also what is there but cannot be seen: letters of no size, and letters in the colour of their
    ground. Style sheets, scripts and titles are no texts.
    """
    cascade = cascade_of(html)
    page, styles = cascade.page, cascade.styles(Look(LIGHT))
    told: set[Element] = set()
    for each in _texts(html):
        above = (each.element, *page.above(each.element))
        if each.element.tag == "img" or any(e in told or e.tag in _SILENT for e in above):
            continue
        style = styles[each.element]
        why = style.hidden or _cannot_be_seen(style)
        if why:
            around = [e for e in above if style.hidden and e in styles and styles[e].hidden == why]
            outermost = around[-1] if around else each.element
            told.add(outermost)
            yield outermost, why


_SILENT = frozenset({"head", "style", "script", "title", "template"})


def _cannot_be_seen(style: Style) -> str:
    """Return why letters that are there cannot be seen; empty when they can."""
    if not style.visible:
        return "visibility: hidden"
    if style.size <= _TINY:
        return f"font-size: {style.size:g}px"
    if style.colour is None or not style.grounds or style.picture:
        return ""
    text = style.colour.faded(style.opacity)
    if all(contrast(text.over(ground), ground) < _ALIKE for ground in style.grounds):
        return f"{text} on {style.grounds[0]}"
    return ""


def _gather(page: Page) -> Iterator[Text]:
    """Yield every text of a page, hidden or not, with the element it stands in."""
    for element in page.elements:
        words = [element.text or "", *(child.tail or "" for child in element)]
        if element.tag == "img":
            words = [element.get("alt", "")]
        said = one_line("".join(words).translate(_NOTHING))
        if said and element.tag not in _SILENT:
            yield Text(element, said)


def _found(
    mail: Mail, cascade: Cascade, looks: Iterable[Look], text: float, large: float
) -> Iterator[Found]:
    groups: dict[tuple[Place | None, str, str], _Group] = {}
    for look in looks:
        styles = cascade.styles(look)
        verdicts: dict[int, Verdict | None] = {}  # texts of one style share one object
        for each in _texts(mail.html):
            style = styles[each.element]
            if id(style) not in verdicts:
                verdicts[id(style)] = _judge(style, large if style.large else text)
            verdict = verdicts[id(style)]
            if verdict is not None:
                # A foreign page has a place for every element; there the colours alone count.
                place = mail.origin.tag(cascade.page, each.element) if mail.ours else None
                key = (place, str(verdict.text), str(verdict.ground))
                group = groups.setdefault(key, _Group(verdict, each))
                group.elements.add(each.element)
                group.looks.setdefault(look.name, set()).add(look.screen.width)
    for group in groups.values():
        yield mail.at_tag(group.first.element, _message(group), _remedy(group.verdict))


def _judge(style: Style, wanted: float) -> Verdict | None:
    """Return what is wrong with texts of a style; None when nothing is or nobody can tell."""
    if style.hidden or not style.visible or style.size <= _TINY:
        return None
    if style.colour is None or not style.grounds or style.opacity == 0:
        return None
    text = style.colour.faded(style.opacity)
    reached, ground = min(
        ((contrast(text.over(each), each), each) for each in style.grounds),
        key=lambda pair: pair[0],
    )
    if reached >= wanted:
        return None
    shown = text.over(ground)
    return Verdict(shown, ground, reached, wanted, readable(shown, style.grounds, wanted))


def _message(group: _Group) -> str:
    verdict, more = group.verdict, len(group.elements) - 1
    where = " and ".join(
        name if widths != {NARROW} else f"{name} on phones" for name, widths in group.looks.items()
    )
    what = "the words for a picture, " if group.first.element.tag == "img" else ""
    others = f" (and {more} more like it)" if more else ""
    return (
        f"{what}“{_sample(group.first.words)}”{others}: {verdict.text} on {verdict.ground} "
        f"{where} has a contrast of {_down(verdict.contrast)} to 1; it needs {verdict.wanted:g}"
    )


def _remedy(verdict: Verdict) -> str:
    if verdict.better is None:
        return "change the ground: no lightness of this text colour is enough on it"
    return f"{verdict.better} would do for the text; or change the ground"


def _down(number: float) -> str:
    """Return a contrast rounded down, so that 4.49 never reads as enough."""
    return f"{int(number * 100) / 100:g}"


def _sample(words: str) -> str:
    return words if len(words) <= _SAMPLE else f"{words[:_SAMPLE].rstrip()}…"


def _bare_picture(page: Page, element: Element, styles: Mapping[Element, Style]) -> bool:
    """Whether the picture behind `element` has no colour of its own element under it."""
    for each in (element, *page.above(element)):
        around = styles.get(page.parents.get(each, page.root))  # nobody may have written <html>
        if each is page.root or around is None or not around.picture:
            return styles[each].background.alpha < 1
    return False
