"""Find out what a source is, by its first words rather than by what its server calls it."""

import re

from newsletter.gather.days import Days
from newsletter.gather.origin import Origin, text_of
from newsletter.gather.pasted import read_pasted
from newsletter.gather.story import Reading, Unreadable

_HEAD = 3000
_FEED = re.compile(r"<(?:rss|feed|rdf:RDF|channel)[\s>]", re.IGNORECASE)
_PAGE = re.compile(r"<(?:!doctype\s+html|html|head|body|article|div|meta|h1|p)[\s>]", re.IGNORECASE)


def read_stories(origin: Origin, days: Days) -> Reading:
    """Return the stories of a feed, a page or a pasted list; raises Unreadable."""
    head = text_of(Origin("", origin.data[:_HEAD], charset=origin.charset)).lstrip("\ufeff \t\r\n")
    if not head:
        raise Unreadable("is empty")
    if "\x00" in head or head.startswith(("%PDF", "PK\x03\x04", "\ufffd")):
        raise Unreadable(
            "is neither a feed, nor a web page, nor text",
            "name an RSS, Atom or JSON feed, a page, or a text file",
        )
    # What follows is slow to import, and most commands need none of it.
    if head[0] in "{[":
        from newsletter.gather.jsonfeed import read_json_feed  # noqa: PLC0415

        return read_json_feed(origin)
    if head[0] == "<" and _FEED.search(head):
        from newsletter.gather.feeds import read_feed  # noqa: PLC0415

        return read_feed(origin)
    if head[0] == "<" and (_PAGE.search(head) or origin.content_type == "text/html"):
        from newsletter.gather.pages import read_page  # noqa: PLC0415

        return read_page(origin)
    return read_pasted(origin, days)
