"""Write a theme's styles into the tags; the only module that knows premailer.

premailer is unmaintained and its defaults break what MJML made (it drops the doctype, strips
`!important`, rewrites addresses and widths), hence the options; `tests/render` holds that tags,
links and text come out unchanged. css-inline could take its place behind this one function.
"""

import logging
import re

from premailer import Premailer

from newsletter.errors import InputRefused
from newsletter.model.finding import Finding
from newsletter.model.place import Place

_DOCTYPE = re.compile(r"<!doctype html>", re.IGNORECASE)
_STYLE = re.compile(r"<style(?![^>]*\smedia=)([^>]*)>")
_COMMENT = re.compile(r"(<!--.*?-->)", re.DOTALL)
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_AT_RULE = re.compile(r"@[\w-]+")


def inline_styles(html: str, css: str, shown: str) -> str:
    """Return `html` with the rules of `css` written into the tags they fit; `<style>` stays.

    Raises InputRefused when `css`, which messages call `shown`, has rules that fit no tag.
    """
    if findings := _at_rules(css, shown):
        raise InputRefused(findings)
    html = _DOCTYPE.sub("<!DOCTYPE html>", html, count=1)  # any other case is dropped
    transformed = Premailer(
        _keep_style_blocks(html),
        css_text=[css],
        keep_style_tags=False,
        strip_important=False,
        allow_network=False,
        disable_link_rewrites=True,
        disable_basic_attributes=["width", "height", "bgcolor", "align", "valign"],
        align_floating_images=False,
        disable_validation=True,
        remove_unset_properties=False,
        cssutils_logging_level=logging.CRITICAL,
    ).transform(pretty_print=False)
    return str(transformed)


def _at_rules(css: str, shown: str) -> list[Finding]:
    """Return a Finding for each @-rule: premailer fetches imports and stumbles over the others."""
    bare = _CSS_COMMENT.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), css)
    return [
        Finding(
            rule="styles",
            place=Place(
                shown,
                bare.count("\n", 0, found.start()) + 1,
                found.start() - bare.rfind("\n", 0, found.start()),
            ),
            message=f"{found.group()} cannot be written into a tag",
            remedy="move it into an <mj-style> of the template",
        )
        for found in _AT_RULE.finditer(bare)
    ]


def _keep_style_blocks(html: str) -> str:
    """Mark the style elements outside comments so that premailer leaves them alone."""
    pieces = _COMMENT.split(html)
    return "".join(
        piece
        if piece.startswith("<!--")
        else _STYLE.sub(r'<style data-premailer="ignore"\1>', piece)
        for piece in pieces
    )
