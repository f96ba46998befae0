"""Rules about pictures: what they say to those who do not see them, who made them, what they weigh.

Units are those of mail programs: 1 KB is 1024 octets.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element

from newsletter.checks.checked import Checked
from newsletter.checks.links import is_inside
from newsletter.checks.mail import Found, Mail
from newsletter.checks.page import Page
from newsletter.checks.rule import rule
from newsletter.compose.pictures import FittedPicture
from newsletter.compose.pool import PoolItem
from newsletter.model.content import ItemText
from newsletter.model.finding import Severity
from newsletter.model.rendering import SLOT

_FILE_NAME = re.compile(
    r"[\w.-]+\.(png|jpe?g|gif|webp|svg)|(img|dsc|image|photo)[ _-]?\d+", re.IGNORECASE
)
_IDLE = re.compile(
    r"(?:a |the )?(?:image|picture|photo(?:graph)?|graphic) (?:of|showing)\b"
    r"|(?:на (?:этом )?(?:фото|снимке|фотографии|картинке|рисунке)(?: изображ[её]н\w*)?"
    r"|фото(?:графия)?|изображение|картинка)\b(?!-)",
    re.IGNORECASE,
)
_PIXELS = re.compile(r"(\d+)(?:px)?")
_ON_A_DISK = re.compile(r"[A-Za-z]:[\\/]|\\\\|file:", re.IGNORECASE)
_TO_BE_FILLED_IN = re.compile(rf"{SLOT.pattern}|\{{\{{|\*\|")
_SHOWN_EVERYWHERE = ("image/png", "image/jpeg", "image/gif")


@rule(
    "alt-text",
    Severity.ERROR,
    title="Every picture of an item says in words what it shows",
    source="WCAG 2.2 1.1.1",
    mend="say in one sentence what it shows",
)
def alt_text(checked: Checked) -> Iterator[Found]:
    """For blind readers, and for everybody whose mail program does not load pictures."""
    for language, entry, text in _with_picture(checked):
        place = entry.marks.at(language, "image_alt")
        alt = (text.image_alt or "").strip()
        if not alt:
            yield Found(place, f"the picture has no `image_alt` in the block `{language}:`")
        elif _FILE_NAME.fullmatch(alt):
            yield Found(place, f"“{alt}” is the name of a file, not what the picture shows")


@rule(
    "alt-length",
    Severity.WARNING,
    title="What a picture shows is said in one breath",
    source="screen readers read about 125 characters at once",
    mend="shorten it; the story itself can say more",
    limits={"longest": 125},
)
def alt_length(checked: Checked, *, longest: float) -> Iterator[Found]:
    """A listener cannot skim, and mail programs cut a long text in the frame of the picture."""
    for language, entry, text in _with_picture(checked):
        if (length := len((text.image_alt or "").strip())) > longest:
            yield Found(
                entry.marks.at(language, "image_alt"),
                f"`image_alt` has {length} characters; {longest:.0f} can be listened to",
            )


@rule(
    "alt-idle",
    Severity.NOTE,
    title="What a picture shows is said without “picture of”, and not in the words of the headline",
    source="W3C images tutorial: tips and tricks",
    mend="begin with what can be seen",
)
def alt_idle(checked: Checked) -> Iterator[Found]:
    """A screen reader says “graphic” by itself, and has just read the headline."""
    for language, entry, text in _with_picture(checked):
        alt = (text.image_alt or "").strip()
        place = entry.marks.at(language, "image_alt")
        if found := _IDLE.match(alt):
            yield Found(place, f"`image_alt` begins with “{found.group()}”")
        elif alt and alt.casefold() == text.title.strip().casefold():
            yield Found(place, "`image_alt` repeats the headline")


@rule(
    "img-alt",
    Severity.ERROR,
    title="Every picture of the page has alt, and words in it where it is a link",
    source="WCAG 2.2 1.1.1; HTML 4.8.4.4",
    mend='write alt="…"; for mere decoration alt=""',
    mail_only=True,
)
def img_alt(mail: Mail) -> Iterator[Found]:
    """Without `alt` screen readers read out the name of the file; 48 of 100 mails lack it."""
    for image in mail.page.all("img"):
        if mail.page.is_hidden(image):
            continue
        alt = image.get("alt")
        if alt is None:
            yield mail.at_tag(image, "a picture has no alt")
        elif _FILE_NAME.fullmatch(alt.strip()) and image.get("src") not in mail.pictures:
            yield mail.at_tag(image, f"the alt “{alt}” is the name of a file")


@rule(
    "img-width",
    Severity.ERROR,
    title="Every picture says in HTML how wide it is shown, and fits into the mail",
    source="Outlook for Windows knows no width in CSS for pictures (caniemail.com)",
    mend='write width="…" with the pixels shown, at most 600',
    limits={"widest": 640},
    mail_only=True,
)
def img_width(mail: Mail, *, widest: float) -> Iterator[Found]:
    """Outlook draws a picture without the attribute in its full size, and the page with it."""
    for image in mail.page.all("img"):
        given = image.get("width", "")
        pixels = _PIXELS.fullmatch(given.strip())
        if mail.page.is_hidden(image):
            continue
        if not pixels:
            yield mail.at_tag(image, f"a picture has no width in pixels (“{given}”)")
        elif int(pixels[1]) > widest:
            message = f"a picture is {pixels[1]} pixels wide; the mail is {widest:.0f}"
            yield mail.at_tag(image, message)


@rule(
    "img-format",
    Severity.ERROR,
    title="Pictures have a format that every mail program draws",
    source="caniemail.com: image-webp, image-svg, image-avif, image-base64",
    mend="save it as PNG or JPEG, and let it travel with the mail or stand on the web",
    mail_only=True,
)
def img_format(mail: Mail) -> Iterator[Found]:
    """WebP fails in Outlook for Windows, SVG in Gmail and Mail.ru, data: in all of these."""
    for image in mail.page.all("img"):
        src = image.get("src", "").strip()
        picture = mail.pictures.get(src)
        ending = re.search(r"\.(webp|svg|avif|heic|tiff?|bmp|pdf)(?:[?#]|$)", src, re.IGNORECASE)
        if not src:
            yield mail.at_tag(image, "a picture has no src", "name the picture, or remove the tag")
        elif src.startswith("data:"):
            yield mail.at_tag(image, "a picture stands in the HTML itself (data:)")
        elif picture and picture.content_type not in _SHOWN_EVERYWHERE:
            yield mail.at(image, f"the picture {picture.name} is {picture.content_type}")
        elif not picture and ending:
            yield mail.at(image, f"a picture is in the format {ending[1].upper()}")


@rule(
    "img-address",
    Severity.ERROR,
    title="Every picture stands where a reader's program can fetch it",
    source="RFC 2392 2; RFC 3986 4.2: a mail has no page that a relative address could start from",
    mend="let it travel with the mail, or write its whole address on the web, with https://",
    mail_only=True,
)
def img_address(mail: Mail) -> Iterator[Found]:
    """A path on somebody's own disk, or a cid: whose picture did not come along, is a hole.

    That is what a mail or a page saved from Outlook or Word is full of. Beside an HTML file from
    elsewhere its pictures may lie in folders, as a build writes them.
    """
    for element, address in picture_addresses(mail.page):
        if fault := _out_of_reach(address, mail):
            yield mail.at_tag(element, f"readers cannot load the picture “{address[:80]}”: {fault}")


@rule(
    "picture-credit",
    Severity.ERROR,
    title="Whoever made a picture is named beside it",
    source="Berne Convention, article 6bis",
    mend="add `credit:` beside `file:`, or `image_credit:` in each language",
)
def picture_credit(checked: Checked) -> Iterator[Found]:
    """It is the right of whoever took or drew it, and licences like CC BY are void without it."""
    for language, entry, text in _with_picture(checked):
        if not text.image_credit and not (entry.item.image and entry.item.image.credit):
            yield Found(
                entry.marks.at("image"),
                f"nobody is named as the maker of the picture ({language})",
            )


@rule(
    "picture-rights",
    Severity.ERROR,
    title="What allows the office to print a picture is noted beside it",
    source="Berne Convention, articles 9 and 14; GDPR, article 6, for persons who can be known",
    mend="add `rights:` beside `file:`: a licence (CC BY 4.0), “own work”, “consent is on file”",
)
def picture_rights(checked: Checked) -> Iterator[Found]:
    """A claim comes years later, when nobody remembers who allowed it. Readers see no note."""
    for entry in checked.entries():
        image = entry.item.image
        if image and not image.rights:
            yield Found(
                entry.marks.at("image"), f"nothing says why the office may print “{image.file}”"
            )


@rule(
    "picture-moving",
    Severity.NOTE,
    title="A picture that moves is meant to be shown by its first frame",
    source="WCAG 2.2 2.2.2: what moves must stop; Outlook for Windows shows the first frame alone",
    mend="nothing, if the first frame says enough; else save another one as PNG",
)
def picture_moving(checked: Checked) -> Iterator[Found]:
    """Readers cannot stop a moving picture in a mail, so it is sent as a still one."""
    for entry in checked.entries():
        image = entry.item.image
        if image and checked.composition.files[image.file].made.moving:
            yield Found(
                entry.marks.at("image", "file"), f"“{image.file}” moves; its first frame is sent"
            )


@rule(
    "picture-size",
    Severity.WARNING,
    title="A picture is small enough for a slow line",
    source="`picture_kb` in newsletter.yaml",
    mend="crop it, take a calmer one, or raise `picture_kb`",
)
def picture_size(checked: Checked) -> Iterator[Found]:
    """On a phone in the country a picture of half a megabyte takes longer than a reader waits.

    Photographs are compressed until they keep to `picture_kb`, but not until faces suffer. What is
    weighed is the copy that the mail shows, and then the largest, which stands on the website.
    """
    allowed = checked.composition.office.settings.picture_kb
    shown = {src for mail in checked.mails.values() for _, src in picture_addresses(mail.page)}
    for entry in checked.entries():
        if image := entry.item.image:
            copies = checked.composition.files[image.file]
            weighed = [
                _Copy(file.src in shown, len(made.picture.data) / 1024, made)
                for file, made in zip(copies.files, copies.made.files, strict=True)
            ]
            if found := _too_heavy(weighed, allowed):
                yield Found(entry.marks.at("image", "file"), *found)


@rule(
    "picture-blurred",
    Severity.WARNING,
    title="A picture has pixels enough for a sharp screen",
    source="screens of phones draw 2 or 3 dots for a pixel",
    mend="use a larger one, best 1200 pixels wide",
    limits={"narrowest": 560},
)
def picture_blurred(checked: Checked, *, narrowest: float) -> Iterator[Found]:
    """On a phone every picture is drawn as wide as the screen; with fewer pixels it is blurred."""
    for entry, item in checked.items(_first(checked)):
        if item.image and item.image.width < narrowest:
            yield Found(
                entry.marks.at("image", "file"),
                f"the picture is only {_pixels(item.image.width)} wide and will look blurred",
            )


def _pixels(number: int) -> str:
    return f"{number} pixel{'' if number == 1 else 's'}"


@rule(
    "pictures-together",
    Severity.WARNING,
    title="All pictures together leave the mail light enough",
    source="RFC 2045 6.8: base64 adds a third; many mail servers refuse a few megabytes",
    mend="save them smaller, or set `pictures: hosted` in newsletter.yaml",
    limits={"megabytes": 1.5},
    mail_only=True,
)
def pictures_together(checked: Checked, *, megabytes: float) -> Iterator[Found]:
    """A mail that a server finds too large comes back, and nobody reads it."""
    mails = checked.renderings.values()
    sizes = [sum(len(picture.data) for picture in mail.pictures) for mail in mails]
    total = max(sizes, default=0) / 1024**2
    if checked.composition.office.settings.pictures == "inline" and total > megabytes:
        yield Found(
            checked.issue_place("sections"),
            f"the pictures of the issue have {total:.1f} MB together",
        )


class _Copy(NamedTuple):
    """A copy of a picture: whether the mail shows it, and what it weighs."""

    in_mail: bool
    kilobytes: float
    made: FittedPicture


def _too_heavy(copies: list[_Copy], allowed: int) -> tuple[str, str] | None:
    """Return what to say of the heaviest copy that readers of the mail get, or else of all."""
    heaviest = max(copies, key=lambda each: (each.in_mail, each.kilobytes))
    if heaviest.kilobytes <= allowed:
        heaviest = max(copies, key=lambda each: each.kilobytes)
    if heaviest.kilobytes <= allowed:
        return None
    where = "in the mail" if heaviest.in_mail else "on the website; in the mail it has less"
    message = (
        f"the picture has {heaviest.kilobytes:.0f} KB, {heaviest.made.width} pixels wide, {where}; "
        f"`picture_kb` is {allowed}"
    )
    png = heaviest.made.picture.content_type == "image/png"
    other = "save it as JPEG" if png else "take a calmer one"
    return message, f"crop it, {other}, or raise `picture_kb`"


def picture_addresses(page: Page) -> Iterator[tuple[Element, str]]:
    """Yield the addresses of pictures that readers see, with their elements."""
    for element in page.elements:
        name = "src" if element.tag == "img" else "background"
        address = element.get(name, "").strip()
        if address and not page.is_hidden(element):
            yield element, address


def _out_of_reach(address: str, mail: Mail) -> str:
    """Return why no reader can load a picture; empty when they can."""
    names = (address, unquote(address))
    if any(each in mail.pictures or each in mail.at_hand for each in names):
        return ""
    if _TO_BE_FILLED_IN.search(address):
        return ""
    if _ON_A_DISK.match(address):
        return "it lies on somebody's own computer"
    scheme = address.partition(":")[0].lower() if ":" in address else ""
    if scheme == "cid":
        return "it does not come with the mail"
    if scheme in ("http", "https"):
        try:
            host = urlsplit(address).hostname
        except ValueError:
            host = None
        if not host:
            return "the address names no host"
        return f"{host} cannot be reached from outside" if is_inside(host) else ""
    return "" if scheme == "data" else "the address is not whole"


def _first(checked: Checked) -> str:
    return next(iter(checked.composition.editions))


def _with_picture(checked: Checked) -> Iterator[tuple[str, PoolItem, ItemText]]:
    for language in checked.composition.issue.languages:
        for entry in checked.entries():
            text = entry.item.texts.get(language)  # none: another language stands in
            if entry.item.image and text:
                yield language, entry, text
