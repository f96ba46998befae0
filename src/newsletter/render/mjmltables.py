"""What MJML knows: which elements stand where, and their attributes (MJML 4 reference).

Left out on purpose, because the library takes them without a word and does nothing or harm:
mj-include (Jinja includes), mj-preview (its white-on-white text looks like a spammer's),
mj-html-attributes and mj-selector (not implemented).
"""

_TABLE = """\
@padding: padding padding-top padding-right padding-bottom padding-left
@border: border border-top border-right border-bottom border-left border-radius
@font: color font-family font-size font-style font-weight letter-spacing line-height
    text-decoration text-transform
@background: background-color background-url background-repeat background-size
    background-position background-position-x background-position-y
mjml: lang dir
mj-head:
mj-title:
mj-style:
mj-font: name href
mj-breakpoint: width
mj-attributes:
mj-class: *
mj-all: *
mj-body: background-color width css-class
mj-wrapper: @background @border @padding direction full-width text-align
mj-section: @background @border @padding direction full-width text-align text-padding
mj-group: background-color direction vertical-align width
mj-column: background-color inner-background-color inner-border @border @padding direction
    vertical-align width
mj-text: @font @padding align height container-background-color vertical-align
mj-button: @font @border @padding align background-color container-background-color height href
    inner-padding rel target text-align title vertical-align width name
mj-image: @border @padding align alt container-background-color fluid-on-mobile height href name
    rel src srcset target title usemap width
mj-divider: @padding align border-color border-style border-width container-background-color
    width
mj-spacer: @padding height container-background-color vertical-align width
mj-table: @padding align border cellpadding cellspacing color container-background-color
    font-family font-size font-style line-height role table-layout vertical-align width
mj-raw:
mj-hero: @background @padding background-height background-width height mode vertical-align
    width container-background-color inner-background-color inner-padding
mj-social: @font @padding align border-radius container-background-color icon-height
    icon-padding icon-size inner-padding mode table-layout text-padding vertical-align
mj-social-element: @font @padding align alt background-color border-radius href icon-height
    icon-padding icon-size name rel src target text-padding title vertical-align
mj-navbar: @padding align base-url hamburger ico-align ico-close ico-color ico-font-family
    ico-font-size ico-line-height ico-open ico-padding ico-text-decoration ico-text-transform
mj-navbar-link: @font @padding href name rel target
"""
"""One element a line, with its attributes; @name stands for a group of them, * for any."""

_CONTENT = "mj-text mj-button mj-image mj-divider mj-spacer mj-table mj-social mj-navbar"
_PARENTS: dict[str, str] = {
    "mjml": "",
    "mj-head": "mjml",
    "mj-body": "mjml",
    "mj-title": "mj-head",
    "mj-style": "mj-head",
    "mj-font": "mj-head",
    "mj-breakpoint": "mj-head",
    "mj-attributes": "mj-head",
    "mj-class": "mj-attributes",
    "mj-all": "mj-attributes",
    "mj-wrapper": "mj-body",
    "mj-section": "mj-body mj-wrapper",
    "mj-hero": "mj-body mj-wrapper mj-column",
    "mj-raw": "mj-body mj-head mj-wrapper mj-section mj-column mj-hero mj-group",
    "mj-group": "mj-section",
    "mj-column": "mj-section mj-group",
    "mj-social-element": "mj-social",
    "mj-navbar-link": "mj-navbar",
    **dict.fromkeys(_CONTENT.split(), "mj-column mj-hero"),
}


def _attributes(table: str) -> dict[str, frozenset[str]]:
    """Return the attributes of each element in `table`, groups written out."""
    rows: dict[str, list[str]] = {}
    for line in table.replace("\n    ", " ").splitlines():
        name, _, words = line.partition(":")
        rows[name] = [
            attribute
            for word in words.split()
            for attribute in (rows[word] if word.startswith("@") else [word])
        ]
    return {
        name: frozenset([*words, "css-class", "mj-class"])
        for name, words in rows.items()
        if not name.startswith("@")
    }


ATTRIBUTES = _attributes(_TABLE)
"""Attributes of each element; `*` stands for any."""

PARENTS: dict[str, frozenset[str]] = {
    name: frozenset(words.split()) for name, words in _PARENTS.items()
}
"""Elements in which each element may stand."""

INSTEAD = {
    "mj-include": 'write {% include "parts/name.mjml.j2" %}',
    "mj-preview": "write a hidden line in an <mj-raw>, coloured like its ground",
    "mj-html-attributes": "write the attribute in the HTML itself",
    "mj-selector": "write the attribute in the HTML itself",
}
"""Elements that are left out, and what does their work here."""

HOLDS_HTML = frozenset(
    {"mj-text", "mj-button", "mj-table", "mj-raw", "mj-social-element", "mj-navbar-link"}
)
"""Elements whose content is HTML."""

VOID = frozenset(
    "area base br col embed hr img input link meta source track wbr".split()  # noqa: SIM905 (a list of words)
)
"""HTML elements that have no end tag."""
