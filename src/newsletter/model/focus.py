"""The point of a picture that a crop must keep, as editors write it."""

from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

from newsletter.model.written import refuse

CENTRE = (0.5, 0.5)

POINTS: dict[str, tuple[float, float]] = {
    "centre": CENTRE,
    "top": (0.5, 0.0),
    "bottom": (0.5, 1.0),
    "left": (0.0, 0.5),
    "right": (1.0, 0.5),
    "top left": (0.0, 0.0),
    "top right": (1.0, 0.0),
    "bottom left": (0.0, 1.0),
    "bottom right": (1.0, 1.0),
}
"""Words for the usual points: fractions of the picture from its left and its top."""

_REMEDY = (
    "write two fractions of the picture, from its left and from its top, like [0.4, 0.3], "
    f"or one of: {', '.join(POINTS)}"
)


def _point(value: object) -> tuple[float, float]:
    if isinstance(value, str) and value in POINTS:
        return POINTS[value]
    if isinstance(value, list | tuple) and len(value) == 2:
        across, down = value
        if _is_fraction(across) and _is_fraction(down):
            return float(across), float(down)
    raise refuse("does not name a point of the picture", _REMEDY)


def _is_fraction(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


Focus = Annotated[
    tuple[float, float],
    BeforeValidator(_point),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": list(POINTS)},
                {
                    "type": "array",
                    "items": {"type": "number", "minimum": 0, "maximum": 1},
                    "minItems": 2,
                    "maxItems": 2,
                },
            ]
        }
    ),
]
"""Two fractions, or words like “top left”."""
