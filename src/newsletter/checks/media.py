"""Media queries: whether a style sheet speaks to a screen of some width, in a light or dark scheme.

A feature that is not known here is taken for unfulfilled, as media type and feature names that a
program does not know are (Media Queries 4, 3.2).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import tinycss2

_EM = 16.0
_TYPES = {"all": True, "screen": True}
_COMPARED = {"<", ">", "=", "<=", ">="}
_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "="}


@dataclass(frozen=True, slots=True)
class Screen:
    """Where a mail is looked at: the width in CSS pixels, and whether the reader wants it dark.

    `dark` is None in a program that knows nothing of schemes.
    """

    width: int = 640
    dark: bool | None = False


@lru_cache(maxsize=1024)
def applies(query: str, screen: Screen) -> bool:
    """Whether the list of media queries `query` fits `screen`; an empty one always does."""
    tokens = tinycss2.parse_component_value_list(query, skip_comments=True)
    parts = list(_split(tokens))
    return not any(parts) or any(_query(part, screen) for part in parts)


def _split(tokens: list[Any]) -> Iterator[list[Any]]:
    """Yield what stands between commas, without white space."""
    part: list[Any] = []
    for each in tokens:
        if each == ",":
            yield part
            part = []
        elif each.type != "whitespace":
            part.append(each)
    yield part


def _query(tokens: list[Any], screen: Screen) -> bool:
    """Whether one query fits: `[not | only] type [and (feature)]…`, or conditions alone."""
    words = [token.lower_value if token.type == "ident" else "" for token in tokens]
    if not words:
        return False
    if words[0] in ("not", "only") and len(words) > 1 and words[1]:
        fits = _typed(tokens[1:], words[1:], screen)
        return fits is not None and fits is (words[0] == "only")
    if words[0] and words[0] != "not":
        return bool(_typed(tokens, words, screen))
    return _condition(tokens, screen) is True


def _typed(tokens: list[Any], words: list[str], screen: Screen) -> bool | None:
    """Return whether a media type and what follows it fit; None when it cannot be read."""
    if len(tokens) == 1:
        return _TYPES.get(words[0], False)
    if words[1] != "and":
        return None
    fits = _condition(tokens[2:], screen)
    return None if fits is None else fits and _TYPES.get(words[0], False)


def _condition(tokens: list[Any], screen: Screen) -> bool | None:
    """Return whether conditions joined by `and`, or by `or`, fit; None when one is not known."""
    if tokens and tokens[0].type == "ident" and tokens[0].lower_value == "not":
        fits = _condition(tokens[1:], screen)
        return None if fits is None else not fits
    results = [_feature(token, screen) for token in tokens[::2]]
    joints = {token.lower_value if token.type == "ident" else "" for token in tokens[1::2]}
    if not results or len(tokens) % 2 == 0 or not (joints <= {"and"} or joints <= {"or"}):
        return None
    if joints == {"or"}:
        return True if True in results else None if None in results else False
    return False if False in results else None if None in results else True


def _feature(token: Any, screen: Screen) -> bool | None:
    """Return whether the feature in a pair of parentheses is there."""
    if token.type != "() block":
        return None
    inner = [each for each in token.content if each.type != "whitespace"]
    if not inner or inner[0].type == "() block" or _is_word(inner[0], "not"):
        return _condition(inner, screen)
    if len(inner) > 2 and inner[0].type == "ident" and inner[1] == ":":
        return _plain(inner[0].lower_value, inner[2], screen)
    return _range(inner, screen)


def _is_word(token: Any, word: str) -> bool:
    return bool(token.type == "ident" and token.lower_value == word)


def _plain(name: str, value: Any, screen: Screen) -> bool | None:
    """Return whether `name: value` holds."""
    if name == "prefers-color-scheme" and screen.dark is not None:
        return _is_word(value, "dark" if screen.dark else "light")
    if name == "orientation":
        return _is_word(value, "portrait")
    if name == "-webkit-min-device-pixel-ratio" and value.type == "number":
        return bool(value.value <= 1)
    length = _length(value)
    if length is None:
        return None
    name = name.replace("device-", "")
    if name == "min-width":
        return screen.width >= length
    if name == "max-width":
        return screen.width <= length
    return screen.width == length if name == "width" else None


def _range(tokens: list[Any], screen: Screen) -> bool | None:
    """Return whether `width >= 400px`, `400px < width` or both ways of it hold."""
    parts: list[Any] = []
    for each in tokens:
        if each.type == "literal" and parts and parts[-1] in ("<", ">") and each == "=":
            parts[-1] += "="
        else:
            parts.append(each.value if each.type == "literal" else each)
    names = [each for each in parts if not isinstance(each, str) and _is_word(each, "width")]
    if len(parts) not in (3, 5) or len(names) != 1:
        return None
    at = parts.index(names[0])
    results = []
    if at > 0:
        results.append(_compared(parts[at - 1], _length(parts[at - 2]), screen, mirrored=True))
    if at + 2 < len(parts):
        results.append(_compared(parts[at + 1], _length(parts[at + 2]), screen))
    return None if None in results else all(results)


def _compared(
    sign: object, length: float | None, screen: Screen, *, mirrored: bool = False
) -> bool | None:
    if not isinstance(sign, str) or sign not in _COMPARED or length is None:
        return None
    sign, width = _MIRRORED[sign] if mirrored else sign, screen.width
    return {
        "<": width < length,
        ">": width > length,
        "=": width == length,
        "<=": width <= length,
        ">=": width >= length,
    }[sign]


def _length(token: Any) -> float | None:
    """Return a length in pixels."""
    if getattr(token, "type", "") == "number" and token.value == 0:
        return 0.0
    if getattr(token, "type", "") != "dimension":
        return None
    factor = {"px": 1.0, "em": _EM, "rem": _EM, "pt": 96 / 72}.get(token.lower_unit)
    return None if factor is None else float(token.value) * factor
