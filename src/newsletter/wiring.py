"""The one place that puts concrete parts together: files, renderer, checks, store, relay."""

import contextlib
import datetime
import functools
import math
import sys
import tempfile
import threading
import time
import zoneinfo
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from newsletter.compose.workspace import Folder
from newsletter.config import Config
from newsletter.errors import InputRefused, NewsletterError, WrongUsage
from newsletter.languages import SEVERAL
from newsletter.mailing.deliver import DeliverySettings
from newsletter.mailing.lane import Route
from newsletter.mailing.limits import Gentleness, Hours, WarmUp, rules_of
from newsletter.mailing.prepare import drafts_of, letters_of
from newsletter.message.head import mail_head
from newsletter.model.gentleness import (
    Limits,
    Rates,
    RelayLimits,
    WarmUpText,
    Weekday,
    read_hours,
)
from newsletter.model.ledger import Draft
from newsletter.model.segment import Segment
from newsletter.model.settings import ListSettings, Settings
from newsletter.people.datamap import Places
from newsletter.people.leaving import settle
from newsletter.people.vocabulary import Vocabulary, make_vocabulary
from newsletter.render.theme import Theme, read_theme
from newsletter.servers import Tls
from newsletter.smtp.relay import Relay, parse_relay
from newsletter.smtp.transport import SmtpTransport
from newsletter.store.engine import PATIENCE, Database, database_file, open_database
from newsletter.store.journal import Journal
from newsletter.store.ledger import Ledger
from newsletter.store.people import PeopleStore
from newsletter.store.seal import insist_on_keys
from newsletter.tokens import KeyRing, load_key_ring, make_key_file

if TYPE_CHECKING:
    from newsletter.checks.proof import Proof  # reading it takes half a second

_CONNECTIONS, _MESSAGES_PER_CONNECTION, _IN_FLIGHT_AT_MOST = 4, 100, 4
_SERVED_PATIENCE = 2.0  # seconds: mail programs that unsubscribe somebody do not wait for long
_opening = threading.Lock()


def drafts(
    ready: "Proof", lists: tuple[str, ...], now: datetime.datetime, segment: Segment | None = None
) -> list[Draft]:
    """Return the Mailings that a send of `ready` to `lists` would freeze, dated `now`."""
    composition = ready.composition
    office = composition.office
    zone = zoneinfo.ZoneInfo(office.settings.time_zone)
    heads = {
        (name, language): mail_head(
            office.settings,
            name,
            office.lists.lists[name],
            slug=composition.slug,
            languages=composition.languages_of(language),
            date=now.astimezone(zone).replace(microsecond=0),
            view_url=composition.view_url(language),
        )
        for name in lists
        for language in _languages_of(office.lists.lists[name], ready.renderings)
    }
    default = office.settings.default_language
    if default not in ready.renderings:
        default = next(iter(ready.renderings))
    found = drafts_of(composition.slug, lists, ready.renderings, heads, default, segment)
    return [
        replace(
            draft,
            only_for=composition.only_for,
            variants={
                name: letters_of(draft.list, renderings, heads)
                for name, renderings in ready.variants.items()
            },
        )
        for draft in found
    ]


def _languages_of(subscribed: ListSettings, renderings: Iterable[str]) -> list[str]:
    """Return which of `renderings` a List goes out in; a stacked one has all languages in it."""
    wanted = subscribed.languages
    return [each for each in renderings if not wanted or each in (*wanted, SEVERAL)]


def people_store(config: Config) -> PeopleStore:
    """Return the people of the office, making database and keys on first use."""
    return PeopleStore(*_memory(config))


def known_people(config: Config) -> PeopleStore | None:
    """Return the people of the office if there are any yet; makes nothing."""
    return people_store(config) if database_file(config.database_url).exists() else None


def known_ledger(config: Config) -> Ledger | None:
    """Return the ledger of sends if there is one yet; makes nothing."""
    return ledger(config) if database_file(config.database_url).exists() else None


def ledger(config: Config) -> Ledger:
    """Return the ledger of sends, making database and keys on first use."""
    return Ledger(_memory(config)[0])


