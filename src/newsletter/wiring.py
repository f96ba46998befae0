"""The one place that puts concrete parts together: files, renderer, checks, store, relay."""

import datetime
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from newsletter.checks.check import check
from newsletter.compose.compose import Composition, compose
from newsletter.compose.workspace import Folder
from newsletter.config import Config
from newsletter.errors import InputRefused, WrongUsage
from newsletter.mailing.deliver import DeliverySettings
from newsletter.mailing.prepare import drafts_of
from newsletter.message.head import mail_head
from newsletter.model.finding import Finding, Severity
from newsletter.model.ledger import Draft
from newsletter.model.rendering import Rendering
from newsletter.model.settings import Settings
from newsletter.people.vocabulary import Vocabulary, make_vocabulary
from newsletter.render.render import render
from newsletter.render.theme import read_theme
from newsletter.smtp.relay import Relay, parse_relay
from newsletter.smtp.transport import SmtpTransport
from newsletter.store.engine import open_database
from newsletter.store.ledger import Ledger
from newsletter.store.people import PeopleStore
from newsletter.tokens import KeyRing, load_key_ring


@dataclass(frozen=True, slots=True)
class Proof:
    """An issue as it would be sent: its Composition, its Renderings, and what checks say."""

    composition: Composition
    renderings: Mapping[str, Rendering]
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that forbid a build or a send."""
        return tuple(each for each in self.findings if each.severity is Severity.ERROR)

    def require_no_errors(self) -> "Proof":
        """Return the proof itself; raises InputRefused when a check found an error."""
        if self.errors:
            raise InputRefused(self.errors)
        return self


def proof(folder: Folder, slug: str) -> Proof:
    """Compose, render and check one issue.

    Raises InputRefused when it cannot even be rendered, with the faults of all editions.
    """
    composition = compose(folder, slug)
    issue = composition.issue
    theme = read_theme(folder.root, issue.theme, issue.languages, folder.cache)
    renderings: dict[str, Rendering] = {}
    faults: dict[Finding, None] = {}
    for language, edition in composition.editions.items():
        try:
            renderings[language] = render(theme, edition, composition.pictures)
        except InputRefused as refused:
            faults.update(dict.fromkeys(refused.findings))
    if faults:
        raise InputRefused(faults)
    return Proof(composition, renderings, tuple(check(composition, renderings)))


def drafts(ready: Proof, lists: tuple[str, ...], now: datetime.datetime) -> list[Draft]:
    """Return the Mailings that a send of `ready` to `lists` would freeze, dated `now`."""
    composition = ready.composition
    office, issue = composition.office, composition.issue
    zone = zoneinfo.ZoneInfo(office.settings.time_zone)
    heads = {
        (name, language): mail_head(
            office.settings,
            name,
            office.lists.lists[name],
            slug=composition.slug,
            language=language,
            date=now.astimezone(zone).replace(microsecond=0),
            view_url=edition.view_url,
        )
        for name in lists
        for language, edition in composition.editions.items()
    }
    default = office.settings.default_language
    default = default if default in issue.languages else issue.languages[0]
    return drafts_of(composition.slug, lists, ready.renderings, heads, default)


def people_store(config: Config) -> PeopleStore:
    """Return the people of the office, making the database on first use."""
    return PeopleStore(open_database(config.database_url), load_key_ring(config.key_file))


def ledger(config: Config) -> Ledger:
    """Return the ledger of sends, making the database on first use."""
    return Ledger(open_database(config.database_url))


def keys(config: Config) -> KeyRing:
    """Return the keys that sign links, making one on first use."""
    return load_key_ring(config.key_file)


def vocabulary(folder: Folder) -> Vocabulary:
    """Return the words for countries and languages that tables of people may use."""
    settings = folder.settings().value
    return make_vocabulary(settings.countries, settings.languages)


def transport(config: Config, settings: Settings) -> SmtpTransport:
    """Return the relay that the environment or the settings name; raises WrongUsage."""
    return SmtpTransport(relay(config, settings))


def relay(config: Config, settings: Settings) -> Relay:
    """Return the relay: NEWSLETTER_RELAY, else `relay_file`, else `relay`; raises WrongUsage."""
    source, url = "NEWSLETTER_RELAY", config.relay
    if not url and settings.relay_file:
        source = settings.relay_file
        url = _read_secret(config.root / settings.relay_file)
    if not url:
        source, url = "newsletter.yaml: `relay`", settings.relay
    if not url:
        raise WrongUsage(
            "no mail server is named",
            "write `relay: smtp://host:port?tls=starttls` in newsletter.yaml",
        )
    try:
        return parse_relay(url)
    except ValueError as fault:
        raise WrongUsage(f"{source}: {fault}") from None


def _read_secret(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as fault:
        raise WrongUsage(
            f"{path}: cannot be read: {fault.strerror}", "see `relay_file` in newsletter.yaml"
        ) from None


def delivery_settings(settings: Settings) -> DeliverySettings:
    """Return how to treat the relay."""
    limits = settings.limits
    return DeliverySettings(
        connections=limits.connections,
        messages_per_connection=limits.messages_per_connection,
        messages_per_second=limits.messages_per_second,
        give_up_after=datetime.timedelta(days=limits.give_up_after_days),
        resend_unknown=settings.unknown == "resend",
    )
