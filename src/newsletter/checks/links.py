"""Rules about links: that they lead somewhere a reader can go, and say where."""

import ipaddress
import re
from collections.abc import Iterator
from urllib.parse import SplitResult, urlsplit

from newsletter.checks.checked import Checked, error, warning
from newsletter.checks.page import PageLink
from newsletter.model.finding import Finding
from newsletter.model.place import Place
from newsletter.model.rendering import SLOT

_VAGUE = frozenset(
    {
        *("here", "click here", "this link", "link", "more", "read more", "details", "see here"),
        *("здесь", "тут", "ссылка", "по ссылке", "эта ссылка", "далее", "ещё", "подробнее"),
        *("подробно", "читать", "читать далее", "читать дальше", "узнать больше"),
    }
)
_ORNAMENT = re.compile(r"[^\w ]+")
_WRITTEN_ADDRESS = re.compile(r"(?:https?://)?((?:[\w-]+\.)+[^\W\d_]{2,})(?:[/?#]\S*)?")


def link_targets(checked: Checked) -> Iterator[Finding]:
    """Every link leads to a place on the web that all readers can reach, over TLS if it can be.

    In a mail there is no page that a relative address could start from.
    """
    for language, link in _links(checked):
        place = _place(checked, language, link, link.href, link.label)
        try:
            target = urlsplit(link.href)
            host = target.hostname or ""
        except ValueError:
            target, host = SplitResult("", "", "", "", ""), ""
        if target.scheme in ("mailto", "tel") and target.path:
            continue
        if target.scheme not in ("http", "https") or not host:
            message = f"the link “{link.label or link.href}” leads nowhere: “{link.href}”"
            yield error("links", place, message, "write the whole address, with https://")
        elif _is_inside(host):
            message = f"the link “{link.label}” leads to {host}, which readers cannot reach"
            yield error("links", place, message, "write the address on the public web")
        elif target.scheme == "http":
            message = f"the link to {host} is not encrypted (http)"
            yield warning("links", place, message, "write https:// if the website has it")


def link_labels(checked: Checked) -> Iterator[Finding]:
    """The words of a link say where it leads, alone and out of their sentence (WCAG 2.2 2.4.4).

    Screen readers list links without the text around them. A label that is one address and leads
    to another is what fraudsters write.
    """
    for language, link in _links(checked, slots=True):
        place = _place(checked, language, link, link.label, link.href)
        if not link.label:
            message = f"the link to “{link.href}” has no words"
            yield error("links", place, message, "write what stands there, or describe the picture")
        elif _ORNAMENT.sub("", link.label).strip().casefold() in _VAGUE:
            message = f"“{link.label}” does not say where the link leads"
            yield warning("links", place, message, "name what stands there: “Report (PDF, 2 MB)”")
        elif (shown := _host_in(link.label)) and not _same_site(shown, link.href):
            message = f"the link says “{link.label}” and leads to {link.href}"
            yield warning("links", place, message, "let the label name the page, or the same site")


def _links(checked: Checked, *, slots: bool = False) -> Iterator[tuple[str, PageLink]]:
    """Yield each different link of each page; those of one reader alone only if asked for."""
    for language, page in checked.pages.items():
        for link in dict.fromkeys(page.links):
            if slots or not SLOT.fullmatch(link.href):
                yield language, link


def _place(checked: Checked, language: str, link: PageLink, *texts: str) -> Place:
    """Return where the first of `texts`, parts of `link`, was written as part of a link."""
    for text in texts:
        for words in checked.written(language):
            if words.text == text or any(
                form in words.text for form in (f"[{text}](", f"]({text})", f"<{text}>")
            ):
                return words.place
    settings = checked.composition.office.settings
    ours = (settings.public_url, settings.publisher.website)
    if any(address and link.href.startswith(address) for address in ours):
        return Place("newsletter.yaml")
    return checked.template()


def _is_inside(host: str) -> bool:
    """Whether `host` can be reached from the office only."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        name = host.rstrip(".")
        return "." not in name or name.endswith((".localhost", ".local", ".internal"))


def _host_in(label: str) -> str:
    found = _WRITTEN_ADDRESS.fullmatch(label)
    return found[1].casefold() if found else ""


def _same_site(shown: str, href: str) -> bool:
    """Whether an address shown and the one behind it are the same site or one lies in the other."""
    host = urlsplit(href).hostname or ""
    one, other = shown.removeprefix("www."), host.removeprefix("www.")
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")
