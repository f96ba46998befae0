"""What a style sheet and a page make use of, by the names that caniemail.com gives it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import tinycss2

from newsletter.checks.page import Page

Spots = dict[str, tuple[int, int]]
"""The names of features, and line and column of their first use."""

_UNITS = frozenset({"ch", "cm", "em", "ex", "in", "mm", "pc", "pt", "rem", "vh", "vmax", "vmin"})
_FUNCTIONS = {
    "linear-gradient": "css-linear-gradient",
    "repeating-linear-gradient": "css-linear-gradient",
    "radial-gradient": "css-radial-gradient",
    "repeating-radial-gradient": "css-radial-gradient",
    "conic-gradient": "css-conic-gradient",
    "calc": "css-unit-calc",
    "clamp": "css-function-clamp",
    "min": "css-function-min",
    "max": "css-function-max",
    "light-dark": "css-function-light-dark",
    "var": "css-variables",
    "rgb": "css-rgb",
    "rgba": "css-rgba",
    **dict.fromkeys(("lab", "lch", "oklab", "oklch"), "css-modern-color"),
}
_PROPERTIES = {
    **dict.fromkeys(("left", "right", "top", "bottom"), "css-left-right-top-bottom"),
    **dict.fromkeys(("gap", "row-gap", "column-gap"), "css-gap"),
    **dict.fromkeys(
        ("columns", "column-width", "column-rule", "column-span", "column-fill"),
        "css-column-layout-properties",
    ),
    **dict.fromkeys(("margin-inline", "margin-block"), "css-margin-inline-block"),
    **dict.fromkeys(("padding-inline", "padding-block"), "css-padding-inline-block"),
    **dict.fromkeys(("margin-inline-start", "margin-inline-end"), "css-margin-inline-start-end"),
    **dict.fromkeys(("margin-block-start", "margin-block-end"), "css-margin-block-start-end"),
    **dict.fromkeys(("padding-inline-start", "padding-inline-end"), "css-padding-inline-start-end"),
    **dict.fromkeys(("padding-block-start", "padding-block-end"), "css-padding-block-start-end"),
    **dict.fromkeys(("border-inline", "border-block"), "css-border-inline-block"),
    **dict.fromkeys(
        ("grid-template", "grid-template-columns", "grid-template-rows", "grid-template-areas"),
        "css-grid-template",
    ),
}
_LONGHAND = re.compile(r"(margin|padding|border)-")
_VALUES = {
    ("display", "flex"): "css-display-flex",
    ("display", "inline-flex"): "css-display-flex",
    ("display", "grid"): "css-display-grid",
    ("display", "inline-grid"): "css-display-grid",
    ("display", "none"): "css-display-none",
    ("flex-direction", "column"): "css-flex-direction",
    ("flex-wrap", "wrap"): "css-flex-wrap",
}
_MEDIA = {
    "prefers-color-scheme": "css-at-media-prefers-color-scheme",
    "prefers-reduced-motion": "css-at-media-prefers-reduced-motion",
    "orientation": "css-at-media-orientation",
    "hover": "css-at-media-hover",
    "any-hover": "css-at-media-hover",
    "-webkit-min-device-pixel-ratio": "css-at-media-device-pixel-ratio",
}
_COMBINATORS = {
    ">": "css-selector-child",
    "+": "css-selector-adjacent-sibling",
    "~": "css-selector-general-sibling",
}
_OF_SELECTORS = ("css-selector-", "css-pseudo-", "css-comments")
_OF_A_CLIENT = ("data-ogsc", "data-ogsb")
_SEMANTICS = frozenset(
    (
        *("article", "aside", "details", "figcaption", "figure", "footer", "header", "main"),
        *("mark", "nav", "section", "summary", "time"),
    )
)
_ELEMENTS: Mapping[str, str] = {
    **{f"h{level}": "html-h1-h6" for level in range(1, 7)},
    **dict.fromkeys(("ul", "ol", "dl"), "html-lists"),
    **dict.fromkeys(_SEMANTICS, "html-semantics"),
    "map": "html-image-maps",
}
_NAMED = frozenset(
    (
        *("align", "background", "cellpadding", "cellspacing", "dir", "height", "hidden", "lang"),
        *("popover", "required", "role", "srcset", "target", "valign", "width"),
    )
)
"""Attributes that caniemail.com calls by their own names."""
_ATTRIBUTES: Mapping[str, str] = {
    "sizes": "html-srcset",
    "loading": "html-loading-attribute",
    "inert": "css-inert-attribute",
}
_PICTURES = {"jpeg": "jpg", "svg+xml": "svg", "x-icon": "ico", "vnd.microsoft.icon": "ico"}
_ENDING = re.compile(r"\.([a-z0-9]{2,5})(?:[?#].*)?\Z", re.IGNORECASE)


def features_of_css(css: str, known: Mapping[str, object], *, inlined: bool = False) -> Spots:
    """Return which of the features `known` a style sheet uses, and where first.

    Selectors do not count where the rules are `inlined`, that is, written onto the elements.
    """
    spots: Spots = {}
    nodes = tinycss2.parse_stylesheet(css, skip_whitespace=True)
    for name, node in _of_rules(nodes):
        if name in known and not (inlined and name.startswith(_OF_SELECTORS)):
            spots.setdefault(name, (node.source_line, node.source_column))
    return spots


def features_of_style(css: str, known: Mapping[str, object]) -> frozenset[str]:
    """Return which of the features `known` the value of a style attribute uses."""
    nodes = tinycss2.parse_blocks_contents(css, skip_whitespace=True)
    return frozenset(name for name, _ in _of_block(nodes) if name in known)


def features_of_page(page: Page, known: Mapping[str, object]) -> Spots:
    """Return which of the features `known` the tags of a page use, and where first."""
    spots: Spots = {}
    for element in page.elements:
        for name in _of_element(element.tag, element.attrib):
            if name in known:
                spots.setdefault(name, page.places[element])
    return spots


def picture_feature(kind: str) -> str:
    """Return the feature of a picture by its content type or the address it is named by."""
    if kind.startswith("data:"):
        return "image-base64"
    if kind.startswith("image/"):
        name = kind.removeprefix("image/")
    else:
        ending = _ENDING.search(kind)
        name = ending[1].lower() if ending else ""
    return f"image-{_PICTURES.get(name, name)}" if name else ""


def _of_element(tag: str, attributes: Mapping[str, str]) -> Iterator[str]:
    if tag not in _NAMED and tag != "body":  # every page has a body, whatever becomes of it
        yield _ELEMENTS.get(tag, f"html-{tag}")
    if tag in ("input", "button") and (kind := attributes.get("type", "text" * (tag == "input"))):
        yield f"html-{tag}-{kind.lower()}"
    for name in attributes:
        if name in _ATTRIBUTES or name in _NAMED or name.startswith("aria-"):
            yield _ATTRIBUTES.get(name, f"html-{name}")
    href = attributes.get("href", "")
    if tag == "a" and href.startswith("#") and len(href) > 1:
        yield "html-anchor-links"
    if tag == "meta" and attributes.get("name", "").lower() == "color-scheme":
        yield "html-meta-color-scheme"
    if tag == "img" and (source := attributes.get("src", "")):
        yield picture_feature(source)


def _of_rules(nodes: list[Any]) -> Iterator[tuple[str, Any]]:
    for node in nodes:
        if node.type == "comment":
            yield "css-comments", node
        elif node.type == "qualified-rule":
            yield from _of_selector(node.prelude)
            yield from _of_block(tinycss2.parse_blocks_contents(node.content))
        elif node.type == "at-rule":
            yield f"css-at-{node.lower_at_keyword}", node
            if node.lower_at_keyword == "media":
                yield from _of_media(node.prelude)
            if node.content is not None and node.lower_at_keyword in ("media", "supports"):
                yield from _of_rules(tinycss2.parse_rule_list(node.content, skip_whitespace=True))


def _of_media(prelude: list[Any]) -> Iterator[tuple[str, Any]]:
    for token in prelude:
        if token.type == "() block":
            for inner in token.content:
                if inner.type == "ident" and inner.lower_value in _MEDIA:
                    yield _MEDIA[inner.lower_value], token


def _of_selector(prelude: list[Any]) -> Iterator[tuple[str, Any]]:
    colons = 0
    for position, token in enumerate(prelude):
        if token.type == "literal" and token.value == ":":
            colons += 1
            continue
        if colons and token.type in ("ident", "function"):
            name = token.lower_value if token.type == "ident" else token.lower_name
            yield f"css-pseudo-{'element' if colons > 1 else 'class'}-{name}", token
        elif token.type == "[] block":
            if not any(t.type == "ident" and t.lower_value in _OF_A_CLIENT for t in token.content):
                yield "css-selector-attribute", token
        elif token.type == "hash":
            yield "css-selector-id", token
        elif token.type == "literal":
            yield _COMBINATORS.get(token.value, ""), token
            if token.value == "*":
                yield "css-selector-universal", token
        elif token.type == "whitespace" and _joins(prelude, position):
            yield "css-selector-descendant", token
        colons = 0


def _joins(prelude: list[Any], position: int) -> bool:
    """Whether a white space stands between two compounds, and so means “inside”."""
    before, after = prelude[:position], prelude[position + 1 :]
    if not before or not after or after[0].type == "whitespace":
        return False
    signs = (">", "+", "~", ",")
    return before[-1] not in signs and after[0] not in signs


def _of_block(nodes: list[Any]) -> Iterator[tuple[str, Any]]:
    for node in nodes:
        if node.type == "qualified-rule":
            yield "css-nesting", node
        elif node.type == "declaration":
            yield from _of_declaration(node)


def _of_declaration(node: Any) -> Iterator[tuple[str, Any]]:
    name = node.lower_name
    if name.startswith("--"):
        yield "css-variables", node
        return
    box = _LONGHAND.match(name)
    yield _PROPERTIES.get(name, f"css-{name}"), node
    if box:
        yield f"css-{box[1]}", node
    if node.important:
        yield "css-important", node
    for token in _tokens(node.value):
        if token.type == "ident":
            yield _VALUES.get((name, token.lower_value), ""), node
        elif token.type == "dimension" and token.lower_unit in _UNITS:
            yield f"css-unit-{token.lower_unit}", node
        elif token.type == "function":
            yield _FUNCTIONS.get(token.lower_name, ""), node


def _tokens(value: list[Any]) -> Iterator[Any]:
    for token in value:
        yield token
        if token.type == "function":
            yield from _tokens(token.arguments)
