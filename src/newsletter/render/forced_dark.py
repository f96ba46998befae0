"""A mail as programs show it that make it dark by themselves, whatever its own CSS says of it.

Two manners are known; neither heeds `prefers-color-scheme`, and pictures stay as they are.

PARTIAL: light grounds become dark and dark texts light, what is dark already stays. So do
Outlook.com, Outlook on phones and Gmail on Android. The dark end is #333333 and lightness is turned
round in CIELAB: the reckoning that Microsoft's editor of the same programs publishes (roosterjs,
getDarkColor; the reading pane is described at hteumeuleu.com/2019, “Outlook.com's Dark Mode”).

FULL: everything is turned round, also what was dark. So do Gmail on iPhones and Outlook on
Windows. Reckoned as Chromium does when it is told to darken pages (dark_mode_color_filter.cc:
lightness L of CIELAB becomes 110 - L, at most 100), which stands in for programs that publish
nothing.

What the programs do in detail changes without notice, so this is a model of them: a mail that can
be read in both manners has survived the two ways in which programs fail their readers.
"""

import html
import re
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache
from html.parser import HTMLParser
from typing import Any

import tinycss2

from newsletter.render.colours import Colour, attribute_colour, colour_of

_DARK_END = 21.247  # the lightness of #333333
_GREYS = range(19, 32)
_GREY = 18 / 255
_GROUNDS = frozenset({"background", "background-color", "background-image"})
_TEXTS = re.compile(
    r"(?:color|-webkit-text-fill-color|fill|stroke|outline(?:-color)?|text-decoration(?:-color)?"
    r"|(?:border|column-rule)(?:-(?:top|right|bottom|left|block|inline)(?:-(?:start|end))?)?"
    r"(?:-color)?)\Z"
)
_ATTRIBUTES = {"bgcolor": True, "color": False, "text": False, "link": False, "vlink": False}
"""The old attributes that hold a colour: whether it is that of a ground."""
_ATTRIBUTE = re.compile(
    r"""(?P<before>\s(?P<name>[a-zA-Z]+)\s*=\s*)(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'"""
    r"""|(?P<bare>[^\s"'>]+))"""
)
_DARK = "color-scheme:dark!important"


class Manner(StrEnum):
    """How a program makes a mail dark."""

    PARTIAL = "partial"
    FULL = "full"

    def text(self, colour: Colour) -> Colour:
        """Return what the colour of a text or a line becomes."""
        return _text(self, colour)

    def ground(self, colour: Colour) -> Colour:
        """Return what the colour of a ground becomes."""
        return _ground(self, colour)


def forced_dark(page: str, manner: Manner = Manner.PARTIAL) -> str:
    """Return a page with all its colours as a mail program of this `manner` would turn them.

    Elements keep their number and order; only values of attributes and style sheets change.
    """
    painter = _Painter(manner)
    painter.feed(page)
    painter.close()
    return painter.result()


@lru_cache(maxsize=4096)
def _text(manner: Manner, colour: Colour) -> Colour:
    if manner is Manner.FULL:
        return _turned(colour)
    lightness = colour.lightness
    lighter = _mirrored(lightness)
    return colour.with_lightness(lighter) if lighter > lightness else colour


@lru_cache(maxsize=4096)
def _ground(manner: Manner, colour: Colour) -> Colour:
    if manner is Manner.FULL:
        return _turned(colour)
    lightness = colour.lightness
    darker = _mirrored(lightness)
    return colour.with_lightness(darker) if darker < lightness else colour


def _mirrored(lightness: float) -> float:
    """Return a lightness turned round so that white becomes the dark end, and black white."""
    return (100 - lightness) * (100 - _DARK_END) / 100 + _DARK_END


def _turned(colour: Colour) -> Colour:
    turned = colour.with_lightness(min(110 - colour.lightness, 100))
    red, green, blue = turned.rgb
    if red == green == blue and red in _GREYS:  # all very dark greys become one
        return Colour(_GREY, _GREY, _GREY, colour.alpha)
    return turned


@lru_cache(maxsize=4096)
def _painted_style(css: str, manner: Manner) -> str:
    """Return the value of a style attribute, repainted."""
    return _painted_block(tinycss2.parse_blocks_contents(css), manner) or css


@lru_cache(maxsize=64)
def _painted_sheet(css: str, manner: Manner) -> str:
    """Return a style sheet, repainted; what asks for the reader's scheme is left out."""
    return _painted_rules(tinycss2.parse_stylesheet(css), manner)


