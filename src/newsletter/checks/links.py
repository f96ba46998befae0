"""Rules about links: that they lead somewhere a reader can go, and say where."""

import ipaddress
import re
from collections.abc import Iterator
from urllib.parse import SplitResult, unquote, urlsplit

from newsletter.address import parse_address
from newsletter.checks.checked import Checked
from newsletter.checks.mail import Found, Mail
from newsletter.checks.page import PageLink
from newsletter.checks.rule import rule
from newsletter.languages import name_in, own_name
from newsletter.model.finding import Severity
from newsletter.model.rendering import SLOT

VAGUE = frozenset(
    {
        *("here", "click here", "click", "this link", "this page", "link", "more", "read more"),
        *("learn more", "find out more", "details", "more details", "see here", "see more"),
        *("continue", "website", "web page", "download", "open", "read", "view", "go"),
        *("здесь", "тут", "сюда", "ссылка", "по ссылке", "эта ссылка", "по этой ссылке"),
        *("далее", "ещё", "еще", "больше", "подробнее", "подробно", "детали", "читать"),
        *("читать далее", "читать дальше", "узнать больше", "перейти", "скачать", "открыть"),
        *("смотреть", "нажмите", "нажмите здесь", "на сайте", "сайт", "источник"),
        *("осында", "мына жерде", "толығырақ", "сілтеме", "оқу", "ашу"),
    }
)
"""Words that say nothing of where they lead, in the languages of the house."""

_SHORTENERS = frozenset(
    [
        "bit.ly",
        "tinyurl.com",
        "goo.gl",
        "t.co",
        "ow.ly",
        "is.gd",
        "buff.ly",
        "clck.ru",
        "vk.cc",
        "u.to",
        "rb.gy",
        "cutt.ly",
        "shorturl.at",
        "tiny.cc",
        "lnkd.in",
    ]
)
_ORNAMENT = re.compile(r"[^\w ]+")
_WRITTEN_ADDRESS = re.compile(r"(?:https?://)?((?:[\w-]+\.)+[^\W\d_]{2,})(?:[/?#]\S*)?")
_EXTENSION = re.compile(r"\.(?:pdf|docx?|xlsx?|pptx?|zip|csv)$", re.IGNORECASE)
_DIGITS = re.compile(r"\D+")
_NO_LINE = re.compile(r"text-decoration(?:-line)?:\s*none", re.IGNORECASE)


@rule(
    "links",
    Severity.ERROR,
    title="Every link leads to a place on the web that all readers can reach",
    source="RFC 3986 4.2: a mail has no page that a relative address could start from",
    mend="write the whole address on the public web, with https://",
)
def link_targets(mail: Mail) -> Iterator[Found]:
    """A link that leads nowhere, or into the office's own network, works for the editor alone."""
    for link in _links(mail):
        target, host = _target(link.href)
        if target.scheme == "mailto" and target.path and not _is_mailbox(target.path):
            message = f"the link “{link.label}” is to “{target.path}”, which is no mail address"
            yield mail.at(link.element, message, "write it as mailto:name@example.org")
            continue
        if target.scheme in ("mailto", "tel") and target.path:
            continue
        if target.scheme not in ("http", "https") or not host:
            message = f"the link “{link.label or link.href}” leads nowhere: “{link.href}”"
            yield mail.at(link.element, message, "write the whole address, with https://")
        elif is_inside(host):
            message = f"the link “{link.label}” leads to {host}, which readers cannot reach"
            yield mail.at(link.element, message, "write the address on the public web")


@rule(
    "link-http",
    Severity.WARNING,
    title="Links use TLS where they can",
    source="RFC 9110 4.2.2",
    mend="write https:// if the website has it",
)
def link_http(mail: Mail) -> Iterator[Found]:
    """Anybody on the way can see and change what is read over http."""
    for link in _links(mail):
        target, host = _target(link.href)
        if target.scheme == "http" and host and not is_inside(host):
            yield mail.at(link.element, f"the link to {host} is not encrypted (http)")


