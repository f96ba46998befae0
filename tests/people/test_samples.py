"""The sample files of this repository import as they are meant to."""

from pathlib import Path

import pytest

from newsletter.errors import InputRefused
from newsletter.people.importing import RowOutcome, apply_import, plan_import
from newsletter.people.roster import count_lists, list_people
from newsletter.people.vocabulary import Vocabulary
from newsletter.store.people import PeopleStore
from newsletter.store.roster import ListCount, PeopleFilter
from tests.people.conftest import AT

SUBSCRIBERS = Path(__file__).parents[2] / "subscribers"
COUNTRIES = {"am", "az", "by", "ge", "kz", "kg", "ru", "tj", "tm", "uz"}


def test_the_samples_import_with_known_faults(store: PeopleStore, vocabulary: Vocabulary) -> None:
    people = plan_import(
        store, SUBSCRIBERS / "sample.csv", list_name="constituents", vocabulary=vocabulary
    )
    assert people.tally.counts == {
        RowOutcome.NEW: 290,
        RowOutcome.DUPLICATE: 5,
        RowOutcome.REFUSED: 5,
    }
    assert people.tally.doubts == ()
    with pytest.raises(InputRefused):
        apply_import(people, basis="sample", at=AT)
    apply_import(people, basis="sample", at=AT, skip_invalid=True)

    media = plan_import(
        store, SUBSCRIBERS / "sample-media.csv", list_name="media", vocabulary=vocabulary
    )
    assert (media.table.encoding.name, media.table.separator) == ("Windows-1251", ";")
    assert media.tally.counts == {RowOutcome.NEW: 28, RowOutcome.SUBSCRIBED: 12}
    apply_import(media, basis="sample", at=AT)

    assert count_lists(store) == (
        ListCount(list="constituents", pending=0, active=290, ended=0, suppressed=0),
        ListCount(list="media", pending=0, active=40, ended=0, suppressed=0),
    )
    everyone = [each.person for each in list_people(store, PeopleFilter())]
    assert {person.country for person in everyone} == COUNTRIES
    assert {person.language for person in everyone} == {"en", "ru", ""}
    assert any(person.address.needs_smtputf8 for person in everyone)
    assert any("xn--" in person.address.domain for person in everyone)
