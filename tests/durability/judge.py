"""Holds what the ledger says against what the outside witness took: the invariants of a send.

I1  everybody is in exactly one state, and no sum is short of anybody
I2  whoever is accepted was taken by the relay
I3  whoever was taken and is not accepted is listed as unknown, or was when the operator decided
I4  a further copy only went to somebody who was listed as unknown before, once for each listing
I5  the Message-ID is the same in all attempts
I6  nothing goes to somebody who unsubscribed before the claim
I7  exit code and report agree
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from newsletter.model.mailing import DeliveryState
from tests.durability.offices import Books
from tests.durability.taker import Mail

S = DeliveryState


@dataclass
class Judge:
    """Remembers what was listed when; everything else is in the books and with the witness."""

    everybody: frozenset[str]
    in_doubt: Counter[str] = field(default_factory=Counter)
    """How often each was in flight when the sender died, or was reported as unknown."""
    left: dict[str, int] = field(default_factory=dict)
    """When each unsubscribed, by the clock of the witness."""

    def note_death(self, books: Books) -> None:
        """Remember who was in flight when a sender died."""
        self.in_doubt.update(books.standing(S.SUBMITTING))

    def at_any_moment(self, books: Books, mails: Sequence[Mail]) -> None:
        """Check what holds whenever nobody is sending; `mails` were taken before `books`."""
        if not books.tallies:  # never frozen: then nothing may have gone
            assert not mails
            return
        self._everybody_stands_somewhere(books)
        taken = {mail.recipient for mail in mails}
        told = books.standing(S.ACCEPTED, S.SUBMITTING, S.UNKNOWN) | set(self.in_doubt)
        assert taken <= told, f"I3: taken, and nobody knows: {taken - told}"
        self._nobody_had_more_than_was_listed(books, mails)
        one_message_id_each(mails)
        self._nobody_was_mailed_who_had_left(mails)

    def at_the_end(self, books: Books, mails: Sequence[Mail], code: int) -> None:
        """Check what holds when a command has come to its end with exit code `code`."""
        self.at_any_moment(books, mails)
        taken = {mail.recipient for mail in mails}
        accepted = books.standing(S.ACCEPTED)
        assert accepted <= taken, f"I2: accepted, and never taken: {accepted - taken}"
        assert not books.standing(S.SUBMITTING)
        assert code == books.exit_code, (
            f"I7: exit code {code}, and {Counter(books.states.values())}"
        )

    def _everybody_stands_somewhere(self, books: Books) -> None:
        assert all(tally.balanced for tally in books.tallies), f"I1: {books.tallies}"
        assert set(books.states) | books.excluded == self.everybody, "I1: somebody is missing"
        counted = sum((Counter(tally.by_state) for tally in books.tallies), Counter())
        assert counted == Counter(books.states.values()), "I1: the sums are not those of the list"

    def _nobody_had_more_than_was_listed(self, books: Books, mails: Sequence[Mail]) -> None:
        for who, copies in copies_of(mails).items():
            listed = max(self.in_doubt[who], books.unknown_attempts[who])
            assert copies <= 1 + listed, f"I4: {who} was taken {copies} times, listed {listed}"

    def _nobody_was_mailed_who_had_left(self, mails: Iterable[Mail]) -> None:
        late = {
            mail.recipient for mail in mails if mail.at > self.left.get(mail.recipient, mail.at)
        }
        assert not late, f"I6: mailed after they had left: {late}"


def copies_of(mails: Iterable[Mail]) -> Counter[str]:
    """Return how many mails were taken for each."""
    return Counter(mail.recipient for mail in mails)


def one_message_id_each(mails: Iterable[Mail]) -> Mapping[str, str]:
    """Return the Message-ID of each recipient's mails, which is one and nobody else's (I5)."""
    found = defaultdict[str, set[str]](set)
    for mail in mails:
        found[mail.recipient].add(mail.message_id)
    assert all(len(ids) == 1 for ids in found.values()), f"I5: {found}"
    ids = {who: ids.pop() for who, ids in found.items()}
    assert len(set(ids.values())) == len(ids), "I5: two readers share a Message-ID"
    return ids
