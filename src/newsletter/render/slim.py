"""Take out of a finished page what says nothing: fewer bytes, the same picture.

Gmail cuts a mail after 102 KB, and MJML is generous. Tags, texts, classes and addresses stay as
they are, and Outlook, which reads conditional comments, finds the same tags in them; `tests/render`
holds both, and that a browser draws the same picture. What goes:

- the seam between two conditional comments for the same programs;
- space, and the last semicolon, in `style`;
- `background` before a `background-color` of the same colour, where no picture lies below;
- `direction:ltr` where nothing on the page runs from right to left;
- `text-align:left` of what begins a cell with `align="left"`, for it inherits that.
"""

import re
from functools import lru_cache

_TAG_OR_COMMENT = re.compile(
    r"""(<!--.*?-->|<style\b.*?</style>|<[a-zA-Z](?:"[^"]*"|'[^']*'|[^"'>]++)*+>)""", re.DOTALL
)
_CONDITION = re.compile(r"<!--\[if [^\]]+\]>(?=.*<!\[endif\]-->\Z)", re.DOTALL)
_END = "<![endif]-->"
_ATTRIBUTE = re.compile(r"""(?P<name>\s[\w:-]+=)(?P<mark>["'])(?P<value>.*?)(?P=mark)""", re.DOTALL)
_DECLARATION = re.compile(r"""(?:"[^"]*"|'[^']*'|\([^)]*\)|[^;"'(]++)++""")
_SPACE = re.compile(r"""("[^"]*"|'[^']*'|\([^)]*\))|\s*([,:])\s*""")
_MAY_TURN = re.compile(r"rtl|dir=[\"']?auto", re.IGNORECASE)
_PICTURE = re.compile(r"url\(|gradient\(")
_LEFT = "text-align:left"


def slim(html: str) -> str:
    """Return the finished page `html` without what says nothing."""
    needless = frozenset() if _MAY_TURN.search(html) else frozenset({"direction:ltr"})
    grounds = not _PICTURE.search(html)
    kept: list[str] = []
    condition = cell = ""
    for token in _TAG_OR_COMMENT.split(html):
        if not token:
            continue
        begin = _CONDITION.match(token)
        if begin and begin[0] == condition:
            kept[-1] = kept[-1].removesuffix(_END) + token.removeprefix(condition)
            continue
        condition = begin[0] if begin else ""
        here = needless | {_LEFT} if _aligns(cell) else needless
        kept.append(_slim_tag(token, here, grounds))
        cell = token
    return "".join(kept)


def _aligns(token: str) -> bool:
    """Whether `token` opens a cell whose attribute alone says that its texts stand on the left."""
    return token.startswith("<td ") and ' align="left"' in token and "text-align" not in token


def _slim_tag(token: str, needless: frozenset[str], grounds: bool) -> str:
    """Return a tag with a shorter `style`; anything else as it is."""
    if " style=" not in token or token.startswith(("<!", "<style")) or not token.startswith("<"):
        return token

    def shorter(found: re.Match[str]) -> str:
        if found["name"].strip().lower() != "style=" or "&" in found["value"]:
            return found[0]
        style = _slim_style(found["value"], needless, grounds)
        return f"{found['name']}{found['mark']}{style}{found['mark']}"

    return _ATTRIBUTE.sub(shorter, token)


@lru_cache(maxsize=4096)
def _slim_style(style: str, needless: frozenset[str], grounds: bool) -> str:
    """Return `style` without space, without `needless` and, if `grounds`, without doubled ones."""
    if any(style.count(mark) % 2 for mark in "\"'") or style.count("(") != style.count(")"):
        return style  # no program reads it as it was meant, and nobody knows how each reads it
    written = [_SPACE.sub(r"\1\2", each.strip()) for each in _DECLARATION.findall(style)]
    declared = [each for each in written if each and each not in needless]
    kept = []
    for each, next_one in zip(declared, [*declared[1:], ""], strict=True):
        same = each.replace("background:", "background-color:", 1) == next_one != each
        if not (grounds and same):
            kept.append(each)
    return ";".join(kept)
