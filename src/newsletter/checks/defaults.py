"""What is set for an element before any style sheet speaks: by browsers, and by old attributes."""

from collections.abc import Mapping
from xml.etree.ElementTree import Element

from newsletter.checks.styles import Block, Images, Size, Value, Word, read_style
from newsletter.render.colours import Colour, attribute_colour

_CELLS = frozenset({"table", "thead", "tbody", "tfoot", "tr", "td", "th"})
_FONT_SIZES = (10.0, 13.0, 16.0, 18.0, 24.0, 32.0, 48.0)

_OWN_RULES = {
    "head style script title meta link base template datalist noembed noframes": "display: none",
    "b strong": "font-weight: bolder",
    "th": "font-weight: bold",
    "h1": "font-size: 2em; font-weight: bold",
    "h2": "font-size: 1.5em; font-weight: bold",
    "h3": "font-size: 1.17em; font-weight: bold",
    "h4": "font-weight: bold",
    "h5": "font-size: .83em; font-weight: bold",
    "h6": "font-size: .67em; font-weight: bold",
    "small sub sup": "font-size: smaller",
    "big": "font-size: larger",
    "mark": "background-color: yellow; color: black",
    "input textarea select": "color: black; background-color: white; font-size: 13.3333px",
    "button": "color: black; background-color: #efefef; font-size: 13.3333px",
}
OWN: Mapping[str, Block] = {
    tag: read_style(css) for tags, css in _OWN_RULES.items() for tag in tags.split()
}
"""What browsers set by themselves, by tag (HTML, section 15.3)."""


def from_attributes(element: Element, link: Colour | None) -> Block:
    """Return what the old attributes of an element set (HTML, presentational hints)."""
    given, tag = element.attrib, element.tag
    settings: list[tuple[str, Value, bool]] = []
    if tag == "a" and "href" in given:
        settings.append(("color", link or Word.LINK, False))
    if (tag in _CELLS or tag == "body") and (ground := attribute_colour(given.get("bgcolor", ""))):
        settings.append(("background-color", ground, False))
    if (tag in _CELLS or tag == "body") and given.get("background", "").strip():
        settings.append(("background-image", Images(picture=True), False))
    name = {"font": "color", "body": "text"}.get(tag, "")
    if name and (colour := attribute_colour(given.get(name, ""))):
        settings.append(("color", colour, False))
    if tag == "font" and (size := _font_size(given.get("size", ""))):
        settings.append(("font-size", Size(size, "px"), False))
    if "hidden" in given:
        settings.append(("display", "none", False))
    return tuple(settings)


def _font_size(text: str) -> float | None:
    """Return the size in pixels that <font size> means: 1 to 7, or relative to 3."""
    digits = text.strip()
    try:
        number = int(digits)
    except ValueError:
        return None
    number = number + 3 if digits[0] in "+-" else number
    return _FONT_SIZES[min(max(number, 1), 7) - 1]
