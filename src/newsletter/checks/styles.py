"""What CSS declares about being seen: colours, sizes of letters, and what hides.

Declarations are read once for each text of CSS and kept. What a browser would ignore is ignored,
and so are all properties that change nothing about whether a text can be read.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any

import tinycss2

from newsletter.render.colours import Colour, colour_of


class Word(Enum):
    """A value that is no measure."""

    INHERIT = "inherit"
    INITIAL = "initial"
    CURRENT = "currentcolor"
    LINK = "the browser's colour of links"
    UNKNOWN = "not to be known without running it: var(), calc()"


@dataclass(frozen=True, slots=True)
class Size:
    """A size of letters: a number of `px`, `em` or `rem`."""

    number: float
    unit: str


@dataclass(frozen=True, slots=True)
class Images:
    """What lies over the colour of a ground: whether a picture, and the colours of gradients."""

    picture: bool = False
    stops: tuple[Colour, ...] = ()


Value = Colour | Word | Size | Images | float | str | bool
Setting = tuple[str, Value, bool]
"""Property, value, and whether it is important."""
Block = tuple[Setting, ...]

_WIDE = {
    "inherit": Word.INHERIT,
    "initial": Word.INITIAL,
    "unset": None,
    "revert": None,
    "revert-layer": None,
}
_INHERITED = frozenset({"color", "font-size", "font-weight", "visibility", "color-scheme"})
_SIZES = {
    "xx-small": Size(9, "px"),
    "x-small": Size(10, "px"),
    "small": Size(13, "px"),
    "medium": Size(16, "px"),
    "large": Size(18, "px"),
    "x-large": Size(24, "px"),
    "xx-large": Size(32, "px"),
    "xxx-large": Size(48, "px"),
    "smaller": Size(1 / 1.2, "em"),
    "larger": Size(1.2, "em"),
}
_UNITS = {
    "px": (1, "px"),
    "pt": (96 / 72, "px"),
    "pc": (16, "px"),
    "in": (96, "px"),
    "cm": (96 / 2.54, "px"),
    "mm": (96 / 25.4, "px"),
    "em": (1, "em"),
    "ex": (0.5, "em"),
    "ch": (0.5, "em"),
    "rem": (1, "rem"),
    "vw": (1, "vw"),
}
_FONT_WORDS = frozenset({"caption", "icon", "menu", "message-box", "small-caption", "status-bar"})
_WEIGHTS: dict[str, float | str] = {"normal": 400.0, "bold": 700.0} | {
    word: word for word in ("bolder", "lighter")
}
_CLOSED = frozenset({"height", "max-height", "width", "max-width"})


@lru_cache(maxsize=4096)
def read_style(css: str) -> Block:
    """Return what the declarations in a style attribute, or in the block of a rule, set."""
    return read_declarations(tinycss2.parse_blocks_contents(css))


def read_declarations(nodes: list[Any]) -> Block:
    """Return what some parsed declarations set, in their order."""
    settings: list[Setting] = []
    for node in nodes:
        if node.type == "declaration":
            tokens = [t for t in node.value if t.type not in ("whitespace", "comment")]
            settings += (
                (name, value, node.important) for name, value in _settings(node.lower_name, tokens)
            )
    return tuple(settings)


def _settings(name: str, tokens: list[Any]) -> Iterator[tuple[str, Value]]:
    """Yield the longhands that `name: tokens` sets; none when a browser would ignore it."""
    read = _READERS.get(name)
    if read is None or not tokens:
        return
    longhands = _SHORTHANDS.get(name, (name,))
    if len(tokens) == 1 and tokens[0].type == "ident" and tokens[0].lower_value in _WIDE:
        for each in longhands:
            wide = _WIDE[tokens[0].lower_value]
            yield each, wide or (Word.INHERIT if each in _INHERITED else Word.INITIAL)
    elif _has_variables(tokens):
        for each in longhands:
            yield each, Word.UNKNOWN
    else:
        yield from read(name, tokens)


def _has_variables(tokens: list[Any]) -> bool:
    return any(
        token.type == "function"
        and (token.lower_name in ("var", "env", "attr") or _has_variables(token.arguments))
        for token in tokens
    )


def _colour(name: str, tokens: list[Any]) -> Iterator[tuple[str, Value]]:
    if len(tokens) == 1 and (value := _colour_or_current(tokens[0])):
        yield name, value


def _colour_or_current(token: Any) -> Colour | Word | None:
    if token.type == "ident" and token.lower_value == "currentcolor":
        return Word.CURRENT
    if token.type == "function" and token.lower_name in ("color-mix", "light-dark"):
        return Word.UNKNOWN
    return colour_of(token)


def _background(_name: str, tokens: list[Any]) -> Iterator[tuple[str, Value]]:
    found = [value for token in tokens if (value := _colour_or_current(token)) is not None]
    yield "background-color", found[-1] if found else Colour(0, 0, 0, 0)
    yield "background-image", _images_of(tokens)


def _background_image(name: str, tokens: list[Any]) -> Iterator[tuple[str, Value]]:
    yield name, _images_of(tokens)


def _images_of(tokens: list[Any]) -> Images:
    picture, stops = False, []
    for token in tokens:
        if token.type == "url":
            picture = True
        elif token.type == "function" and "gradient" in token.lower_name:
            found = [colour for each in token.arguments if (colour := colour_of(each))]
            stops += found
            picture = picture or not found
        elif token.type == "function" and token.lower_name in ("url", "image-set", "src"):
            picture = True
    return Images(picture, tuple(stops))


def _font_size(name: str, tokens: list[Any]) -> Iterator[tuple[str, Value]]:
    if len(tokens) == 1 and (size := _size(tokens[0])):
        yield name, size


def _size(token: Any) -> Size | Word | None:
    if token.type == "ident":
        return _SIZES.get(token.lower_value)
    if token.type == "percentage" and token.value >= 0:
        return Size(token.value / 100, "em")
    if token.type == "number" and token.value == 0:
        return Size(0, "px")
    if token.type == "dimension" and token.value >= 0 and token.lower_unit in _UNITS:
        factor, unit = _UNITS[token.lower_unit]
        return Size(token.value * factor, unit)
    return Word.UNKNOWN if token.type == "function" else None


def _font_weight(name: str, tokens: list[Any]) -> Iterator[tuple[str, Value]]:
    if len(tokens) == 1 and (weight := _weight(tokens[0])) is not None:
        yield name, weight


def _weight(token: Any) -> float | str | None:
    if token.type == "number" and 1 <= token.value <= 1000:
        return float(token.value)
    return _WEIGHTS.get(token.lower_value) if token.type == "ident" else None


def _font(_name: str, tokens: list[Any]) -> Iterator[tuple[str, Value]]:
    """Read `font`: style, weight and the like in any order, then the size, then the rest."""
    if len(tokens) == 1 and tokens[0].type == "ident" and tokens[0].lower_value in _FONT_WORDS:
        yield "font-weight", 400.0
        return
    weight: float | str = 400.0
    for position, token in enumerate(tokens[:6]):
        size = None if token.type == "number" and token.value else _size(token)
        if size is not None and position + 1 < len(tokens):
            yield "font-size", size
            yield "font-weight", weight
            return
        weight = _weight(token) or weight


def _opacity(name: str, tokens: list[Any]) -> Iterator[tuple[str, Value]]:
    if len(tokens) == 1 and tokens[0].type in ("number", "percentage"):
        share = tokens[0].value / (100 if tokens[0].type == "percentage" else 1)
        yield name, min(max(float(share), 0.0), 1.0)


def _word(name: str, tokens: list[Any]) -> Iterator[tuple[str, Value]]:
    if all(token.type == "ident" for token in tokens):
        yield name, " ".join(token.lower_value for token in tokens)


def _closed(name: str, tokens: list[Any]) -> Iterator[tuple[str, Value]]:
    """Yield whether a measure of a box is nothing."""
    yield name, tokens[0].type in ("number", "dimension", "percentage") and tokens[0].value == 0


_READERS: dict[str, Callable[[str, list[Any]], Iterator[tuple[str, Value]]]] = {
    "color": _colour,
    "background-color": _colour,
    "background-image": _background_image,
    "background": _background,
    "font-size": _font_size,
    "font-weight": _font_weight,
    "font": _font,
    "opacity": _opacity,
    **dict.fromkeys(("display", "visibility", "overflow", "color-scheme"), _word),
    **dict.fromkeys(_CLOSED, _closed),
}
_SHORTHANDS = {
    "background": ("background-color", "background-image"),
    "font": ("font-size", "font-weight"),
}
