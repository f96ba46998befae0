"""Columns are known by their headers, in Russian and English."""

import pytest

from newsletter.errors import WrongUsage
from newsletter.people.headers import (
    Column,
    HeaderFault,
    find_columns,
    headings_digest,
    kept_choices,
    read_choices,
    recalled_choices,
)

A, N, L, C, ORG, TYPE, TOPICS, FAMILY = Column


@pytest.mark.parametrize(
    ("headers", "columns"),
    [
        (["email"], [A]),
        (["E-mail", "Name", "Language", "Country"], [A, N, L, C]),
        (["Почта", "Имя", "Язык", "Страна"], [A, N, L, C]),
        (["Эл. почта", "ФИО", "Организация", "Тип организации"], [A, N, ORG, TYPE]),
        (["\ufeffЭл.\xa0почта ", " ИМЯ\u200b"], [A, N]),
        (["Адрес электронной почты", "Full name", "Organization"], [A, N, ORG]),
        (["e_mail", "organisation_type"], [A, TYPE]),
        (["Почта", "Темы"], [A, TOPICS]),
        (["адрес", "имя"], [A, N]),
        (["Email Address", "First Name", "Last Name"], [A, N, FAMILY]),
        (["Почта", "Фамилия", "Имя"], [A, FAMILY, N]),
    ],
)
def test_headers_are_known(headers: list[str], columns: list[Column]) -> None:
    found = find_columns(headers)
    assert found.positions == {column: spot for spot, column in enumerate(columns)}
    assert found.ignored == ()


def test_the_clearer_header_counts_and_the_other_is_reported() -> None:
    found = find_columns(["Адрес", "E-mail", "Имя", "ФИО"])
    assert found.positions == {A: 1, N: 3}
    assert found.ignored == ("Адрес", "Имя")


def test_unknown_columns_are_reported_with_what_they_may_mean() -> None:
    found = find_columns(["email", "Языкк", "Телефон", ""])
    assert found.positions == {A: 0}
    assert found.ignored == ("Языкк (did you mean “язык”?)", "Телефон")


@pytest.mark.parametrize(
    ("headers", "what", "remedy"),
    [
        (["Имя", "Телефон"], "found “Имя”, “Телефон”", "say which one it is, for example --column"),
        (["Имя", "Emial"], "no column is called “E-mail”", "rename “Emial” to “email”"),
        (["Почтта", "Имя"], "no column is called “E-mail”", "rename “Почтта” to “почта”"),
        (["ivan@example.org", "Иван"], "the first row has an address in it", "put a row above it"),
        (["E-mail", "Имя", "e-mail"], "two columns are called “E-mail”", "rename the one"),
    ],
)
def test_headers_without_one_column_of_addresses_are_refused(
    headers: list[str], what: str, remedy: str
) -> None:
    with pytest.raises(HeaderFault) as refused:
        find_columns(headers)
    assert what in refused.value.what
    assert remedy in refused.value.remedy


def test_what_somebody_says_of_a_header_counts_before_its_name() -> None:
    choices = read_choices(["Ведомство=organisation", "Имя=-", "Контакт = Name", "Box=address"])
    found = find_columns(["Box", "E-mail", "Имя", "КОНТАКТ", "Ведомство", "Phone"], choices)
    assert found.positions == {A: 0, N: 3, ORG: 4}
    assert found.ignored == ("E-mail", "Имя", "Phone")


def test_every_fault_of_what_was_said_is_told_at_once() -> None:
    with pytest.raises(WrongUsage) as refused:
        read_choices(["Ведомство", "A=phone", "B=name", "b=-", "=name"])
    said = str(refused.value)
    for each in ("“Ведомство” is no heading", "no field phone", "“b” is given twice", "“=name”"):
        assert each in said
    assert "family_name" in said


@pytest.mark.parametrize(
    ("texts", "what"),
    [
        (["Phone=name"], "no column is called “phone”"),
        (["Имя=name", "ФИО=name"], "name is to come from “имя” and from “фио”"),
        (["Почта=-"], "no column is called “E-mail”"),
    ],
)
def test_what_cannot_be_said_of_these_headers_is_told(texts: list[str], what: str) -> None:
    with pytest.raises(HeaderFault, match=what):
        find_columns(["Почта", "Имя", "ФИО"], read_choices(texts))


def test_what_was_said_comes_back_as_it_was_kept() -> None:
    choices = read_choices(["Ведомство=organisation", "Имя=-"])
    assert recalled_choices(kept_choices(choices)) == choices
    assert recalled_choices({"a": "shoe size", "b": "name"}) == {"b": N}
    assert headings_digest(["E-mail", "Имя", ""]) == headings_digest(["e mail", "ИМЯ"])
    assert headings_digest(["Имя", "E-mail"]) != headings_digest(["E-mail", "Имя"])
