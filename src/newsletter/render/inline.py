"""Write a theme's styles into the tags; the only module that knows premailer.

premailer is unmaintained and its defaults break what MJML made (it drops the doctype, strips
`!important`, rewrites addresses and widths), hence the options; `tests/render` holds that tags,
links and text come out unchanged. css-inline could take its place behind this one function.
"""

import logging
import re

from premailer import Premailer

_DOCTYPE = re.compile(r"<!doctype html>", re.IGNORECASE)
_STYLE = re.compile(r"<style(?![^>]*\smedia=)([^>]*)>")
_COMMENT = re.compile(r"(<!--.*?-->)", re.DOTALL)


def inline_styles(html: str, css: str) -> str:
    """Return `html` with the rules of `css` written into the tags they fit; `<style>` stays."""
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


def _keep_style_blocks(html: str) -> str:
    """Mark the style elements outside comments so that premailer leaves them alone."""
    pieces = _COMMENT.split(html)
    return "".join(
        piece if piece.startswith("<!--") else _STYLE.sub(r'<style data-premailer="ignore"\1>', piece)
        for piece in pieces
    )
