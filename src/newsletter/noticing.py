"""Puts together what it takes to send Notices: words and theme, keys, relays, signatures."""

import datetime
import random
import zoneinfo
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path

from newsletter.compose.pool import Source
from newsletter.compose.workspace import Folder
from newsletter.config import Config
from newsletter.mailing.ports import Transport
from newsletter.message.dkim import Signer
from newsletter.message.notice import NoticeHead, notice_bytes
from newsletter.model.message import Parcel
from newsletter.model.notices import CONFIRM_WITHIN, Notice, NoticeKind
from newsletter.model.rendering import Rendering
from newsletter.model.settings import ListSettings, Settings
from newsletter.people.postman import Postman
from newsletter.render.notices import (
    KINDS,
    NoticeTheme,
    has_notices,
    notice_language,
    read_notices,
    render_notice,
)
from newsletter.render.theme import Theme, read_theme
from newsletter.signing import signer
from newsletter.starter import SAMPLE_THEME, sample_data
from newsletter.store.people import PeopleStore
from newsletter.tokens import KeyRing, Purpose, to_url
from newsletter.wiring import pages_theme, routes

_DAYS = CONFIRM_WITHIN.days


def notice_theme(folder: Folder, settings: Settings) -> NoticeTheme:
    """Return the theme of the pages with its notices; what it has not, the program's own gives.

    Raises InputRefused when its files have faults.
    """
    theme = pages_theme(folder, settings)
    root = Path(str(sample_data()))
    own = read_theme(root, SAMPLE_THEME, (), folder.cache)
    if theme and has_notices(theme):
        return read_notices(theme, own.folder, folder.cache)
    colours = {**own.file.value.colours, **(theme.file.value.colours if theme else {})}
    plain = own.file.value.model_copy(update={"colours": colours, "strings": {}})
    whole = Theme(own.folder, own.shown, Source(plain, own.file.marks))
    return read_notices(whole, own.folder, folder.cache)


class NoticeWriter:
    """Writes the mail of a Notice; what is the same for many readers is rendered once."""

    def __init__(
        self,
        notices: NoticeTheme,
        settings: Settings,
        lists: Mapping[str, ListSettings],
        keys: KeyRing,
        signs: Signer | None,
    ) -> None:
        self._notices, self._settings, self._lists = notices, settings, lists
        self._keys, self._signer = keys, signs
        self._rendered = lru_cache(maxsize=256)(self._render)

    def try_all(self) -> None:
        """Render every kind in every language; raises InputRefused when one has a fault."""
        for kind in KINDS:
            for language in self._settings.languages:
                self._rendered(kind, self._language(kind, language), ())

    def __call__(self, notice: Notice, utf8: bool) -> Parcel:
        """Return the mail of a Notice, which has an address."""
        address = notice.address
        if address is None:
            raise ValueError("a Notice without an address cannot be written")
        language = self._language(notice.kind, notice.language)
        rendering = self._rendered(notice.kind, language, notice.lists)
        sender = self._settings.sender
        zone = zoneinfo.ZoneInfo(self._settings.time_zone)
        domain = sender.address.rpartition("@")[2]
        seal = self._keys.digest(f"message-id notice {notice.id}")[:12]
        head = NoticeHead(
            from_name=sender.texts[language].name,
            from_address=sender.address,
            reply_to=sender.reply_to or "",
            to=address,
            language=language,
            date=notice.created_at.astimezone(zone).replace(microsecond=0),
            message_id=f"notice.{notice.id}.{seal}@{domain}",
        )
        slots = {"action_url": self._action(notice)}
        message = notice_bytes(rendering, head, slots, self._signer, utf8=utf8)
        return Parcel(
            sender=sender.return_path,
            recipient=address.wire,
            message=message,
            utf8=utf8,
        )

    def _language(self, kind: str, wish: str) -> str:
        settings = self._settings
        policy = settings.translations.texts.get(wish)
        wishes = [wish, policy.fall_back or "" if policy else "", settings.default_language]
        ours = [each for each in wishes if each in settings.languages]
        found = notice_language(self._notices.words[kind], *ours)
        return found if found in settings.languages else settings.default_language

    def _render(self, kind: str, language: str, lists: tuple[str, ...]) -> Rendering:
        names = [self._list_name(name, language) for name in lists if name in self._lists]
        marks = ("«", "»") if language in ("ru", "kk") else ("“", "”")
        values = {
            "lists": ", ".join(f"{marks[0]}{name}{marks[1]}" for name in names),
            "days": str(_DAYS),
        }
        return render_notice(self._notices, kind, language, self._settings, values)

    def _list_name(self, name: str, language: str) -> str:
        texts = self._lists[name].texts
        return (texts.get(language) or next(iter(texts.values()))).name

    def _action(self, notice: Notice) -> str:
        """Return where the button leads; only links made of `public_url` go out (B21)."""
        base = self._settings.public_url.rstrip("/")
        expires = int((notice.created_at + CONFIRM_WITHIN).timestamp()) // 3600
        if notice.kind is NoticeKind.CONFIRM:
            token = self._keys.sign(Purpose.CONFIRM, notice.id, expires)
            return f"{base}/confirm/{to_url(token)}"
        if notice.kind is NoticeKind.CHANGE:
            token = self._keys.sign(Purpose.CHANGE, notice.id, expires)
            return f"{base}/change/{to_url(token)}"
        token = self._keys.sign(Purpose.PREFERENCES, notice.subscriber_id or 0)
        return f"{base}/preferences/{to_url(token)}"


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def notice_writer(folder: Folder, config: Config, keys: KeyRing) -> NoticeWriter:
    """Return what writes Notices, its templates tried; raises InputRefused, NewsletterError."""
    settings = folder.settings().value
    writer = NoticeWriter(
        notice_theme(folder, settings),
        settings,
        folder.lists().value.lists,
        keys,
        signer(config, settings),
    )
    writer.try_all()
    return writer


def postman(
    folder: Folder,
    config: Config,
    store: PeopleStore,
    writer: NoticeWriter,
    now: Callable[[], datetime.datetime] = _now,
) -> Postman:
    """Return what sends the Notices of an office; raises WrongUsage when no relay is named."""
    settings = folder.settings().value
    transports: list[Transport] = [each.transport for each in routes(config, settings)]
    return Postman(
        store=store,
        lists=folder.lists().value.lists,
        transports=transports,
        compose=writer,
        now=now,
        chance=random.Random(),  # noqa: S311 (spreads attempts, guards nothing)
    )
