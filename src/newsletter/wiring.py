"""The one place that puts concrete parts together: files, renderer, checks, store, relay."""

import datetime
import functools
import threading
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from newsletter.checks.check import MAIL_ONLY, check
from newsletter.checks.tuning import Report
from newsletter.compose.compose import Composition, compose
from newsletter.compose.dates import is_known
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
from newsletter.render.render import draw
from newsletter.render.theme import read_theme
from newsletter.render.trace import Trace
from newsletter.smtp.relay import Relay, parse_relay
from newsletter.smtp.transport import SmtpTransport
from newsletter.store.engine import Database, database_file, open_database
from newsletter.store.ledger import Ledger
from newsletter.store.people import PeopleStore
from newsletter.store.seal import insist_on_keys
from newsletter.tokens import KeyRing, load_key_ring, make_key_file

_opening = threading.Lock()


@dataclass(frozen=True, slots=True)
class Proof:
    """An issue as it would be sent: its Composition, its Renderings, and what checks say.

    `report` also has the findings that the office accepts.
    """

    composition: Composition
    renderings: Mapping[str, Rendering]
    findings: tuple[Finding, ...]
    report: Report

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that forbid a build or a send."""
        return tuple(each for each in self.findings if each.severity is Severity.ERROR)

    def require_no_errors(self) -> "Proof":
        """Return the proof itself; raises InputRefused when a check found an error."""
        if self.errors:
            raise InputRefused(self.errors)
        return self

    def without_mail(self) -> "Proof":
        """Return the proof for what is published without a mail.

        What spoils the mail alone is a warning there: a page on the web is no worse for a mail
        that Gmail would cut.
        """
        findings = (
            replace(each, severity=Severity.WARNING)
            if each.rule in MAIL_ONLY and each.severity is Severity.ERROR
            else each
            for each in self.findings
        )
        return replace(self, findings=tuple(findings))


def proof(folder: Folder, slug: str) -> Proof:
    """Compose, render and check one issue.

    Items with faults that the issue does not pick are warnings. Raises InputRefused when it cannot
    even be rendered, with the faults of all its files or else of all its editions.
    """
    try:
        composition = compose(folder, slug)
    except InputRefused as refused:
        found = (*refused.findings, *_theme_faults(folder, slug))
        raise InputRefused(dict.fromkeys(found)) from None
    issue = composition.issue
    theme = read_theme(folder.root, issue.theme, issue.languages, folder.cache)
    renderings: dict[str, Rendering] = {}
    traces: dict[str, Trace] = {}
    faults: dict[Finding, None] = {}
    for language, drawn in composition.drawn.items():
        try:
            renderings[language], traces[language] = draw(theme, drawn, composition.pictures)
        except InputRefused as refused:
            faults.update(dict.fromkeys(refused.findings))
    if faults:
        raise InputRefused(faults)
    report = check(composition, renderings, theme, traces)
    findings = [*report.findings, *composition.office.doubts]
    findings.sort(key=lambda finding: finding.place)
    return Proof(composition, renderings, tuple(findings), report)


def _theme_faults(folder: Folder, slug: str) -> tuple[Finding, ...]:
    """Return what an issue that cannot be composed would be told about its theme afterwards."""
    try:
        issue = folder.issue(slug).value
        if (folder.root / "templates" / issue.theme / "theme.yaml").exists():
            languages = tuple(each for each in issue.languages if is_known(each))
            read_theme(folder.root, issue.theme, languages, folder.cache)
    except InputRefused as refused:
        return refused.findings
    return ()


def drafts(ready: Proof, lists: tuple[str, ...], now: datetime.datetime) -> list[Draft]:
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
        for language in ready.renderings
    }
    default = office.settings.default_language
    if default not in ready.renderings:
        default = next(iter(ready.renderings))
    return drafts_of(composition.slug, lists, ready.renderings, heads, default)


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


def keys(config: Config) -> KeyRing:
    """Return the keys that sign links, making database and keys on first use."""
    return _memory(config)[1]


def _memory(config: Config) -> tuple[Database, KeyRing]:
    """Return the database and the keys that belong to it: one of each in this process."""
    with _opening:
        return _open_memory(config.database_url, config.key_file)


@functools.cache
def _open_memory(url: str, key_file: Path) -> tuple[Database, KeyRing]:
    """Open both, making both on very first use.

    The keys are made first, so whatever dies in between, a database without its keys is one that
    has lost them: new keys would undo every suppression and break every link.
    """
    if not database_file(url).exists():
        make_key_file(key_file)
    ring = load_key_ring(key_file)
    database = open_database(url)
    try:
        insist_on_keys(database, ring.fingerprint, key_file)
    except BaseException:
        database.close()
        raise
    return database, ring


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
    except UnicodeDecodeError:
        raise WrongUsage(
            f"{path}: is not text in UTF-8", "write the relay's address in it"
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