@rule(
    "link-empty",
    Severity.ERROR,
    title="Every link has words in it",
    source="WCAG 2.2 2.4.4 and 4.1.2",
    mend="write what stands there, or describe the picture",
)
def link_empty(mail: Mail) -> Iterator[Found]:
    """A screen reader reads out the address letter by letter; others see nothing at all."""
    for link in _links(mail, slots=True):
        if not link.label:
            yield mail.at(link.element, f"the link to “{link.href}” has no words")


@rule(
    "link-vague",
    Severity.WARNING,
    title="The words of a link say where it leads, out of their sentence too",
    source="WCAG 2.2 2.4.4 and 2.4.9",
    mend="name what stands there: “Report (PDF, 2 MB)”",
)
def link_vague(mail: Mail) -> Iterator[Found]:
    """Screen readers list links without the text around them: ten times “read more”."""
    for link in _links(mail, slots=True):
        if _ORNAMENT.sub("", link.label).strip().casefold() in VAGUE:
            yield mail.at_words(link.element, f"“{link.label}” does not say where the link leads")


@rule(
    "link-disguised",
    Severity.WARNING,
    title="A link that shows an address leads to that site",
    source="what fraudsters write; SpamAssassin: URI_PHISH and its like",
    mend="let the label name the page, or the same site",
)
def link_disguised(mail: Mail) -> Iterator[Found]:
    """Mail programs warn of a label that is one address and leads to another."""
    for link in _links(mail, slots=True):
        if (shown := _host_in(link.label)) and not _same_site(shown, link.href):
            yield mail.at_words(
                link.element, f"the link says “{link.label}” and leads to {link.href}"
            )


@rule(
    "link-same-words",
    Severity.WARNING,
    title="Links with the same words lead to the same place",
    source="WCAG 2.2 3.2.4 and 2.4.4",
    mend="say in each link what is different there",
)
def link_same_words(mail: Mail) -> Iterator[Found]:
    """In a list of links two of the same name cannot be told apart."""
    seen: dict[str, str] = {}
    for link in _links(mail, slots=True):
        words = link.label.casefold()
        first = seen.setdefault(words, link.href)
        if words and first != link.href:
            yield mail.at_words(
                link.element, f"“{link.label}” leads to {link.href}, above to {first}"
            )


@rule(
    "link-telephone",
    Severity.WARNING,
    title="A telephone number dials what it shows, from abroad too",
    source="RFC 3966 5.1.4",
    mend="write the number with + and the code of the country: +7 (495) 933 08 10",
)
def link_telephone(mail: Mail) -> Iterator[Found]:
    """A number without the code of its country rings somewhere else, or nowhere."""
    for link in _links(mail):
        if not link.href.startswith("tel:"):
            continue
        dialled = link.href.removeprefix("tel:")
        shown = _DIGITS.sub("", link.label)
        if not dialled.startswith("+"):
            yield mail.at(link.element, f"{dialled} cannot be dialled from abroad")
        elif shown and shown != _DIGITS.sub("", dialled):
            yield mail.at(link.element, f"“{link.label}” dials {dialled}")


@rule(
    "link-line",
    Severity.WARNING,
    title="Links are underlined",
    source="WCAG 2.2 1.4.1; technique F73",
    mend="leave the underline; a button needs a background of its own",
    mail_only=True,
)
def link_line(mail: Mail) -> Iterator[Found]:
    """Colour alone does not tell a link from the text around it to everybody."""
    for link in _links(mail, slots=True):
        style = link.element.get("style", "")
        if _NO_LINE.search(style) and "background" not in style and not _is_picture(link, mail):
            yield mail.at_tag(link.element, f"the link “{link.label}” has no underline")


