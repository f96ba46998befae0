"""An invented Edition, and the theme of the small office with changes."""

import datetime
from pathlib import Path
from typing import Any

from newsletter.compose.pool import FileCache
from newsletter.model.edition import (
    Edition,
    EditionGroup,
    EditionItem,
    EditionPublisher,
    EditionSection,
    OtherEdition,
)
from newsletter.render.theme import Theme, read_theme
from tests.workspace import SMALL_OFFICE, write


def theme_of(root: Path, **files: str) -> Theme:
    """Write the theme of the small office and return it.

    `files` replace or add to its files, by their names with __ for / and _ for a full stop.
    """
    for name, content in SMALL_OFFICE.items():
        if name.startswith("templates/"):
            write(root, name, content)
    for name, content in files.items():
        write(root, f"templates/plain/{name.replace('__', '/').replace('_', '.')}", content)
    return read_theme(root, "plain", ("en", "ru"), FileCache())


def item(**changes: Any) -> EditionItem:
    facts: dict[str, Any] = {
        "id": "2015-03-17-school",
        "kind": "news",
        "date": datetime.date(2015, 3, 17),
        "date_text": "17 March 2015",
        "countries": (),
        "topics": (),
        "title": "A school for the young",
    }
    return EditionItem(**(facts | changes))


def edition(*items: EditionItem, **changes: Any) -> Edition:
    section = EditionSection(
        layout="brief",
        heading="In brief",
        items=items,
        groups=(EditionGroup(label="", items=items),),
    )
    facts: dict[str, Any] = {
        "issue": "2015-1",
        "language": "en",
        "direction": "ltr",
        "number": 1,
        "serial": 60,
        "date": datetime.date(2015, 3, 31),
        "month_text": "March 2015",
        "number_text": "No. 1 (60), March 2015",
        "subject": "News of the spring",
        "preheader": "A school for the young, and what they said about their work",
        "editorial": None,
        "sections": (section,),
        "publisher": EditionPublisher(
            name="Office of Examples",
            short_name="Office",
            address=("1 Example Street", "Moscow"),
            about="",
            reason="You asked for it.",
            phone="",
            fax="",
            email="office@example.org",
            website="",
            copyright="",
        ),
        "others": (OtherEdition(language="ru", name="Русский", url="https://example.org/ru/"),),
        "view_url": "https://example.org/en/",
    }
    return Edition(**(facts | changes))
