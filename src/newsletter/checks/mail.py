"""A Mail: one language's mail taken apart, as rules look at it.

It may be one of ours, made from YAML and templates, or any HTML file. Rules never ask which: they
ask for the place of an element, and get where it is mended.
"""

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol
from xml.etree.ElementTree import Element

from newsletter.checks.page import Page, read_page
from newsletter.model.finding import Spot
from newsletter.model.place import Place
from newsletter.model.rendering import Picture


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule found: where it is mended, what is wrong, where it is seen.

    The rule's own remedy is used when `remedy` is empty.
    """

    place: Place
    message: str
    remedy: str = ""
    spot: Spot | None = None


class Origin(Protocol):
    """Knows what a mail was made from."""

    def element(self, page: Page, element: Element) -> Place:
        """Return where the picture, the address or else the words of `element` are written."""

    def words(self, page: Page, element: Element) -> Place:
        """Return where the words of `element` are written."""

    def tag(self, page: Page, element: Element) -> Place:
        """Return the tag of the template that `element` comes from."""

    def page(self) -> Place:
        """Return where the page as a whole is mended."""

    def text(self, fragment: str) -> Place:
        """Return where `fragment` of the text part, or if empty the whole, is mended."""

    def typed(self, fragment: str) -> Place | None:
        """Return where an editor wrote `fragment`, if one did."""

    def subject(self) -> Place:
        """Return where the subject is written."""

    def preheader(self) -> Place:
        """Return where the line that inboxes show after the subject is written."""


@dataclass(frozen=True, kw_only=True)
class Mail:
    """One language's mail.

    `languages` are those it is written in: one, or several in a stacked edition. A foreign file may
    have no text, subject or preheader: these are None then, and rules about them stay silent.
    """

    language: str
    languages: tuple[str, ...]
    html: str
    origin: Origin
    text: str | None = None
    subject: str | None = None
    preheader: str | None = None
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    at_hand: frozenset[str] = frozenset()
    """Addresses of what else comes with a mail from elsewhere: its parts, files beside it."""
    ours: bool = True
    """Whether it comes from our templates, and `[[name]]` is filled in for each reader."""

    @property
    def called(self) -> str:
        """What it is called in messages."""
        return f"the {self.language} edition" if self.ours else "this mail"

    @property
    def page(self) -> Page:
        """The HTML as a tree."""
        return read_page(self.html)

    def place(self, element: Element) -> Place:
        """Return where the words of `element` are written: in a YAML file, or a template."""
        return self.origin.element(self.page, element)

    def spot(self, element: Element) -> Spot | None:
        """Return where `element` is seen."""
        number = self.page.numbers.get(element)
        return None if number is None else Spot(self.language, number)

    def at(self, element: Element, message: str, remedy: str = "") -> Found:
        """Return what was found in the picture, the address or else the words of `element`."""
        return Found(self.place(element), message, remedy, self.spot(element))

    def at_words(self, element: Element, message: str, remedy: str = "") -> Found:
        """Return what was found in the words of `element`, though it be a link."""
        place = self.origin.words(self.page, element)
        return Found(place, message, remedy, self.spot(element))

    def at_tag(self, element: Element, message: str, remedy: str = "") -> Found:
        """Return what was found at the tag of `element`, which stands in a template."""
        place = self.origin.tag(self.page, element)
        return Found(place, message, remedy, self.spot(element))

    def whole(self, message: str, remedy: str = "") -> Found:
        """Return what was found about the page as a whole."""
        return Found(self.origin.page(), message, remedy)

    def in_text(self, message: str, remedy: str = "", fragment: str = "") -> Found:
        """Return what was found in the text part, at `fragment` of it if there is one."""
        return Found(self.origin.text(fragment), message, remedy)

    def tag_before(self, position: int) -> Place:
        """Return the tag of the template that begins last before `position` of the HTML."""
        line = bisect_right(self._line_starts, position)
        element = self.page.begun(line, position - self._line_starts[line - 1] + 1)
        return self.origin.page() if element is None else self.origin.tag(self.page, element)

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(found.end() for found in re.finditer("\n", self.html))]

    def typed(self, fragment: str) -> Place | None:
        """Return where an editor wrote `fragment`, if one did."""
        return self.origin.typed(fragment)
