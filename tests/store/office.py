"""An invented office for the tests of the ledger: lists, readers, letters, a moment in time."""

import contextlib
import datetime
from collections.abc import Iterable, Iterator
from pathlib import Path

import sqlalchemy as sa

from newsletter.address import Address
from newsletter.model.ledger import Claim, Draft, Job, Letter, Result
from newsletter.model.mailing import DeliveryState, Outcome, Scope, Stage, Verdict
from newsletter.model.message import MailHead
from newsletter.model.people import SubscriptionState, SuppressionReason
from newsletter.model.rendering import Picture, Rendering
from newsletter.model.segment import Is, Segment
from newsletter.people.rights import erase_person
from newsletter.store.engine import Database, open_database, upsert
from newsletter.store.ledger import Ledger
from newsletter.store.people import PeopleStore
from newsletter.store.tables import (
    deliveries,
    lists,
    renderings,
    subscribers,
    subscriptions,
    suppressions,
)
from newsletter.tokens import KeyRing

NOON = datetime.datetime(2015, 3, 31, 12, 0, tzinfo=datetime.UTC)
KEYS = KeyRing({1: b"k" * 32})
ISSUE = "2015-1"
S = DeliveryState
ACTIVE, ENDED, PENDING = (
    SubscriptionState.ACTIVE,
    SubscriptionState.ENDED,
    SubscriptionState.PENDING,
)


def minutes(count: float) -> datetime.timedelta:
    return datetime.timedelta(minutes=count)


@contextlib.contextmanager
def opened(folder: Path) -> Iterator[Database]:
    with open_database(f"sqlite:///{folder / 'state.db'}") as database:
        yield database


def address(local: str) -> Address:
    return Address(local, "example.org", f"{local}@example.org")


def digest(local: str) -> str:
    """Return what is kept of an address that must not be known any more."""
    return KEYS.digest(address(local).key)


def readers(count: int, prefix: str = "reader") -> list[str]:
    return [f"{prefix}{number:05}" for number in range(count)]


def subscribe(
    database: Database,
    name: str,
    locals_: Iterable[str],
    *,
    state: SubscriptionState = ACTIVE,
    language: str = "en",
) -> None:
    """Put people, known by the left side of their addresses, on the list `name`."""
    with database.write() as connection:
        upsert(connection, lists, [{"name": name}], key=["name"])
        list_id = connection.execute(sa.select(lists.c.id).where(lists.c.name == name)).scalar_one()
        for local in locals_:
            upsert(connection, subscribers, [_subscriber(local, language)], key=["address_key"])
            subscription = {
                "subscriber_id": subscriber_id(connection, local),
                "list_id": list_id,
                "state": state,
                "created_at": NOON,
            }
            upsert(
                connection,
                subscriptions,
                [subscription],
                key=["subscriber_id", "list_id"],
                update=["state"],
            )


def _subscriber(local: str, language: str) -> dict[str, object]:
    who = address(local)
    return {
        "address_key": who.key,
        "address_digest": KEYS.digest(who.key),
        "local": who.local,
        "domain": who.domain,
        "shown": who.shown,
        "name": f"Reader {local}",
        "language": language,
        "created_at": NOON,
        "updated_at": NOON,
    }


def subscriber_id(connection: sa.Connection, local: str) -> int:
    query = sa.select(subscribers.c.id).where(subscribers.c.address_key == address(local).key)
    return int(connection.execute(query).scalar_one())


def unsubscribe(database: Database, local: str) -> None:
    """End all Subscriptions of somebody."""
    with database.write() as connection:
        connection.execute(
            sa.update(subscriptions)
            .where(subscriptions.c.subscriber_id == subscriber_id(connection, local))
            .values(state=ENDED, ended_at=NOON)
        )


def rest(database: Database, local: str, until: datetime.datetime | None = None) -> None:
    """Let all Subscriptions of somebody rest until a moment; an hour, when it is not said."""
    with database.write() as connection:
        connection.execute(
            sa.update(subscriptions)
            .where(subscriptions.c.subscriber_id == subscriber_id(connection, local))
            .values(paused_until=until or NOON + minutes(60))
        )


def suppress(database: Database, local: str) -> None:
    with database.write() as connection:
        row = {
            "address_digest": digest(local),
            "reason": SuppressionReason.COMPLAINT,
            "at": NOON,
        }
        upsert(connection, suppressions, [row], key=["address_digest"])


def rename(database: Database, local: str, *, name: str, language: str) -> None:
    """Change what is known of somebody, as an import does."""
    with database.write() as connection:
        connection.execute(
            sa.update(subscribers)
            .where(subscribers.c.address_key == address(local).key)
            .values(name=name, language=language, updated_at=NOON)
        )


