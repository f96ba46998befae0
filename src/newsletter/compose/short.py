"""Tell the stories of an Edition in short: for a mail in several languages, which has little room.

Of a story its headline, day and lead are kept, and the way to the whole of it in the archive; where
there is no lead, its first paragraph is. What an editor wrote without a text of its own (a date, a
book, a vacancy) is short already and keeps its links. The issue keeps its first picture.
"""

from dataclasses import replace

from newsletter.model.edition import (
    Edition,
    EditionImage,
    EditionItem,
    EditionSection,
    Html,
    RichText,
)

_END = "</p>"


def shortened(edition: Edition) -> Edition:
    """Return `edition` with its stories in short."""
    pictured = [item.image for each in edition.sections for item in each.items if item.image]
    kept = pictured[0] if pictured else None
    return replace(
        edition,
        short=True,
        sections=tuple(_section(section, edition, kept) for section in edition.sections),
    )


def _section(
    section: EditionSection, edition: Edition, kept: EditionImage | None
) -> EditionSection:
    short = {item.id: _item(item, edition, kept) for item in section.items}
    return replace(
        section,
        items=tuple(short[item.id] for item in section.items),
        groups=tuple(
            replace(group, items=tuple(short[item.id] for item in group.items))
            for group in section.groups
        ),
    )


def _item(item: EditionItem, edition: Edition, kept: EditionImage | None) -> EditionItem:
    """Return `item` in short; all that is left out of it stands where `more_url` leads."""
    image = item.image if item.image is kept else None
    beginning = None if item.lead or item.quote else _beginning(item.text)
    if item.text == beginning:
        return replace(item, image=image)
    return replace(
        item,
        text=beginning,
        image=image,
        links=(),
        footnote=None,
        more_url=f"{_page(item, edition)}#{item.id}",
    )


def _beginning(text: RichText | None) -> RichText | None:
    """Return the first paragraph of `text`; nothing when it begins with a list or a heading."""
    if not text or not text.html.startswith("<p>"):
        return None
    html, _, _ = text.html.partition(_END)
    plain, _, _ = text.plain.partition("\n\n")
    return RichText(html=Html(html + _END), plain=plain)


def _page(item: EditionItem, edition: Edition) -> str:
    """Return the address of the Edition in whose language the headline of `item` is.

    A headline that stands in from another language is the same in both, so it leads to one place.
    """
    if "title" in item.fallback_fields:
        for other in edition.others:
            if other.language == item.fallback_language:
                return other.url
    return edition.view_url
