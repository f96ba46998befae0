"""Colours: read from CSS and from old attributes, blended, measured, made lighter or darker.

Lightness is that of CIELAB, where equal steps look equal; 0 is black and 100 is white.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import tinycss2.color4

Triple = tuple[float, float, float]

_TO_XYZ = (  # CSS Color 4 17: linear sRGB to XYZ with the white point D50
    (0.4360747, 0.3850649, 0.1430804),
    (0.2225045, 0.7168786, 0.0606169),
    (0.0139322, 0.0971045, 0.7141733),
)
_FROM_XYZ = (
    (3.1338561, -1.6168667, -0.4906146),
    (-0.9787684, 1.9161415, 0.0334540),
    (0.0719453, -0.2289914, 1.4052427),
)
_FROM_XYZ_D65 = (
    (3.2409699, -1.5373832, -0.4986108),
    (-0.9692436, 1.8759675, 0.0415551),
    (0.0556301, -0.2039770, 1.0569715),
)
_D50 = (0.96422, 1.0, 0.82521)
_EPSILON = 216 / 24389
_KAPPA = 24389 / 27
_KEYWORD = re.compile(r"[a-z]+\Z")


@dataclass(frozen=True, slots=True)
class Colour:
    """A colour of sRGB; each part from 0 to 1."""

    red: float
    green: float
    blue: float
    alpha: float = 1.0

    def over(self, ground: "Colour") -> "Colour":
        """Return what is seen when this colour lies on `ground`, which lets nothing through."""
        if self.alpha >= 1:
            return self
        share = self.alpha
        return Colour(
            self.red * share + ground.red * (1 - share),
            self.green * share + ground.green * (1 - share),
            self.blue * share + ground.blue * (1 - share),
        )

    def faded(self, share: float) -> "Colour":
        """Return the colour with its alpha multiplied by `share`."""
        return self if share >= 1 else replace(self, alpha=self.alpha * share)

    @property
    def rgb(self) -> tuple[int, int, int]:
        """The three parts as screens show them, from 0 to 255."""
        return _byte(self.red), _byte(self.green), _byte(self.blue)

    @property
    def luminance(self) -> float:
        """Relative luminance, 0 to 1 (WCAG 2.2, definition of relative luminance)."""
        red, green, blue = _linear(self.red), _linear(self.green), _linear(self.blue)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    @property
    def lightness(self) -> float:
        """Lightness as CIELAB has it, 0 to 100."""
        return _lab(self)[0]

    def with_lightness(self, lightness: float) -> "Colour":
        """Return the colour of the same tint that is as light as `lightness` says."""
        _, a, b = _lab(self)
        return _from_lab((lightness, a, b), self.alpha)

    def __str__(self) -> str:
        """Return the colour as CSS writes it."""
        red, green, blue = self.rgb
        if self.alpha < 1:
            return f"rgba({red},{green},{blue},{round(self.alpha, 3):g})"
        return f"#{red:02x}{green:02x}{blue:02x}"


BLACK = Colour(0, 0, 0)
WHITE = Colour(1, 1, 1)


def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast ratio of two opaque colours, 1 to 21 (WCAG 2.2, contrast ratio)."""
    lighter, darker = sorted((one.luminance, other.luminance), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def readable(text: Colour, grounds: Sequence[Colour], wanted: float) -> Colour | None:
    """Return the colour nearest to `text` in lightness that has the contrast `wanted`.

    None when no lightness of this tint has it on all of `grounds`.
    """
    start = round(text.lightness)
    for step in range(101):
        for lightness in (start - step, start + step):
            if 0 <= lightness <= 100:
                tried = _as_shown(text.with_lightness(lightness))
                if all(contrast(tried, ground) >= wanted for ground in grounds):
                    return tried
    return None


@lru_cache(maxsize=4096)
def parse_colour(text: str) -> Colour | None:
    """Return the colour that CSS reads in `text`; None for currentcolor and what is no colour."""
    token = tinycss2.parse_one_component_value(text, skip_comments=True)
    return None if token.type == "error" else colour_of(token)


def colour_of(token: Any) -> Colour | None:
    """Return the colour that a token of CSS is, or None."""
    try:
        found = tinycss2.color4.parse_color(token)
    except (ValueError, TypeError, IndexError, ArithmeticError):  # color() without a space in it
        return None
    if found is None or isinstance(found, str):
        return None
    parts = _in_srgb(found)
    if parts is None:
        return None
    red, green, blue = (min(max(part, 0.0), 1.0) for part in parts)
    return Colour(red, green, blue, found.alpha)


def attribute_colour(text: str) -> Colour | None:
    """Return the colour of an attribute such as bgcolor: whatever stands there is one.

    HTML, rules for parsing a legacy color value: names and #abc first; in anything else each
    character that is no hexadecimal digit counts as 0, and thirds of the text are the parts.
    """
    bare = text.strip().lower()
    if not bare or bare == "transparent":
        return None
    if _KEYWORD.match(bare) and (named := parse_colour(bare)):
        return named
    if re.fullmatch(r"#[0-9a-f]{3}", bare):
        return parse_colour(bare)
    digits = re.sub(r"[^0-9a-f]", "0", bare.removeprefix("#")[:128])
    digits = digits.ljust(max(3, -(-len(digits) // 3) * 3), "0")
    size = len(digits) // 3
    thirds = [digits[part * size : (part + 1) * size][-8:] for part in range(3)]
    while len(thirds[0]) > 2 and all(third[0] == "0" for third in thirds):
        thirds = [third[1:] for third in thirds]
    return Colour(*(int(third[:2], 16) / 255 for third in thirds))


def _byte(part: float) -> int:
    return round(min(max(part, 0.0), 1.0) * 255)


def _as_shown(colour: Colour) -> Colour:
    red, green, blue = colour.rgb
    return Colour(red / 255, green / 255, blue / 255, colour.alpha)


def _linear(part: float) -> float:
    """Undo the gamma of sRGB (WCAG 2.2; IEC 61966-2-1)."""
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _gamma(part: float) -> float:
    part = min(max(part, 0.0), 1.0)
    return part * 12.92 if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055


def _times(matrix: Sequence[Triple], vector: Triple) -> Triple:
    first, second, third = (sum(a * b for a, b in zip(r, vector, strict=True)) for r in matrix)
    return first, second, third


@lru_cache(maxsize=4096)
def _lab(colour: Colour) -> Triple:
    linear = (_linear(colour.red), _linear(colour.green), _linear(colour.blue))
    x, y, z = (
        ratio ** (1 / 3) if ratio > _EPSILON else (_KAPPA * ratio + 16) / 116
        for ratio in (a / b for a, b in zip(_times(_TO_XYZ, linear), _D50, strict=True))
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _from_lab(lab: Triple, alpha: float) -> Colour:
    middle = (lab[0] + 16) / 116
    x, y, z = (
        part**3 if part**3 > _EPSILON else (116 * part - 16) / _KAPPA
        for part in (middle + lab[1] / 500, middle, middle - lab[2] / 200)
    )
    xyz = (x * _D50[0], y * _D50[1], z * _D50[2])
    red, green, blue = (_gamma(part) for part in _times(_FROM_XYZ, xyz))
    return Colour(red, green, blue, alpha)


def _in_srgb(found: Any) -> Triple | None:
    """Return a colour of any space of CSS Color 4 in sRGB; None where nobody writes mails so."""
    if found.space in ("srgb", "hsl", "hwb"):
        red, green, blue = found.to("srgb").coordinates
        return red, green, blue
    for space, matrix in (("xyz-d50", _FROM_XYZ), ("xyz-d65", _FROM_XYZ_D65)):
        try:
            xyz = found.to(space).coordinates
        except NotImplementedError:
            continue
        red, green, blue = (_gamma(part) for part in _times(matrix, xyz))
        return red, green, blue
    return None