def erase(database: Database, local: str) -> None:
    """Forget a person: they go, evidence and counts stay."""
    erase_person(PeopleStore(database, KEYS), address(local), basis="a letter", at=NOON)


def detach(database: Database, local: str) -> None:
    """Let a person go, and leave in the mails how the address is shown, by which a model goes."""
    with database.write() as connection:
        who = subscriber_id(connection, local)
        theirs = deliveries.c.subscriber_id == who
        connection.execute(
            sa.update(deliveries)
            .where(theirs)
            .values(subscriber_id=None, address_key=digest(local), name="")
        )
        connection.execute(sa.delete(subscriptions).where(subscriptions.c.subscriber_id == who))
        connection.execute(sa.delete(subscribers).where(subscribers.c.id == who))


def tamper(database: Database) -> None:
    """Change what was frozen, by another hand."""
    with database.write() as connection:
        for row in connection.execute(sa.select(renderings)).all():
            texts = {**row.content["rendering"], "text": "Adieu"}
            connection.execute(
                sa.update(renderings)
                .where(renderings.c.id == row.id)
                .values(content={**row.content, "rendering": texts})
            )


def letter(
    language: str, *, issue: str = ISSUE, text: str = "Hello [[greeting]]", octets: int = 99
) -> Letter:
    """Return what everybody gets; its picture has so many octets and a few more."""
    data = b"\x89PNG" + b"\0" * octets
    picture = Picture(name="school.png", content_type="image/png", data=data)
    rendering = Rendering(
        issue=issue,
        language=language,
        subject="Новости МОТ" if language == "ru" else "ILO News",
        preheader="What is new",
        html=f'<p>[[greeting]]</p><img src="cid:{picture.cid}"><a href="[[unsubscribe_url]]">x</a>',
        text=text,
        pictures=(picture,),
        greeting="Dear {name},",
        greeting_anonymous="Dear reader,",
    )
    head = MailHead(
        from_name="ILO Moscow",
        from_address="newsletter@example.org",
        reply_to="",
        return_path="bounces@example.org",
        list_name="Constituents",
        list_id="constituents.example.org",
        list_owner="owner@example.org",
        archive_url="https://news.example.org/archive",
        help_url="https://news.example.org/help",
        feedback_id=f"{issue}:constituents:news:ilo",
        language=language,
        date=NOON,
        message_id_domain="example.org",
        unsubscribe_base="https://news.example.org/u",
        preferences_base="https://news.example.org/p",
    )
    return Letter(rendering=rendering, head=head)


def draft(
    name: str,
    *,
    languages: Iterable[str] = ("en", "ru"),
    issue: str = ISSUE,
    octets: int = 99,
    segment: Segment | None = None,
) -> Draft:
    return Draft(
        list=name,
        letters={language: letter(language, issue=issue, octets=octets) for language in languages},
        default_language="en",
        segment=segment,
    )


def speakers_of(language: str) -> Segment:
    """Return the Segment of those who read one language."""
    return Segment(name=f"read-{language}", where=Is("language", (language,)))


def frozen(database: Database, *names: str, issue: str = ISSUE, octets: int = 99) -> Ledger:
    """Return the ledger after an issue was frozen for the lists `names`."""
    ledger = Ledger(database)
    ledger.freeze(issue, [draft(name, issue=issue, octets=octets) for name in names], NOON)
    return ledger


def outcome(verdict: Verdict, text: str = "2.0.0 OK") -> Outcome:
    return Outcome(verdict=verdict, stage=Stage.FINAL, scope=Scope.RECIPIENT, code=250, text=text)


def result(job: Job, state: DeliveryState = S.ACCEPTED, *, due: float = 5) -> Result:
    verdicts = {S.PENDING: Verdict.RELEASED, **{S(v.value): v for v in list(Verdict)[:4]}}
    return Result(
        job=job,
        outcome=outcome(verdicts[state]),
        state=state,
        reason="" if state is S.ACCEPTED else "words",
        due_at=NOON + minutes(due) if state in (S.PENDING, S.DEFERRED) else None,
    )


def claimed(ledger: Ledger, now: datetime.datetime = NOON) -> Claim:
    claim = ledger.claim(ISSUE, now)
    assert claim is not None
    return claim


def counts(ledger: Ledger) -> dict[DeliveryState, int]:
    (tally,) = ledger.tallies(ISSUE)
    assert tally.balanced
    return tally.by_state