@rule(
    "link-shortened",
    Severity.WARNING,
    title="No link hides behind a service that shortens addresses",
    source="SpamAssassin: URL_SHORTENER; Spamhaus lists such services",
    mend="write the whole address: nobody has to type it",
)
def link_shortened(mail: Mail) -> Iterator[Found]:
    """Spammers hide their addresses so; filters punish all who do, and readers see nothing."""
    for link in _links(mail):
        if (host := _target(link.href)[1].removeprefix("www.")) in _SHORTENERS:
            yield mail.at(link.element, f"the link “{link.label}” hides behind {host}")


@rule(
    "link-edition",
    Severity.WARNING,
    title="A link leads to the page in the language of its edition",
    source="the house",
    mend="take the address of the page in this language, or say in the label which it is in",
)
def link_edition(checked: Checked) -> Iterator[Found]:
    """A Russian reader lands on an English page and may not know that there is a Russian one.

    Told by the address: /en/, en.example.org, ?lang=en.
    """
    languages = checked.composition.issue.languages
    for entry in checked.entries():
        for language in languages:
            text = entry.item.texts.get(language)
            for number, link in enumerate(text.links if text else ()):
                named = [each for each in languages if _speaks(link.url, each)]
                if (
                    named
                    and language not in named
                    and not _is_named(link.label, named[0], language)
                ):
                    yield Found(
                        entry.marks.at(language, "links", number, "url"),
                        f"the {language} link “{link.label}” leads to a page in {named[0]}",
                    )


def _links(mail: Mail, *, slots: bool = False) -> Iterator[PageLink]:
    """Yield each different link; those of one reader alone only if asked for."""
    seen: set[tuple[str, str]] = set()
    for link in mail.page.links:
        if (link.href, link.label) not in seen and (slots or not SLOT.fullmatch(link.href)):
            seen.add((link.href, link.label))
            yield link


def _speaks(url: str, language: str) -> bool:
    """Whether an address names `language`: example.org/en/, en.example.org, ?lang=en."""
    target, host = _target(url)
    segments = target.path.casefold().split("/")
    return (
        language.casefold() in segments
        or host.startswith(f"{language.casefold()}.")
        or bool(re.search(rf"(?:^|&)(?:lang|locale|hl)={re.escape(language)}(?:&|$)", target.query))
    )


def _is_named(label: str, other: str, language: str) -> bool:
    """Whether `label` says itself that the page is in `other`: (PDF, на английском языке)."""
    stem = name_in(other, language)[:5].casefold()
    return stem in label.casefold() or own_name(other).casefold() in label.casefold()


def _is_mailbox(path: str) -> bool:
    """Whether the path of a mailto: is an address, or several (RFC 6068 2)."""
    try:
        for each in unquote(path).split(","):
            parse_address(each)
    except ValueError:
        return False
    return True


def _target(href: str) -> tuple[SplitResult, str]:
    """Return an address in parts and its host; empty ones when it is none."""
    try:
        target = urlsplit(href)
        return target, target.hostname or ""
    except ValueError:
        return SplitResult("", "", "", "", ""), ""


def _is_picture(link: PageLink, mail: Mail) -> bool:
    return not mail.page.text(link.element) and any(True for _ in link.element.iter("img"))


def is_inside(host: str) -> bool:
    """Whether `host` can be reached from the office only."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        name = host.rstrip(".")
        return "." not in name or name.endswith((".localhost", ".local", ".internal"))


def _host_in(label: str) -> str:
    found = _WRITTEN_ADDRESS.fullmatch(label)
    if not found or (_EXTENSION.search(label) and "/" not in label):
        return ""  # report.pdf is the name of a file
    return found[1].casefold()


def _same_site(shown: str, href: str) -> bool:
    """Whether an address shown and the one behind it are the same site or one lies in the other."""
    host = _target(href)[1]
    one, other = shown.removeprefix("www."), host.removeprefix("www.")
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")
