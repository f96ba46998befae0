"""Any mail from elsewhere, looked at by the rules about mails: an HTML file, or a whole .eml.

    bytes ► size ► text at all? ► HTML or whole mail ► letters (decode.py) ► nesting ► Mail ► rules

What would take the rules for ever, or is no mail, is refused with the reason before any of them is
asked.

Places are lines of the file itself; in a whole mail they count within its HTML part, whose name is
then added to that of the file. Nothing is fetched, and nothing in the file is run.
"""

import email
import email.errors
import email.header
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email.message import Message
from pathlib import Path
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from newsletter.checks.check import look_at
from newsletter.checks.clients import client_support, lacking_in
from newsletter.checks.decode import decode, what_it_is
from newsletter.checks.deeper import DEEPER
from newsletter.checks.leaving import way_out
from newsletter.checks.mail import Mail
from newsletter.checks.page import NestedTooDeep, Page, read_page
from newsletter.checks.pictures import picture_addresses
from newsletter.checks.tuning import Report, Tuning
from newsletter.errors import InputRefused, WrongUsage
from newsletter.model.finding import Finding, Severity
from newsletter.model.place import Place
from newsletter.model.rendering import Picture

LARGEST = 5_000_000
MOST = 30_000
MOST_CSS = 500_000
MOST_TRIED = 10_000_000
MOST_PARTS = 100
_IS_MAIL = re.compile(rb"(?:[A-Za-z][A-Za-z0-9-]*:[ \t][^\n]*\n(?:[ \t][^\n]*\n)*){2}")
_COMMENT = re.compile(r"<!--.*?(-->|\Z)", re.DOTALL)
_CONTAINER = re.compile(rb"content-type:\s*(?:multipart|message)/", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Lines:
    """The origin of a mail that is mended in its own file."""

    file: str
    html: str
    plain: str

    def element(self, page: Page, element: Element) -> Place:
        """Return the start tag in the file."""
        return Place(self.html, *page.places.get(element, (1, 1)))

    def words(self, page: Page, element: Element) -> Place:
        """Return the start tag in the file."""
        return self.element(page, element)

    def tag(self, page: Page, element: Element) -> Place:
        """Return the start tag in the file."""
        return self.element(page, element)

    def page(self) -> Place:
        """Return the beginning of the HTML."""
        return Place(self.html, 1, 1)

    def text(self, fragment: str) -> Place:
        """Return the text part."""
        return Place(self.plain)

    def typed(self, fragment: str) -> Place | None:
        """Return nothing: no editor of ours wrote it."""
        return None

    def subject(self) -> Place:
        """Return the whole mail."""
        return Place(self.file)

    def preheader(self) -> Place:
        """Return the beginning of the HTML."""
        return self.page()


def check_html(path: Path, tuning: Tuning) -> Report:
    """Return what the rules find in an HTML file or a whole mail from elsewhere.

    Raises WrongUsage when there is no such file, InputRefused when no mail can be made of it.
    """
    data, shown = _bytes_of(path), str(path)
    if kind := what_it_is(data):
        raise _refusal(
            shown, f"this is no HTML: it is {kind}", "save the mail as .html, in UTF-8, or as .eml"
        )
    whole = path.suffix.lower() == ".eml" or bool(_IS_MAIL.match(data))
    mail, odd = _from_mail(data, shown) if whole else _from_html(data, shown)
    report = look_at(mail, tuning)
    asked = tuning.tuned((*odd, *way_out(mail)), DEEPER)
    found = [*asked, *report.findings, *_support(mail, tuning)]
    sifted = tuning.sift(found)
    return Report(sifted.findings, (*report.ignored, *sifted.ignored), report.used | sifted.used)


def _bytes_of(path: Path) -> bytes:
    """Return the bytes of a file; raises WrongUsage and InputRefused."""
    try:
        size = path.stat().st_size
        if path.is_file() and size <= LARGEST:
            return path.read_bytes()
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or str(fault)
        raise WrongUsage(f"{path} cannot be read: {reason}", "name a file of HTML") from None
    if not path.is_file():
        raise WrongUsage(f"{path} is no file", "name a file of HTML")
    message = f"the file has {size / 1_000_000:.1f} MB; no mail has more than 5"
    raise _refusal(str(path), message, "name the HTML alone, without pictures in it")


def _refusal(file: str, message: str, remedy: str, line: int = 0, column: int = 0) -> InputRefused:
    place = Place(file, line, column)
    return InputRefused([Finding(rule="html-file", place=place, message=message, remedy=remedy)])


def _from_html(data: bytes, shown: str) -> tuple[Mail, list[Finding]]:
    decoded = decode(data, Place(shown, 1, 1))
    mail = _mail(decoded.text, Lines(shown, shown, shown))
    beside = frozenset(_beside(mail.page, Path(shown).parent))
    return replace(mail, at_hand=beside), list(decoded.findings)


def _beside(page: Page, folder: Path) -> Iterator[str]:
    """Yield the addresses of pictures that lie in the folder of a file, as a build writes them."""
    for _, address in picture_addresses(page):
        try:
            path = (folder / unquote(re.split("[?#]", address)[0])).resolve()
            if path.is_relative_to(folder.resolve()) and path.is_file():
                yield address
        except (OSError, ValueError):  # no name that a file can have
            continue


def _from_mail(data: bytes, shown: str) -> tuple[Mail, list[Finding]]:
    """Take a whole mail apart: HTML, text, subject and pictures."""
    if len(_CONTAINER.findall(data)) > MOST_PARTS:
        fault = f"this mail has more than {MOST_PARTS} parts with parts of their own"
        raise _refusal(shown, fault, "name the HTML alone")
    message = email.message_from_bytes(data, policy=email.policy.compat32)
    parts = [part for part in message.walk() if not part.is_multipart()]
    page = next((part for part in parts if _is(part, "text/html")), None)
    plain = next((part for part in parts if _is(part, "text/plain")), None)
    if page is None:
        raise _refusal(shown, "there is no HTML in this mail", "name a mail that has an HTML part")
    lines = Lines(shown, f"{shown}[html]", f"{shown}[text]")
    decoded = decode(_payload(page), Place(lines.html, 1, 1), _charset(page))
    text = decode(_payload(plain), Place(lines.plain, 1, 1), _charset(plain)) if plain else None
    odd = [*decoded.findings, *(text.findings if text else ()), *_head(message, shown)]
    pictures = dict(_pictures(parts))
    mail = _mail(
        decoded.text,
        lines,
        text=text.text if text else None,
        subject=_header(message, "Subject"),
        pictures=pictures,
    )
    return replace(mail, at_hand=frozenset(_addresses(parts))), odd


def _mail(
    html: str,
    lines: Lines,
    *,
    text: str | None = None,
    subject: str | None = None,
    pictures: dict[str, Picture] | None = None,
) -> Mail:
    """Return the Mail; raises InputRefused when its HTML is none, or is no mail's."""
    html = _as_browsers_read(html)
    page = _page(html, lines.html)
    language = page.language.strip() or "und"  # BCP 47: undetermined
    return Mail(
        language=language,
        languages=(language,),
        html=html,
        text=text,
        subject=subject,
        pictures=pictures or {},
        origin=lines,
        ours=False,
    )


def _as_browsers_read(html: str) -> str:
    """Return HTML without what html.parser stumbles over; lines and columns stay.

    `<![` begins a comment for browsers, and SGML for the parser. A comment or a tag that never
    ends takes the rest of the page with it (HTML 13.2.5), and the parser for ever.
    """
    html = html.replace("<![", "<!?")
    for found in _COMMENT.finditer(html):
        if not found[1]:
            html = html[: found.start()]
    end = html.rfind(">") + 1
    rest = html[end:].find("<")
    return html if rest < 0 else html[: end + rest]


def _page(html: str, shown: str) -> Page:
    """Return the page; refuses what would take the rules for ever, and what has no element."""
    if html.count("<") > 4 * MOST:
        raise _refusal(
            shown, f"this page has “<” more than {4 * MOST} times: this is no mail", "name a mail"
        )
    try:
        page = read_page(html)
    except NestedTooDeep as fault:
        raise _refusal(shown, fault.message, fault.remedy, fault.line, fault.column) from None
    if not page.elements:
        raise _refusal(shown, "there is no HTML in this file", "name a file of HTML")
    if len(page.elements) > MOST:
        line, column = page.places[page.elements[MOST]]
        message = f"the elements of this page are more than {MOST}: this is no mail"
        raise _refusal(shown, message, "name the HTML of one mail", line, column)
    sheets = ["".join(each.itertext()) for each in page.all("style")]
    size, rules = sum(map(len, sheets)), sum(each.count("{") for each in sheets)
    if size > MOST_CSS or rules * len(page.elements) > MOST_TRIED:
        line, column = page.places[page.all("style")[0]]
        amount = f"{size / 1000:.0f} KB of CSS with {rules} rules for {len(page.elements)} elements"
        message = f"this page has {amount}: this is no mail"
        raise _refusal(shown, message, "take out what no element needs", line, column)
    return page


def _support(mail: Mail, tuning: Tuning) -> Iterator[Finding]:
    """Yield what mail programs lack, as grave as the office takes it."""
    severity = tuning.severity(client_support)
    if severity is None:
        return
    for found in lacking_in(mail, tuning.checking.clients):
        yield Finding(
            rule=client_support.id,
            place=found.place,
            message=found.message,
            remedy=found.remedy,
            severity=severity,
        )


def _is(part: Message, kind: str) -> bool:
    return part.get_content_type() == kind and part.get_content_disposition() != "attachment"


def _payload(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _charset(part: Message) -> str:
    try:
        return str(part.get_content_charset() or "")
    except (LookupError, ValueError):  # an encoding that nobody knows, said in an encoded word
        return ""


def _header(message: Message, name: str) -> str | None:
    """Return a header in its own letters; None when it is not there."""
    raw = message.get(name)
    if raw is None:
        return None
    try:
        decoded = email.header.make_header(email.header.decode_header(str(raw)))
        return " ".join(str(decoded).split())
    except (LookupError, ValueError, email.errors.HeaderParseError):
        return " ".join(str(raw).split())


def _head(message: Message, shown: str) -> Iterator[Finding]:
    """Yield what the head of a newsletter should have and lacks."""
    leave = _header(message, "List-Unsubscribe") or ""
    lacks: list[tuple[str, str]] = []
    if not leave:
        lacks.append(("no List-Unsubscribe", "add List-Unsubscribe with an https address"))
    elif "<https://" not in leave:
        lacks.append(
            ("a List-Unsubscribe without an https address", "add one, for one click (RFC 8058 3.1)")
        )
    if leave and not _header(message, "List-Unsubscribe-Post"):
        lacks.append(
            ("no List-Unsubscribe-Post", "add “List-Unsubscribe=One-Click” (RFC 8058 3.1)")
        )
    lacks += [
        (f"no {name}", f"add {name} (RFC 5322 3.6)")
        for name in ("From", "Date", "Message-ID", "Subject")
        if not _header(message, name)
    ]
    for what, remedy in lacks:
        yield Finding(
            rule="mail-head",
            place=Place(shown, 1, 1),
            message=f"the head of the mail has {what}",
            remedy=remedy,
            severity=Severity.WARNING,
        )


def _addresses(parts: list[Message]) -> Iterator[str]:
    """Yield by what addresses the HTML may speak of the other parts (RFC 2392, RFC 2557)."""
    for part in parts:
        if name := (_header(part, "Content-ID") or "").strip("<> "):
            yield f"cid:{name}"
        if address := _header(part, "Content-Location"):
            yield address


def _pictures(parts: list[Message]) -> Iterator[tuple[str, Picture]]:
    """Yield the pictures that travel with the mail, by the addresses that the HTML uses."""
    for part in parts:
        name = (_header(part, "Content-ID") or "").strip("<> ")
        if name and part.get_content_maintype() == "image":
            picture = Picture(
                name=f"{name}.{part.get_content_subtype()}",
                content_type=part.get_content_type(),
                data=_payload(part),
            )
            yield f"cid:{name}", picture
