"""Build HTML out of nested calls; whatever is not HTML already is escaped."""

import html

from newsletter.model.edition import Html

_VOID = frozenset({"br", "img", "input", "link", "meta"})


def el(tag: str, *children: str, **attributes: str | int | bool) -> Html:
    """Return one element.

    `class_` and `for_` stand for the words Python keeps to itself, an underscore for a hyphen.
    True gives an attribute without a value, False leaves it out.
    """
    opening = tag + "".join(_attribute(name, value) for name, value in attributes.items())
    if tag in _VOID:
        return Html(f"<{opening}>")
    return Html(f"<{opening}>{join(*children)}</{tag}>")


def join(*children: str) -> Html:
    """Return the children one after another."""
    return Html(
        "".join(child if isinstance(child, Html) else html.escape(child) for child in children)
    )


def _attribute(name: str, value: str | int | bool) -> str:
    if value is False:
        return ""
    name = name.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{html.escape(str(value))}"'
