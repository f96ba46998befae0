"""The Desk of a workspace: composes, renders and checks an issue like a build or a send does.

One Folder serves as long as the preview runs, so that only files that changed are read again. The
database is only read, and never made: a workspace that was never sent from has none.
"""

import itertools
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from newsletter.checks.proof import Proof, proof
from newsletter.compose.compose import Composition
from newsletter.compose.workspace import Folder
from newsletter.config import Config
from newsletter.errors import InputRefused, WrongUsage
from newsletter.languages import own_name
from newsletter.model.finding import Finding, Severity
from newsletter.model.mailing import DeliveryState, Tally
from newsletter.model.place import Place
from newsletter.model.rendering import Rendering
from newsletter.model.translating import FieldState, State
from newsletter.people.roster import PeopleFilter, list_people
from newsletter.render.build import sample_head, sample_values
from newsletter.store.roster import Listed
from newsletter.studio.ports import Draft, DraftEdition, IssueLine, Summary, Translation
from newsletter.studio.readers import Reader
from newsletter.translations.states import translation_states
from newsletter.wiring import known_ledger, known_people

_SHOWN = 20
"""How many subscribers a search shows."""


@dataclass(frozen=True, slots=True)
class FolderDesk:
    """The issues of one workspace; without `config` nobody is known and nothing was sent."""

    folder: Folder
    config: Config | None = None
    _met: dict[str, Reader] = field(default_factory=dict)

    @property
    def root(self) -> Path:
        """The workspace."""
        return self.folder.root

    def issues(self) -> list[str]:
        """Return the names of the issues, in order."""
        return self.folder.slugs()

    def register(self) -> list[IssueLine]:
        """Return a line for each issue, in the order of their names."""
        return [self._line(slug) for slug in self.issues()]

    def read(self, slug: str) -> Draft:
        """Return the issue `slug` as it is now."""
        ready = self._proof(slug)
        return _draft(ready) if isinstance(ready, Proof) else Draft(findings=ready)

    def sum_up(self, slug: str) -> Summary:
        """Return the sums of the issue `slug` as it is now."""
        ready = self._proof(slug)
        if not isinstance(ready, Proof):
            return Summary(counts=_counts(ready))
        return Summary(
            counts=_counts(ready.findings),
            items=len(ready.composition.entries),
            translations=_translations(translation_states(ready.composition)),
        )

    def has_people(self) -> bool:
        """Whether there is a database of people."""
        return self.config is not None and known_people(self.config) is not None

    def find_readers(self, text: str) -> tuple[Reader, ...]:
        """Return the first subscribers in whose name, address or organisation `text` stands."""
        people = known_people(self.config) if self.config else None
        if people is None:
            return ()
        found = itertools.islice(list_people(people, PeopleFilter(text=text)), _SHOWN)
        readers = tuple(map(_reader, found))
        self._met.update((each.key, each) for each in readers)
        return readers

    def reader(self, key: str) -> Reader | None:
        """Return the subscriber with the key of a Reader, or none."""
        people = known_people(self.config) if self.config else None
        if people and key.startswith(_SUBSCRIBER) and key not in self._met:
            everybody = map(_reader, list_people(people, PeopleFilter()))
            self._met.update((each.key, each) for each in everybody if each.key == key)
        return self._met.get(key)

    def _proof(self, slug: str) -> Proof | tuple[Finding, ...]:
        """Return the issue on its way, or why it cannot be put together."""
        try:
            return proof(self.folder, slug)
        except InputRefused as refused:
            return refused.findings
        except WrongUsage as gone:  # deleted since the page was opened
            place = Place(f"issues/{slug}/issue.yaml")
            return (Finding(rule="issue", place=place, message=gone.message, remedy=gone.remedy),)

    def _line(self, slug: str) -> IssueLine:
        try:
            issue = self.folder.issue(slug).value
        except (InputRefused, WrongUsage):  # what is wrong with it is among its findings
            return IssueLine(slug=slug)
        language = issue.languages[0]
        return IssueLine(
            slug=slug,
            number=issue.number,
            serial=issue.serial,
            date=issue.date,
            subject=issue.texts[language].subject,
            language=language,
            languages=issue.languages,
            sending=self._sending(slug),
        )

    def _sending(self, slug: str) -> str:
        books = known_ledger(self.config) if self.config else None
        return "; ".join(map(_told, books.tallies(slug))) if books else ""


_SUBSCRIBER = "subscriber-"


def _reader(listed: Listed) -> Reader:
    person = listed.person
    facts = (person.name, person.address.shown, person.language)
    return Reader(
        key=f"{_SUBSCRIBER}{listed.subscriber_id}",
        label=", ".join(filter(None, facts)),
        name=person.name,
        language=person.language,
        address=person.address.shown,
    )


def _told(tally: Tally) -> str:
    """Return in words how far the sending to one List is."""
    deliveries = sum(tally.by_state.values())
    accepted = tally.count(DeliveryState.ACCEPTED)
    return f"{tally.name}: {accepted} of {deliveries} accepted"


def _draft(proof: Proof) -> Draft:
    composition = proof.composition
    issue = composition.issue
    first = composition.editions[issue.languages[0]]
    return Draft(
        title=first.number_text,
        editions={
            key: _edition(rendering, composition, key.removeprefix(rendering.language)[1:])
            for key, rendering in proof.everything.items()
        },
        pictures=composition.pictures,
        findings=proof.findings,
        languages=issue.languages,
        default_language=composition.office.settings.default_language,
    )


def _edition(rendering: Rendering, composition: Composition, variant: str) -> DraftEdition:
    languages = " + ".join(map(own_name, composition.languages_of(rendering.language)))
    return DraftEdition(
        name=f"{languages}, {variant}" if variant else languages,
        rendering=rendering,
        head=sample_head(rendering, composition),
        values=sample_values(rendering, composition),
        variant=variant,
    )


def _counts(findings: Iterable[Finding]) -> Counter[Severity]:
    return Counter(finding.severity for finding in findings)


def _translations(states: Iterable[FieldState]) -> tuple[Translation, ...]:
    """Return how far each language is into which the issue is translated."""
    counts = Counter((each.language, each.state) for each in states)
    languages = dict.fromkeys(language for language, _ in counts)
    return tuple(
        Translation(
            language=language,
            missing=counts[language, State.MISSING],
            stale=counts[language, State.STALE],
            mismatched=counts[language, State.MISMATCHED],
        )
        for language in languages
    )
