"""What the public pages know of the office, and how they are drawn.

Links begin with the path of `public_url` in newsletter.yaml and with nothing that a request says: a
forged Host or X-Forwarded header changes no page (B21).
"""

import datetime
import gettext
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from newsletter.languages import direction, own_name
from newsletter.model.settings import ListSettings, PublisherText, Settings
from newsletter.render.templates import fill_page
from newsletter.returns.postbox import Postbox
from newsletter.store.journal import Journal
from newsletter.store.people import PeopleStore
from newsletter.tokens import KeyRing
from newsletter.web.catalogues import catalogue, choose, known_languages

PAGES = Path(__file__).parent / "pages"

COLOURS: Mapping[str, str] = {
    "page": "#eaeff5",
    "paper": "#ffffff",
    "panel": "#f1f5fa",
    "band": "#123c69",
    "band_text": "#ffffff",
    "band_muted": "#d3e2f1",
    "gold": "#d9a32b",
    "ink": "#1f2a37",
    "muted": "#505d6a",
    "title": "#123c69",
    "label": "#8a4a12",
    "link": "#0b5cad",
    "rule": "#cfd9e4",
    "dark_page": "#0d131a",
    "dark_paper": "#17202a",
    "dark_panel": "#202c39",
    "dark_band": "#0f2f54",
    "dark_ink": "#e4e9ee",
    "dark_muted": "#a8b5c2",
    "dark_title": "#cfe2f7",
    "dark_label": "#eab676",
    "dark_link": "#8cc4ff",
    "dark_rule": "#3a4a5b",
}
"""Colours of pages whose theme does not name its own."""


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


@dataclass(frozen=True, kw_only=True)
class Reception:
    """Everything the pages are made of; `open_store` returns none while there is no database."""

    settings: Settings
    lists: Mapping[str, ListSettings]
    colours: Mapping[str, str]
    keys: KeyRing
    journal: Journal
    open_store: Callable[[], PeopleStore | None]
    archive: Path | None = None
    postbox: Postbox = field(default_factory=Postbox)
    now: Callable[[], datetime.datetime] = _now

    @cached_property
    def base(self) -> str:
        """The path below which everything stands; empty, or /folder."""
        return urlsplit(self.settings.public_url).path.rstrip("/")

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The languages of the pages: those of the office that have words, its own one first."""
        default = self.settings.default_language
        ours = (default, *(each for each in self.settings.languages if each != default))
        known = known_languages()
        return tuple(each for each in ours if each in known) or known[:1]

    def language(self, *wishes: str) -> str:
        """Return the language for somebody with `wishes`, the strongest first."""
        policy = self.settings.translations.texts
        wanted: list[str] = []
        for wish in wishes:
            stands_in = policy[wish].fall_back if wish in policy else None
            wanted += [wish, stands_in or ""]
        return choose(self.languages, *wanted)

    def list_name(self, name: str, language: str) -> str:
        """Return how readers know a List; empty when it is not known any more."""
        subscribed = self.lists.get(name)
        if not subscribed:
            return ""
        words = subscribed.texts.get(language) or next(iter(subscribed.texts.values()))
        return words.name

    def list_detail(self, name: str, language: str) -> str:
        """Return what a List is for; empty when that is not said."""
        subscribed = self.lists.get(name)
        if not subscribed:
            return ""
        words = subscribed.texts.get(language) or next(iter(subscribed.texts.values()))
        return words.description or ""

    @cached_property
    def open_lists(self) -> tuple[str, ...]:
        """The Lists to which readers may subscribe by themselves."""
        return tuple(name for name, each in self.lists.items() if each.is_open)

    def offered(self, language: str) -> list[tuple[str, str, str]]:
        """Return the open Lists, each with its name for readers and what it is for."""
        return [
            (name, self.list_name(name, language), self.list_detail(name, language))
            for name in self.open_lists
        ]

    @cached_property
    def tongues(self) -> list[tuple[str, str]]:
        """The languages of the newsletter, with their own names."""
        return [(each, own_name(each)) for each in self.settings.languages]

    def words(self, language: str) -> gettext.NullTranslations:
        """Return the words of the pages in a language."""
        return catalogue(language)

    def office(self, language: str) -> PublisherText:
        """Return how the office calls itself in a language, or else in its own one."""
        texts = self.settings.publisher.texts
        return texts.get(language) or texts[self.settings.default_language]

    def page(self, template: str, language: str, **context: object) -> str:
        """Return a page."""
        words = catalogue(language)
        publisher = self.settings.publisher
        known = {
            "_": words.gettext,
            "ngettext": words.ngettext,
            "language": language,
            "direction": direction(language),
            "languages": [(each, own_name(each)) for each in self.languages],
            "base": self.base,
            "office": self.office(language),
            "publisher": publisher,
            "colours": self.colours,
            "query": "",
        }
        return fill_page(PAGES, f"{template}.html.j2", {**known, **context})

    @cached_property
    def style(self) -> str:
        """The styles of all pages."""
        return fill_page(PAGES, "style.css.j2", {"colours": {**COLOURS, **self.colours}})
