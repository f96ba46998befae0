"""HTML of others as paragraphs of our Markdown: words, links, emphasis and lists, nothing else.

Scripts and styles are dropped with what they hold. What is plain text there stays plain text here:
characters that Markdown would take for its own are escaped.
"""

import re
from urllib.parse import urljoin

import lxml.etree
import lxml.html

_BLOCKS = frozenset(
    re.findall(
        r"\w+",
        "address article aside blockquote body center dd div dl dt figcaption figure footer form "
        "h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section table tbody td tfoot th "
        "thead tr ul",
    )
)
_DROPPED = frozenset(
    re.findall(
        r"\w+",
        "applet audio button canvas embed head iframe input math noscript object script select "
        "style svg template textarea title video",
    )
)
_MARKS = {"b": "**", "strong": "**", "em": "*", "i": "*"}
_DEEPEST = 100
_INSIDE = re.compile(r"[\\`*<\[\]]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)|!(?=\[)")
_AT_START = re.compile(r"(?:[-+>=~]|#{1,6}(?=\s|$)|\d{1,9}(?=[.)](?:\s|$)))")
_WEB = re.compile(r"https?://[^\s<>\"'\\()]+")
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028\u2029\u2060\ufeff\u00ad\ue000]")


def paragraphs_of(html: str, base: str | None = None) -> tuple[str, ...]:
    """Return HTML, or text with a few tags in it, as paragraphs of Markdown."""
    if "<" not in html and "&" not in html:
        return paragraphs_of_text(html)
    try:
        root = lxml.html.fragment_fromstring(clean(html), create_parent="div")
    except (lxml.etree.LxmlError, ValueError):
        return paragraphs_of_text(re.sub(r"<[^>]*>", " ", html))
    pieces = _Pieces(base)
    pieces.take(root, 0)
    return pieces.paragraphs()


def paragraphs_of_text(text: str) -> tuple[str, ...]:
    """Return plain text as paragraphs of Markdown."""
    parts = (line_of(part) for part in re.split(r"\n\s*\n", clean(text)))
    return tuple(_start_escaped(escaped(part)) for part in parts if part)


def line_of(text: str) -> str:
    """Return `text` on one line, without what cannot be seen."""
    return " ".join(clean(text).split())


def words_of(html: str) -> str:
    """Return what a reader sees of one line of HTML: a headline."""
    if "<" not in html and "&" not in html:
        return line_of(html)
    try:
        root = lxml.html.fragment_fromstring(clean(html), create_parent="div")
    except (lxml.etree.LxmlError, ValueError):
        return line_of(html)
    return line_of("".join(root.itertext()))


def clean(text: str) -> str:
    """Return `text` without control characters and others that nobody sees."""
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n"))


def escaped(text: str) -> str:
    """Return plain text so that Markdown shows it as it is."""
    return _INSIDE.sub(lambda found: f"\\{found[0]}", text)


def plain(markdown: str) -> str:
    """Return one paragraph of the Markdown made here as plain text, for a line of its own."""
    text = re.sub(r"(?<!\\)\[((?:[^\[\]\\]|\\.)*)\]\([^()\s]*\)", r"\1", markdown)
    text = re.sub(r"(?<!\\)\*{1,2}", "", text)
    text = re.sub(r"^- ", "", text)
    return re.sub(r"\\([^a-zA-Z0-9\s])", r"\1", text)


def _start_escaped(text: str) -> str:
    found = _AT_START.match(text)
    if not found:
        return text
    end = found.end()
    return f"{text[:end]}\\{text[end:]}" if text[0].isdigit() else f"\\{text}"


def address_of(written: str | None, base: str | None) -> str | None:
    """Return the web address that a page on `base` means, or none."""
    if not written or not written.strip():
        return None
    try:
        target = urljoin(base or "", written.strip())
    except ValueError:
        return None
    target = target.replace(" ", "%20").replace("(", "%28").replace(")", "%29")
    return target if len(target) <= 2000 and _WEB.fullmatch(target) else None


class _Pieces:
    """Collects the words of a page; a block begins a new paragraph."""

    def __init__(self, base: str | None) -> None:
        self._base = base
        self._done: list[str] = []
        self._current: list[str] = []
        self._bullet = False

    def take(self, element: lxml.html.HtmlElement, depth: int) -> None:
        """Take the words of an element and of what it holds."""
        tag = element.tag if isinstance(element.tag, str) else ""
        if not tag or tag in _DROPPED or depth > _DEEPEST:
            return
        if tag in _BLOCKS or tag == "br":
            self._end()
            self._bullet = self._bullet or tag == "li"
            self._take_inner(element, depth)
            self._end()
        elif tag in _MARKS or tag == "a":
            self._take_marked(element, tag, depth)
        else:
            self._take_inner(element, depth)

    def paragraphs(self) -> tuple[str, ...]:
        """Return all paragraphs; the entries of a list stand together."""
        self._end()
        joined: list[str] = []
        for each in self._done:
            if joined and each.startswith("- ") and joined[-1].startswith("- "):
                joined[-1] += f"\n{each}"
            else:
                joined.append(each)
        return tuple(joined)

    def _take_inner(self, element: lxml.html.HtmlElement, depth: int) -> None:
        self._current.append(escaped(element.text or ""))
        for child in element:
            self.take(child, depth + 1)
            self._current.append(escaped(child.tail or ""))

    def _take_marked(self, element: lxml.html.HtmlElement, tag: str, depth: int) -> None:
        """Take emphasis or a link, if it stands within one paragraph and has words."""
        inner = _Pieces(self._base)
        inner._take_inner(element, depth)
        parts = inner.paragraphs()
        if len(parts) != 1:
            self._end()
            self._done.extend(parts)
            return
        around = "".join(element.itertext())
        target = address_of(element.get("href"), self._base) if tag == "a" else None
        words = parts[0]
        if tag == "a":
            words = f"[{words}]({target})" if target else words
        elif _may_be_marked(words):
            words = f"{_MARKS[tag]}{words}{_MARKS[tag]}"
        before = " " if around[:1].isspace() else ""
        after = " " if around[-1:].isspace() else ""
        self._current.append(f"{before}{words}{after}")

    def _end(self) -> None:
        text = " ".join("".join(self._current).split())
        self._current.clear()
        if text and self._bullet:
            self._done.append(f"- {_start_escaped(text)}")
            self._bullet = False
        elif text:
            self._done.append(_start_escaped(text))


def _may_be_marked(words: str) -> bool:
    """Whether marks around `words` are emphasis to Markdown, and to nobody else's eyes."""
    return words[:1].isalnum() and words[-1:].isalnum() and "*" not in words
