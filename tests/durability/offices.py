"""A small office that sends, and what its books say: by the ledger's own words, from a copy.

Books are read from a copy of the state folder, so that looking changes nothing: whoever opens and
closes a database last folds its log into it, and the next command would find another disk than the
one that a death has left.
"""

import contextlib
import datetime
import os
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from newsletter.address import parse_address
from newsletter.checks.proof import proof
from newsletter.compose.workspace import Folder
from newsletter.mailing.prepare import prepare
from newsletter.model.mailing import DeliveryState, Tally, Verdict
from newsletter.people.subscriptions import remove_person
from newsletter.store.engine import open_database
from newsletter.store.ledger import Ledger
from newsletter.store.people import PeopleStore
from newsletter.tokens import load_key_ring
from newsletter.wiring import drafts
from tests.cli.program import COMMAND, run
from tests.workspace import edit, small_office, write

ISSUE = "spring"
PARTNERS = """\
  partners:
    list_id: partners.example.org
    owner: office@example.org
    en: { name: For partners }
    ru: { name: Для партнёров }
"""
S = DeliveryState


def addresses(count: int) -> list[str]:
    """Return the people of an office."""
    return [f"reader{number:03}@example.org" for number in range(count)]


def make_office(folder: Path, people: int, *, per_second: int = 400) -> Path:
    """Make an office that writes to so many people in two languages, on two lists that overlap."""
    small_office(folder)
    edit(folder, "subscribers/lists.yaml", "lists:\n", f"lists:\n{PARTNERS}")
    edit(folder, "issues/spring/issue.yaml", "lists: [media]", "lists: [media, partners]")
    limits = f"limits: {{ messages_per_second: {per_second} }}\nunknown: hold\n"
    edit(folder, "newsletter.yaml", "public_url:", f"{limits}public_url:")
    everybody = addresses(people)
    third = people // 3
    for name, members in {"media": everybody[: 2 * third], "partners": everybody[third:]}.items():
        rows = [f"{each},Reader,{('en', 'ru')[place % 2]}" for place, each in enumerate(members)]
        write(folder, f"subscribers/{name}.csv", "\n".join(["email,name,language", *rows, ""]))
        arguments = ("--list", name, "--basis", "they asked", "--yes")
        run(folder, "subscribers", "import", f"subscribers/{name}.csv", *arguments)
    return folder


def freeze(folder: Path) -> None:
    """Freeze the issue of an office, as `send` does, and send nothing."""
    ready = proof(Folder(folder), ISSUE).require_no_errors()
    now = datetime.datetime.now(datetime.UTC)
    with open_database(f"sqlite:///{folder / '.newsletter' / 'state.db'}") as database:
        lists = ready.composition.issue.lists
        prepare(Ledger(database), ISSUE, drafts(ready, lists, now), now)


@dataclass(frozen=True)
class Books:
    """Where everybody stands by the ledger, at one moment."""

    tallies: tuple[Tally, ...]
    states: Mapping[str, DeliveryState]
    excluded: frozenset[str]
    unknown_attempts: Counter[str]

    def standing(self, *states: DeliveryState) -> set[str]:
        """Return who is in one of `states`."""
        return {each for each, state in self.states.items() if state in states}

    @property
    def waiting(self) -> int:
        """How many have not had their mail, and will."""
        return len(self.standing(S.PENDING, S.DEFERRED, S.SUBMITTING))

    @property
    def exit_code(self) -> int:
        """The code with which a command that came to its end has to report this."""
        undone = (S.PENDING, S.DEFERRED, S.SUBMITTING, S.UNKNOWN, S.REFUSED)
        return 3 if self.standing(*undone) else 0


@dataclass(frozen=True)
class Office:
    """An office in a folder, and the relay that it sends to."""

    folder: Path
    relay: str
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def state(self) -> Path:
        """Its state folder."""
        return self.folder / ".newsletter"

    @contextlib.contextmanager
    def started(
        self, *arguments: str, environment: Mapping[str, str] | None = None
    ) -> Iterator["subprocess.Popen[str]"]:
        """Start a command; whatever happens, it is gone at the end."""
        with subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=self.folder,
            env=os.environ | self._given(environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def run(
        self, *arguments: str, code: int | None = None, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; it may say what it will, but never with a traceback."""
        return run(self.folder, *arguments, code=code, **self._given(environment))

    def _given(self, more: Mapping[str, str] | None) -> dict[str, str]:
        return {"NEWSLETTER_RELAY": self.relay} | dict(self.environment) | dict(more or {})

    def books(self) -> Books:
        """Return what the ledger says of the issue."""
        return books_in(self.state)

    def unsubscribe(self, address: str) -> None:
        """End the subscriptions of somebody; durable when this returns."""
        with open_database(f"sqlite:///{self.state / 'state.db'}") as database:
            people = PeopleStore(database, load_key_ring(self.state / "keys"))
            now = datetime.datetime.now(datetime.UTC)
            assert remove_person(people, parse_address(address), at=now)


def books_in(state: Path, *, with_attempts: bool = True) -> Books:
    """Return what the ledger in the folder `state` says of the issue, and leave it as it is."""
    with tempfile.TemporaryDirectory() as folder:
        for file in state.glob("state.db*"):
            if not file.name.endswith("-shm"):  # made anew by whoever opens a database first
                shutil.copy(file, folder)
        with open_database(f"sqlite:///{folder}/state.db") as database:
            return _books_of(Ledger(database), with_attempts=with_attempts)


def _books_of(ledger: Ledger, *, with_attempts: bool) -> Books:
    states: dict[str, DeliveryState] = {}
    for each in ledger.standings(ISSUE):
        assert each.state is not None
        assert each.address not in states, f"{each.address} has two deliveries"
        states[each.address] = each.state
    return Books(
        tallies=tuple(ledger.tallies(ISSUE)),
        states=states,
        excluded=frozenset(each.address for each in ledger.exclusions(ISSUE)),
        unknown_attempts=_unknown_attempts(ledger, states if with_attempts else ()),
    )


def _unknown_attempts(ledger: Ledger, everybody: Collection[str]) -> Counter[str]:
    """Return how many attempts for each are kept as unknown."""
    return Counter(
        address
        for address in everybody
        for story in ledger.stories(parse_address(address).key)
        for attempt in story.attempts
        if attempt.outcome and attempt.outcome.verdict is Verdict.UNKNOWN
    )
