"""Tell search engines what there is: sitemap.xml with every page and its languages, robots.txt."""

from collections.abc import Iterable
from xml.etree import ElementTree as ET

from newsletter.publish import addresses
from newsletter.publish.addresses import Standpoint
from newsletter.publish.pages import Drawn

_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_XHTML = "http://www.w3.org/1999/xhtml"


def sitemap(pages: Iterable[Drawn], public_url: str) -> bytes:
    """Return the sitemap (sitemaps.org 0.9), with the languages of each page beside it."""
    site = Standpoint(public_url, addresses.SITEMAP, whole=True)
    root = ET.Element("urlset", {"xmlns": _SITEMAP, "xmlns:xhtml": _XHTML})
    for page in pages:
        node = ET.SubElement(root, "url")
        ET.SubElement(node, "loc").text = site.url(page.path)
        ET.SubElement(node, "lastmod").text = page.dated
        if len(page.alternates) > 1:
            for language, path in page.alternates.items():
                link = {"rel": "alternate", "hreflang": language, "href": site.url(path)}
                ET.SubElement(node, "xhtml:link", link)
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def robots(public_url: str) -> bytes:
    """Return robots.txt: everybody may read everything (RFC 9309)."""
    site = Standpoint(public_url, "robots.txt", whole=True)
    return f"User-agent: *\nAllow: /\n\nSitemap: {site.url(addresses.SITEMAP)}\n".encode()
