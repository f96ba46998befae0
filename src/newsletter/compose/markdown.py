"""Markdown as editors use it: paragraphs, emphasis, links and lists, to HTML and to plain text.

HTML in a text is shown as it was typed, never obeyed; pictures and headings have keys of their own
and are not part of a text.
"""

import re
from collections.abc import Callable, Iterator

from markdown_it import MarkdownIt
from markdown_it.common.normalize_url import normalizeLink
from markdown_it.token import Token

from newsletter.model.edition import Html, RichText

_Set = Callable[[list[str]], list[str]]

_PARSER = MarkdownIt("commonmark", {"html": False, "xhtmlOut": True}).disable(
    ["image", "heading", "lheading", "code", "fence", "html_block", "html_inline"]
)

_ESCAPED = re.compile(r"\\[!-/:-@\[-`{-~]")
_OPEN, _CLOSE, _APART = "\ue000", "\ue001", "\ue002"
_AS_TYPED = re.compile(
    rf"""
    ^\#{{1,6}}\ .*                                # a heading, or one that is underlined
    | ^[^\n]*\n=+$
    | !{_OPEN}[^{_CLOSE}]*{_CLOSE}                # a picture
    | \[[^\[\]\n]*\](?:\(|\ \((?=https?:))[^()\n]*\)?     # a link that became none
    | \[[^\[\]\n]+\]\[[^\[\]\n]*\]              # a link to a list of links
    | ~~(?=\S)[^~\n]+~~                          # words struck out
    | ^\|.*\|[ ]*$                               # a row of a table
    | ^\[[ xX]\]\ .*                             # a box to tick
    | \*\*(?=\w)[^*\n]* | (?<=\w)\*\*            # bold that was not closed, or not opened
    """,
    re.VERBOSE | re.MULTILINE,
)


def rich_text(source: str, set_pieces: _Set) -> RichText:
    """Return `source` as HTML and as plain text; `set_pieces` is the typographer."""
    return _rich(_PARSER.parse(source), set_pieces)


def rich_line(source: str, set_pieces: _Set) -> RichText:
    """Return one line of Markdown (emphasis and links) without a paragraph around it."""
    return _rich(_PARSER.parseInline(source), set_pieces)


def web_address(url: str) -> str:
    """Return `url` as it stands in HTML: xn-- and %D0 instead of Cyrillic letters (RFC 3987 3.1).

    Markdown does so with its own links; later steps would spoil a host with letters of its own.
    """
    return normalizeLink(url)


def links_of(source: str) -> list[str]:
    """Return the addresses that the links of `source` lead to."""
    return [
        str(child.attrs["href"])
        for token in _PARSER.parse(source)
        for child in token.children or ()
        if child.type == "link_open"
    ]


def left_as_typed(source: str) -> Iterator[str]:
    """Yield what was meant as Markdown in a text and is none here: readers see it as it was typed.

    What stands after a backslash is meant to be seen.
    """
    for token in _PARSER.parse(_ESCAPED.sub(_APART, source)):
        if token.type == "inline":
            text = "".join(map(_seen, token.children or []))
            for found in _AS_TYPED.finditer(text):
                yield found.group().replace(_OPEN, "[").replace(_CLOSE, "](").split("\n")[0]


def _seen(child: Token) -> str:
    """Return what readers see of a piece, with marks where links begin and end."""
    match child.type:
        case "text":
            return child.content
        case "softbreak" | "hardbreak":
            return "\n"
        case "link_open" | "link_close" if child.info != "auto":
            return _OPEN if child.type == "link_open" else _CLOSE
    return _APART


def _rich(tokens: list[Token], set_pieces: _Set) -> RichText:
    for token in tokens:
        if token.type == "inline":
            _set_inline(token.children or [], set_pieces)
    html = _PARSER.renderer.render(tokens, _PARSER.options, {})
    return RichText(html=Html(html.strip()), plain=_plain(tokens))


def _set_inline(children: list[Token], set_pieces: _Set) -> None:
    """Set all text between the tags of one paragraph as one text."""
    texts = [child for child in children if child.type in ("text", "softbreak")]
    if not texts:
        return
    contents = [" " if child.type == "softbreak" else child.content for child in texts]
    for child, content in zip(texts, set_pieces(contents), strict=True):
        child.type, child.content = "text", content


def _plain(tokens: list[Token]) -> str:
    """Return paragraphs with an empty line between them; list items begin with a dash."""
    paragraphs: list[str] = []
    bullets: list[int | None] = []
    fresh = False
    for token in tokens:
        if token.type in ("bullet_list_open", "ordered_list_open"):
            first = int(token.attrs.get("start", 1))
            bullets.append(None if token.type.startswith("bullet") else first - 1)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            bullets.pop()
        elif token.type == "list_item_open":
            fresh = True
            if bullets[-1] is not None:
                bullets[-1] += 1
        elif token.type == "inline":
            number = bullets[-1] if bullets else None
            lead = ("- " if number is None else f"{number}. ") if fresh else ""
            paragraphs.append(lead + _plain_inline(token.children or []))
            fresh = False
    return "\n\n".join(paragraphs)


def _plain_inline(children: list[Token]) -> str:
    pieces: list[str] = []
    target, since = "", 0
    for child in children:
        if child.type == "hardbreak":
            pieces.append("\n")
        elif child.type == "link_open":
            target, since = str(child.attrs.get("href", "")), len(pieces)
        elif child.type == "link_close":
            label = "".join(pieces[since:])
            shown = target.removeprefix("mailto:").removeprefix("tel:")
            if shown not in label:
                pieces.append(f" ({shown})")
        else:
            pieces.append(child.content)
    return "".join(pieces)