@contextlib.contextmanager
def ledger_copy(config: Config) -> Iterator[Ledger]:
    """Yield a copy of the ledger, in a folder beside it that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="rehearsal-", dir=config.state) as folder:
        file = Path(folder) / "state.db"
        _memory(config)[0].copy_to(file)
        with open_database(f"sqlite:///{file}") as database:
            yield Ledger(database)


def near_relay(port: int) -> SmtpTransport:
    """Return the way to a server of this computer that needs neither TLS nor a password."""
    return SmtpTransport(Relay("127.0.0.1", port, Tls.NONE))


def keys(config: Config) -> KeyRing:
    """Return the keys that sign links, making database and keys on first use."""
    return _memory(config)[1]


def keys_without_database(config: Config) -> KeyRing:
    """Return the keys that sign links, though the database cannot be opened at the moment."""
    if not database_file(config.database_url).exists():
        make_key_file(config.key_file)
    return load_key_ring(config.key_file)


def journal(config: Config) -> Journal:
    """Return the journal of those who left while the database could not be written."""
    return Journal(config.state)


class ServedPeople:
    """The people of the office for those who must answer soon, whatever the database does.

    Calling it returns none while the database cannot be opened, and asks it again after a while. A
    file that was removed, or replaced, while it was open is let go: what is written to it is lost.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._trying = threading.Lock()
        self._store: PeopleStore | None = None
        self._again = -math.inf

    def __call__(self) -> PeopleStore | None:
        """Return the people, or none at the moment; who asks while it is opened waits for that."""
        if self._usable() or not self._trying.acquire(timeout=_SERVED_PATIENCE):
            return self._usable()
        try:
            if self._usable():
                return self._store
            if time.monotonic() >= self._again:
                with _opening:
                    self._open()
        except NewsletterError as fault:
            print(f"the pages are without the database: {fault}", file=sys.stderr)  # noqa: T201
            self._again = time.monotonic() + _SERVED_PATIENCE
        finally:
            self._trying.release()
        return self._usable()

    def _usable(self) -> PeopleStore | None:
        return self._store if self._store and self._store.is_in_place else None

    def _open(self) -> None:
        file = database_file(self._config.database_url)
        if self._store:
            if not file.exists():  # a new one would know nobody, and forget who waits to leave
                raise NewsletterError(f"{file}: is gone", "put your latest backup in its place")
            _open_memory.cache_clear()
        given = (self._config.database_url, self._config.key_file, self._config.state)
        self._store = PeopleStore(*_open_memory(*given, patience=_SERVED_PATIENCE))


def _memory(config: Config) -> tuple[Database, KeyRing]:
    """Return the database and the keys that belong to it: one of each in this process."""
    with _opening:
        return _open_memory(config.database_url, config.key_file, config.state)


@functools.cache
def _open_memory(
    url: str, key_file: Path, state: Path, patience: float = PATIENCE
) -> tuple[Database, KeyRing]:
    """Open both, making both on very first use; write down who left in the meantime.

    Nobody who left is mailed by whoever opens them here, for that comes first (invariant I4). The
    keys are made first, so whatever dies in between, a database without its keys is one that
    has lost them: new keys would undo every suppression and break every link.
    """
    if not database_file(url).exists():
        if not Journal(state).is_empty():
            raise NewsletterError(
                f"{database_file(url)}: is gone, and readers who left wait to be written there",
                "put your latest backup in its place: newsletter restore FILE",
            )
        make_key_file(key_file)
    ring = load_key_ring(key_file)
    database = open_database(url, patience)
    try:
        insist_on_keys(database, ring.fingerprint, key_file)
        settle(PeopleStore(database, ring), Journal(state))
    except BaseException:
        database.close()
        raise
    return database, ring


def pages_theme(folder: Folder, settings: Settings) -> Theme | None:
    """Return the theme of the public pages; none in a workspace that has neither theme nor issue.

    Raises InputRefused when the one that is named in newsletter.yaml cannot be read.
    """
    if named := settings.web.theme:
        return read_theme(folder.root, named, (), folder.cache)
    dated: list[tuple[datetime.date, str]] = []
    for slug in folder.slugs():
        with contextlib.suppress(InputRefused):  # `check` tells its faults
            issue = folder.issue(slug).value
            dated.append((issue.date, issue.theme))
    for _, name in sorted(dated, reverse=True):
        with contextlib.suppress(InputRefused):
            return read_theme(folder.root, name, (), folder.cache)
    return None


def vocabulary(folder: Folder) -> Vocabulary:
    """Return the words for countries and languages that tables of people may use."""
    settings = folder.settings().value
    return make_vocabulary(settings.countries, settings.languages, settings.topics)


