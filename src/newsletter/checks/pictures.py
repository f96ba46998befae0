"""Rules about pictures: what they say to those who do not see them, who made them, what they weigh.

Units are those of mail programs: 1 KB is 1024 octets.
"""

import re
from collections.abc import Iterator

from newsletter.checks.checked import Checked, error, warning
from newsletter.compose.pool import PoolItem
from newsletter.model.content import ItemText
from newsletter.model.finding import Finding

ALT_LENGTH = 125
PICTURE_SIZE = 200 * 1024
ALL_PICTURES_SIZE = 1536 * 1024
SMALLEST_WIDTH = 560
_FILE_NAME = re.compile(
    r"[\w.-]+\.(png|jpe?g|gif|webp|svg)|(img|dsc|image|photo)[ _-]?\d+", re.IGNORECASE
)


def alt_text(checked: Checked) -> Iterator[Finding]:
    """Each picture says in words what it shows: for blind readers, and where pictures are off.

    WCAG 2.2 1.1.1. Screen readers read about 125 characters in one breath.
    """
    for language, entry, text in _with_picture(checked):
        place = entry.marks.at(language, "image_alt")
        alt = (text.image_alt or "").strip()
        if not alt:
            yield error(
                "alt-text",
                place,
                f"the picture has no `image_alt` in the block `{language}:`",
                "say in one sentence what it shows",
            )
        elif _FILE_NAME.fullmatch(alt):
            message = f"“{alt}” is the name of a file, not what the picture shows"
            yield error("alt-text", place, message, "say in one sentence what it shows")
        elif len(alt) > ALT_LENGTH:
            message = f"`image_alt` has {len(alt)} characters; {ALT_LENGTH} can be listened to"
            yield warning("alt-text", place, message, "shorten it; the story itself can say more")


def picture_credit(checked: Checked) -> Iterator[Finding]:
    """Whoever made a picture is named beside it: the right of attribution (Berne 6bis)."""
    for language, entry, text in _with_picture(checked):
        if not text.image_credit and not (entry.item.image and entry.item.image.credit):
            yield warning(
                "picture-credit",
                entry.marks.at("image"),
                f"nobody is named as the maker of the picture ({language})",
                "add `credit:` beside `file:`, or `image_credit:` in each language",
            )


def picture_size(checked: Checked) -> Iterator[Finding]:
    """Pictures are small enough for a slow line and large enough for a sharp screen.

    Mail servers of offices often refuse above a few megabytes, and base64 adds a third
    (RFC 2045 6.8). On a phone every picture is drawn as wide as the screen, at 2 or 3 dots a pixel.
    """
    composition = checked.composition
    language = composition.issue.languages[0]
    for entry, item in checked.items(language):
        if not item.image:
            continue
        place = entry.marks.at("image", "file")
        size = len(composition.pictures[item.image.src].data)
        if size > PICTURE_SIZE:
            message = f"the picture has {size // 1024} KB; {PICTURE_SIZE // 1024} KB are plenty"
            yield warning("picture-size", place, message, "save it as JPEG, or with fewer colours")
        if item.image.width < SMALLEST_WIDTH:
            yield warning(
                "picture-size",
                place,
                f"the picture is only {item.image.width} pixels wide and will look blurred",
                f"use one of at least {SMALLEST_WIDTH} pixels, better 1200",
            )
    total = sum(len(picture.data) for picture in composition.pictures.values())
    if composition.office.settings.pictures == "inline" and total > ALL_PICTURES_SIZE:
        yield warning(
            "picture-size",
            checked.issue_place("sections"),
            f"the pictures of the issue have {total / 1024**2:.1f} MB together",
            "save them smaller, or set `pictures: hosted` in newsletter.yaml",
        )


def _with_picture(checked: Checked) -> Iterator[tuple[str, PoolItem, ItemText]]:
    for language in checked.composition.editions:
        for entry, _ in checked.items(language):
            if entry.item.image:
                yield language, entry, entry.item.texts[language]
