"""Where the words of a mail come from: a line of a YAML file, or a tag of a template.

A fault in a page is mended where the words came from. They are looked for in the item that the
element belongs to (its headline says which), then in all that editors wrote. What nobody wrote is
the template's, and the trace of the rendering knows which tag of it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from xml.etree.ElementTree import Element

from newsletter.checks.page import Page, one_line
from newsletter.model.place import Marks, Place
from newsletter.model.rendering import SLOT
from newsletter.render.trace import Trace

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_SAME = str.maketrans(
    {
        **dict.fromkeys("“”„«»‟", '"'),
        **dict.fromkeys("‘’‚‛", "'"),
        **dict.fromkeys("–—", "-"),
        **dict.fromkeys("\u00ad\u200c", ""),
        "…": "...",
    }
)
_LINK = re.compile(r"\[([^\[\]]*)\]\([^()\s]*\)")
_EMPHASIS = re.compile(r"(?<!\w)[*_]{1,3}|[*_]{1,3}(?!\w)|^[>#-]+ |\\(?=[^\w\s])", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Words:
    """A text that an editor wrote: where it stands, what it says, and of which item."""

    marks: Marks
    path: tuple[str | int, ...]
    text: str
    item: str = ""

    @property
    def place(self) -> Place:
        """Where its key stands."""
        return self.marks.at(*self.path)

    @property
    def key(self) -> str:
        """The key it is the value of."""
        keys = [part for part in self.path if isinstance(part, str)]
        return keys[-1] if keys else ""

    def at(self, fragment: str) -> Place:
        """Return where `fragment` of the text begins; the key if that is in its line."""
        found, place = self.marks.find(fragment, *self.path), self.place
        return place if found.line == place.line else found


def words_in(value: object, marks: Marks, *path: str | int, item: str = "") -> Iterator[Words]:
    """Yield the texts inside `value`, which stands at `path`."""
    if isinstance(value, str):
        yield Words(marks, path, value, item)
    elif isinstance(value, Mapping):
        for key, each in value.items():
            if key != "verbatim":  # names of fields, no words
                yield from words_in(each, marks, *path, key, item=item)
    elif isinstance(value, list | tuple):
        for position, each in enumerate(value):
            yield from words_in(each, marks, *path, position, item=item)


def plain(text: str) -> str:
    """Return `text` without what the typographer and Markdown make of it, to compare by."""
    return undressed(_EMPHASIS.sub("", _LINK.sub(r"\1", text)))


def undressed(text: str) -> str:
    """Return `text` without what the typographer makes of it; it is no Markdown."""
    return one_line(text.translate(_SAME)).casefold()


@dataclass(frozen=True)
class Written:
    """Everything that editors wrote for one mail; what counts first comes first."""

    words: Sequence[Words]

    @cached_property
    def _plain(self) -> list[tuple[str, Words]]:
        return [(plain(each.text), each) for each in self.words]

    @cached_property
    def titles(self) -> Mapping[str, str]:
        """The items by their titles, as `plain` gives them."""
        return {said: each.item for said, each in self._plain if each.item and each.key == "title"}

    def exactly(self, text: str, item: str = "") -> Place | None:
        """Return where `text` stands by itself, best in `item`."""
        wanted = plain(text)
        return _best([each for said, each in self._plain if wanted and said == wanted], item, text)

    def holding(self, text: str, item: str = "") -> Place | None:
        """Return where `text` stands inside another, best in `item`."""
        wanted = plain(text)
        return _best([each for said, each in self._plain if wanted and wanted in said], item, text)

    def leading_to(self, href: str, label: str = "", item: str = "") -> Place | None:
        """Return where somebody wrote a link to `href`, best one with the words `label`."""
        forms = (f"]({href})", f"]({href} ", f"<{href}>")
        found = [
            each
            for each in self.words
            if each.text == href or any(form in each.text for form in forms)
        ]
        labelled = [each for each in found if f"[{label}](" in each.text]
        return _best(labelled or found, item, href)


def _best(found: Sequence[Words], item: str, fragment: str) -> Place | None:
    """Return the place of the first of `item`, else of the first at all."""
    own = [each for each in found if item and each.item == item]
    return (own or found)[0].at(fragment) if found else None


@dataclass(frozen=True)
class Traced:
    """The trace of a rendering held against the page that it became."""

    trace: Trace

    def element(self, page: Page, element: Element) -> Place:
        """Return the place of the template's tag.

        Both have the same start tags; where they do not, because somebody changed the page, what
        comes before and after the change still agrees.
        """
        tags, ours = self.trace.tags, [each.tag for each in page.elements]
        number = page.numbers.get(element, 0)
        if number < _agreeing(tags, ours):
            return tags[number][1]
        back = len(ours) - 1 - number
        if back < _agreeing(tags[::-1], ours[::-1]):
            return tags[len(tags) - 1 - back][1]
        return self.trace.whole


def _agreeing(tags: Sequence[tuple[str, Place]], ours: Sequence[str]) -> int:
    """Return how many of the first tags are the same."""
    pairs = enumerate(zip(tags, ours, strict=False))
    shorter = min(len(tags), len(ours))
    return next((number for number, ((one, _), other) in pairs if one != other), shorter)


@dataclass(frozen=True)
class Composed:
    """The origin of a mail of ours: what editors wrote, and the templates."""

    written: Written
    template: Place
    traced: Traced | None
    text_template: Place
    subject_place: Place
    preheader_place: Place
    pictures: Mapping[str, Place]
    """Where each picture is named, by its `src`."""
    bases: Sequence[tuple[str, Place]] = ()
    """Beginnings of addresses that the program makes itself, and where they are set."""

    def element(self, page: Page, element: Element) -> Place:
        """Return where the picture, the address or the words of `element` are written."""
        place = self._picture(element) or self._address(page, element)
        return place or self.words(page, element)

    def page(self) -> Place:
        """Return where the template of the page begins."""
        return self.traced.trace.begin if self.traced else self.template

    def text(self, fragment: str) -> Place:
        """Return where `fragment` is written, or else the template of the text."""
        found = self.written.holding(fragment) if fragment else None
        return found or self.text_template

    def typed(self, fragment: str) -> Place | None:
        """Return where `fragment` is written, letter by letter."""
        return next(
            (each.at(fragment) for each in self.written.words if fragment in each.text), None
        )

    def subject(self) -> Place:
        """Return the line of the subject."""
        return self.subject_place

    def preheader(self) -> Place:
        """Return the line of the preheader."""
        return self.preheader_place

    def _picture(self, element: Element) -> Place | None:
        return self.pictures.get(element.get("src", "")) if element.tag == "img" else None

    def words(self, page: Page, element: Element) -> Place:
        """Return where the words of `element` are written, or else the tag."""
        item = item_at(page, element, self.written.titles)
        text = page.label(element)
        found = self.written.exactly(text, item) or self.written.holding(text, item)
        return found or self.tag(page, element)

    def _address(self, page: Page, element: Element) -> Place | None:
        """Return where the address of a link is written."""
        href = element.get("href", "") if element.tag == "a" else ""
        if not href or SLOT.fullmatch(href):
            return None
        item = item_at(page, element, self.written.titles)
        if found := self.written.leading_to(href, page.label(element), item):
            return found
        return next((place for base, place in self.bases if href.startswith(base)), None)

    def tag(self, page: Page, element: Element) -> Place:
        """Return the tag of the template."""
        if self.traced and element.tag == "style":
            found = self.traced.trace.style("".join(element.itertext()))
            return found or self.template
        return self.traced.element(page, element) if self.traced else self.template


def item_at(page: Page, element: Element, titles: Mapping[str, str]) -> str:
    """Return the item that `element` belongs to; empty for none.

    It is the one whose headline stands in the smallest box around `element` that has any; among
    several headlines, the last before it.
    """
    number = page.numbers.get(element, 0)
    for box in (element, *page.above(element)):
        found = [
            (page.numbers[each], titles[said])
            for each in box.iter()
            if each.tag in _HEADINGS and (said := plain(page.text(each))) in titles
        ]
        if found:
            before = [item for position, item in found if position <= number]
            return before[-1] if before else found[0][1] if len(found) == 1 else ""
    return ""
