"""Public pages on a socket, one who asks for them, and the office behind them."""

import asyncio
import datetime
import http.client
import re
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from newsletter.address import parse_address
from newsletter.compose.workspace import Folder
from newsletter.config import read_config
from newsletter.model.notices import Notice
from newsletter.model.people import Person, SubscriptionState
from newsletter.noticing import notice_writer, postman
from newsletter.people.noticing import begin_due
from newsletter.people.postman import Sent
from newsletter.people.roster import Story, tell_story
from newsletter.people.subscriptions import add_person
from newsletter.store.engine import open_database
from newsletter.store.journal import Journal
from newsletter.store.people import PeopleStore
from newsletter.tokens import KeyRing, Purpose, to_url
from newsletter.web.app import create_app
from newsletter.web.limits import SignUpLimits, SignUpRates
from newsletter.web.reception import Reception
from newsletter.web.server import PublicServer, listen
from newsletter.wiring import ServedPeople
from tests.workspace import small_office

PATIENCE = 30
"""Seconds after which a test gives up; nothing is measured."""

AT = datetime.datetime(2015, 3, 1, 9, 0, tzinfo=datetime.UTC)
KEYS = KeyRing({1: b"k" * 32})
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Answer:
    """What was answered."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Clock:
    """Time that passes when a test says so, beside that which passes anyway."""

    ahead: datetime.timedelta = datetime.timedelta()

    def now(self) -> datetime.datetime:
        return datetime.datetime.now(datetime.UTC) + self.ahead

    def monotonic(self) -> float:
        return self.now().timestamp()

    def wait(self, **how_long: float) -> None:
        self.ahead += datetime.timedelta(**how_long)


@dataclass(frozen=True)
class Front:
    """Public pages that are served, and what lies behind them."""

    port: int
    office: Path
    store: PeopleStore
    journal: Journal
    clock: "Clock"
    keys: KeyRing = field(default=KEYS)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, dict(headers or {}))
            with connection.getresponse() as response:
                return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        return self.ask("GET", path, headers=headers)

    def post(self, path: str, body: str = "", headers: Mapping[str, str] | None = None) -> Answer:
        return self.ask("POST", path, body.encode(), headers=FORM | dict(headers or {}))

    def subscribe(self, address: str, list_name: str = "media", language: str = "") -> str:
        """Put somebody on a list; return the path at which they leave it."""
        person = Person(address=parse_address(address), language=language)
        add_person(self.store, person, list_name=list_name, basis="tests", at=AT)
        with self.store.read() as people:
            listed = people.roster.find(person.address.key)
            assert listed
            list_id = people.find_list(list_name)
            assert list_id
        token = self.keys.sign(Purpose.UNSUBSCRIBE, listed.subscriber_id, list_id)
        return f"/unsubscribe/{to_url(token)}"

    def fill_in(
        self, address: str, *lists: str, agreed: bool = True, language: str = "en", **more: str
    ) -> Answer:
        """Fill in the form to subscribe, as a person does, and send it."""
        form = self.get("/subscribe").text
        shown = re.findall(r'name="shown" value="([^"]+)"', form)[0]
        self.clock.wait(seconds=5)
        given = [("shown", shown), ("address", address), ("language", language), *more.items()]
        given += [("list", each) for each in lists]
        given += [("agreed", "yes")] if agreed else []
        return self.post(f"/subscribe?lang={language}", urlencode(given))

    def send_notices(self, relay: str) -> Sent:
        """Send what is due to a relay."""
        config = read_config(self.office, {"NEWSLETTER_RELAY": relay})
        folder = Folder(self.office)
        writer = notice_writer(folder, config, self.keys)
        works = postman(folder, config, self.store, writer, self.clock.now)
        with works.alone() as mine:
            assert mine
            return asyncio.run(works.work_off())

    def notices(self) -> list[Notice]:
        with self.store.read() as people:
            return list(people.notices.all())

    def begin_notices(self) -> list[Notice]:
        """Decide about what is due, and send nothing."""
        return begin_due(self.store, Folder(self.office).lists().value.lists, self.clock.now())

    def story(self, address: str) -> Story:
        return tell_story(self.store, parse_address(address))

    def state(self, address: str, list_name: str = "media") -> SubscriptionState | None:
        with self.store.read() as people:
            listed = people.roster.find(parse_address(address).key)
        found = {each.list: each.state for each in listed.subscriptions} if listed else {}
        return found.get(list_name)

    @contextmanager
    def locked_database(self) -> Iterator[None]:
        """Let another process write to the database for as long as the block lasts."""
        file = self.office / ".newsletter" / "state.db"
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")


def reception_of(office: Path, keys: KeyRing, **changes: object) -> Reception:
    """Return what the pages of the office at `office` know."""
    folder, config = Folder(office), read_config(office, {})
    given: dict[str, object] = {
        "settings": folder.settings().value,
        "lists": folder.lists().value.lists,
        "colours": {},
        "keys": keys,
        "journal": Journal(config.state),
        "open_store": ServedPeople(config),
    }
    return Reception(**{**given, **changes})  # type: ignore[arg-type]  # as the test says


@contextmanager
def served(
    office: Path, keys: KeyRing = KEYS, rates: SignUpRates | None = None, **changes: object
) -> Iterator[Front]:
    """Serve the pages of an office from a thread."""
    state = office / ".newsletter"
    key_file = state / "keys"
    if not key_file.exists():
        state.mkdir(exist_ok=True)
        lines = "".join(f"{number}:{key.hex()}\n" for number, key in keys.keys.items())
        key_file.write_text(lines)
        key_file.chmod(0o600)
    started = threading.Event()
    clock = Clock()
    limits = SignUpLimits(clock.monotonic, rates)
    app = create_app(reception_of(office, keys, now=clock.now, **changes), limits=limits)
    with (
        listen("127.0.0.1", 0) as listener,
        open_database(f"sqlite:///{state / 'state.db'}") as database,
    ):
        server = PublicServer(app, started.set)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            assert started.wait(PATIENCE)
            port = listener.getsockname()[1]
            store = PeopleStore(database, keys)
            yield Front(port, office, store, Journal(state), clock, keys)
        finally:
            server.should_exit = True
            thread.join(PATIENCE)
            assert not thread.is_alive(), "the pages did not stop"


@contextmanager
def small_front(folder: Path) -> Iterator[Front]:
    """Serve the pages of a small office made in `folder`."""
    with served(small_office(folder)) as front:
        yield front