def _painted_rules(nodes: list[Any], manner: Manner) -> str:
    written: list[str] = []
    for node in nodes:
        if node.type == "qualified-rule":
            content = tinycss2.parse_blocks_contents(node.content)
            block = _painted_block(content, manner) or tinycss2.serialize(node.content)
            written.append(f"{tinycss2.serialize(node.prelude)}{{{block}}}")
        elif node.type == "at-rule" and node.content is not None:
            prelude = tinycss2.serialize(node.prelude)
            if "prefers-color-scheme" in prelude.lower():
                continue
            inner = _painted_rules(tinycss2.parse_rule_list(node.content), manner)
            if node.lower_at_keyword not in ("media", "supports", "layer"):
                inner = tinycss2.serialize(node.content)  # @font-face and its like have no colours
            written.append(f"@{node.at_keyword}{prelude}{{{inner}}}")
        elif node.type != "error":
            written.append(node.serialize())
    return "".join(written)


def _painted_block(nodes: list[Any], manner: Manner) -> str:
    """Return declarations with other colours; empty when none has any."""
    changed = False
    for node in nodes:
        if node.type == "declaration" and (paint := _brush(node.lower_name, manner)):
            changed = _repaint(node.value, paint) or changed
    kept = [node for node in nodes if node.type != "error"]
    return tinycss2.serialize(kept) if changed else ""


def _brush(name: str, manner: Manner) -> Callable[[Colour], Colour] | None:
    """Return what becomes of the colours in a property, or None when it has none."""
    if name in _GROUNDS:
        return manner.ground
    return manner.text if _TEXTS.match(name) else None


def _repaint(tokens: list[Any], paint: Callable[[Colour], Colour]) -> bool:
    """Put other colours into a value; return whether any is another."""
    changed = False
    for position, token in enumerate(tokens):
        if colour := colour_of(token):
            new = paint(colour)
            if new.rgb != colour.rgb:
                tokens[position] = tinycss2.parse_one_component_value(str(new))
                changed = True
        elif token.type == "function":
            changed = _repaint(token.arguments, paint) or changed
    return changed


class _Painter(HTMLParser):
    """Copies a page and changes what holds colours; everything else stays as it was written."""

    def __init__(self, manner: Manner) -> None:
        super().__init__(convert_charrefs=False)
        self._manner = manner
        self._page = ""
        self._lines: list[int] = []
        self._written: list[str] = []
        self._copied = 0
        self._in_style = False
        self._scheme_said = False

    def feed(self, data: str) -> None:
        """Read the whole page, which is given at once."""
        self._page = data
        self._lines = [0, *(found.end() for found in re.finditer("\n", data))]
        super().feed(data)

    def result(self) -> str:
        """Return the page, repainted; the darkness of what has no colour is said on <html>."""
        rest = self._page[self._copied :]
        if self._scheme_said:
            return "".join(self._written) + rest
        end = rest.lower().rfind("</body")
        end = len(rest) if end < 0 else end
        style = f"<style>:root{{{_DARK}}}</style>"  # last, so that no element changes its number
        return "".join((*self._written, rest[:end], style, rest[end:]))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Repaint the attributes of a tag."""
        self._in_style = tag == "style"
        raw = self.get_starttag_text() or ""
        new = _ATTRIBUTE.sub(self._attribute, raw)
        if tag == "html" and not self._scheme_said:
            self._scheme_said = True
            new = _with_scheme(new)
        if new != raw:
            self._replace(self._offset(), len(raw), new)

    def handle_endtag(self, tag: str) -> None:
        """Leave the style sheet."""
        self._in_style = False

    def handle_data(self, data: str) -> None:
        """Repaint a style sheet."""
        if self._in_style and (new := _painted_sheet(data, self._manner)) != data:
            self._replace(self._offset(), len(data), new)

    def parse_marked_section(self, i: int, report: bool = True) -> int:
        """Take `<![…` for a comment, as browsers do; unknown names would stop the parser."""
        return self.parse_bogus_comment(i)

    def _offset(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def _replace(self, start: int, length: int, new: str) -> None:
        self._written += (self._page[self._copied : start], new)
        self._copied = start + length

    def _attribute(self, found: re.Match[str]) -> str:
        name = found["name"].lower()
        value = html.unescape(found["double"] or found["single"] or found["bare"] or "")
        if name == "style":
            new = _painted_style(value, self._manner)
        elif name in _ATTRIBUTES and (colour := attribute_colour(value)):
            ground = _ATTRIBUTES[name]
            new = str(self._manner.ground(colour) if ground else self._manner.text(colour))
        else:
            return found[0]
        return f'{found["before"]}"{html.escape(new)}"' if new != value else found[0]


def _with_scheme(tag: str) -> str:
    """Return a start tag whose style says that the page is dark."""
    styled = re.sub(
        r"""(\sstyle\s*=\s*)(["'])""", rf"\1\2{_DARK};", tag, count=1, flags=re.IGNORECASE
    )
    if styled != tag:
        return styled
    end = len(tag) - (2 if tag.endswith("/>") else 1)
    return f'{tag[:end]} style="{_DARK}"{tag[end:]}'
