"""Facts typed on a command line are judged as strictly as those in a table."""

import pytest

from newsletter.errors import WrongUsage
from newsletter.model.people import Person
from newsletter.people.facts import merge, read_address, read_person
from newsletter.people.vocabulary import Vocabulary


def test_a_person_is_read(vocabulary: Vocabulary) -> None:
    person = read_person(
        " Ivan@example.org ", vocabulary, name=" Иван  Петров", language="русский", country="KAZ"
    )
    assert str(person.address) == "Ivan@example.org"
    assert (person.name, person.language, person.country) == ("Иван Петров", "ru", "kz")


@pytest.mark.parametrize(
    ("address", "facts", "message"),
    [
        ("ivan@@example.org", {}, "“ivan@@example.org” has two @ signs"),
        ("ivan@example.org", {"name": "Иван\r\nBcc: x"}, "the name has a line break in it"),
        ("ivan@example.org", {"organisation": "a\x00"}, "the organisation has an invisible"),
        ("ivan@example.org", {"language": "эльфийский"}, "language “эльфийский” is not known"),
        ("ivan@example.org", {"country": "Атлантида"}, "country “Атлантида” is not known"),
    ],
)
def test_what_cannot_be_used_is_wrong_usage(
    vocabulary: Vocabulary, address: str, facts: dict[str, str], message: str
) -> None:
    with pytest.raises(WrongUsage) as wrong:
        read_person(address, vocabulary, **facts)
    assert wrong.value.message.startswith(message)
    assert wrong.value.remedy


def test_an_address_with_a_line_break_is_shown_on_one_line() -> None:
    with pytest.raises(WrongUsage) as wrong:
        read_address("ivan@example.org\r\nRCPT TO:<x@example.org>")
    assert str(wrong.value).isprintable()


def test_empty_facts_erase_nothing() -> None:
    address = read_address("ivan@example.org")
    known = Person(address=address, name="Иван", country="kz")
    given = Person(address=read_address("IVAN@example.org"), country="ru", language="ru")
    merged, changes = merge(known, given)
    assert merged == Person(address=address, name="Иван", country="ru", language="ru")
    assert changes == ("language", "country")