def routes(config: Config, settings: Settings) -> list[Route]:
    """Return the ways by which mail goes: one for each relay; raises WrongUsage."""
    return [
        Route(
            transport=SmtpTransport(
                relay, in_flight=limits.messages_in_flight or _IN_FLIGHT_AT_MOST
            ),
            name=name,
            share=share,
            connections=limits.connections or _CONNECTIONS,
            messages_per_connection=limits.messages_per_connection or _MESSAGES_PER_CONNECTION,
            gentleness=_gentleness(limits, limits.warm_up),
        )
        for name, relay, share, limits in _relays(config, settings)
    ]


def relays(config: Config, settings: Settings) -> list[Relay]:
    """Return the relays, the first one first; raises WrongUsage."""
    return [relay for _, relay, _, _ in _relays(config, settings)]


def places(config: Config, settings: Settings) -> Places:
    """Return where data are and go, without passwords; no relay where none is named."""
    try:
        hosts = [relay.host for relay in relays(config, settings)]
    except WrongUsage:
        hosts = []
    file = database_file(config.database_url)
    return Places(database=str(file), state=str(config.state), relays=hosts)


def _relays(config: Config, settings: Settings) -> Iterator[tuple[str, Relay, float, RelayLimits]]:
    """Yield name, address, share and limits of each relay.

    NEWSLETTER_RELAY goes over `relays`, `relay_file` and `relay`; raises WrongUsage.
    """
    if config.relay:
        for url in config.relay.split():
            relay = _parse("NEWSLETTER_RELAY", url)
            yield relay.host, relay, 1, settings.limits
    elif settings.relays:
        for each in settings.relays:
            relay = _read(config, f"`relays`, {each.name}", each.relay, each.relay_file)
            yield each.name, relay, each.share, _with(settings.limits, each.limits)
    elif settings.relay or settings.relay_file:
        relay = _read(config, "`relay`", settings.relay, settings.relay_file)
        yield relay.host, relay, 1, settings.limits
    else:
        raise WrongUsage(
            "no mail server is named",
            "write `relay: smtp://host:port?tls=starttls` in newsletter.yaml",
        )


def _with(limits: Limits, own: RelayLimits) -> RelayLimits:
    """Return the limits of all relays with what is different for one of them."""
    common = {name: getattr(limits, name) for name in RelayLimits.model_fields}
    return RelayLimits.model_construct(
        **common | {name: getattr(own, name) for name in own.model_fields_set}
    )


def _read(config: Config, key: str, url: str | None, file: str | None) -> Relay:
    if file:
        return _parse(file, read_secret(config.root / file, "see `relay_file` in newsletter.yaml"))
    return _parse(f"newsletter.yaml: {key}", url or "")


def _parse(source: str, url: str) -> Relay:
    try:
        return parse_relay(url)
    except ValueError as fault:
        raise WrongUsage(f"{source}: {fault}") from None


def read_secret(path: Path, remedy: str) -> str:
    """Return the address, with its password, that a file holds; raises WrongUsage."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as fault:
        raise WrongUsage(f"{path}: cannot be read: {fault.strerror}", remedy) from None
    except UnicodeDecodeError:
        raise WrongUsage(f"{path}: is not text in UTF-8", "write the address in it") from None


def delivery_settings(settings: Settings) -> DeliverySettings:
    """Return when mail may go, how gently, and what to do about answers."""
    limits = settings.limits
    return DeliverySettings(
        hours=_hours(settings),
        domains={domain: _gentleness(each) for domain, each in limits.domains.items()},
        give_up_after=datetime.timedelta(days=limits.give_up_after_days),
        resend_unknown=settings.unknown == "resend",
        processes=limits.processes,
    )


def _gentleness(rates: Rates, warm_up: WarmUpText | None = None) -> Gentleness:
    return Gentleness(
        rules=rules_of(rates.messages_per_second, rates.messages_per_hour, rates.messages_per_day),
        warm_up=WarmUp(warm_up.begins, warm_up.first_day, warm_up.factor) if warm_up else None,
    )


def _hours(settings: Settings) -> tuple[Hours, ...]:
    limits = settings.limits
    if not limits.hours and not limits.days:
        return ()
    since, until = read_hours(limits.hours or "00:00-24:00")
    zone = zoneinfo.ZoneInfo(limits.time_zone or settings.time_zone)
    week = get_args(Weekday)
    days = frozenset(map(week.index, limits.days or week))
    return (Hours(since, until, zone, days),)
