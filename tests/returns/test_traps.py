"""B22: whatever comes back, it is read without an error and without end."""

import tomllib
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter import returns
from newsletter.model.returns import ReportKind
from newsletter.returns.parts import take_apart
from newsletter.returns.reading import read_report
from newsletter.returns.words import marks, sayings
from tests.returns import hostile
from tests.returns.test_reading import notification


@pytest.mark.timeout(60)
def test_b22_no_size_and_no_depth_is_a_trap() -> None:
    for name, data in hostile.big():
        report = read_report(data)
        assert report.kind in set(ReportKind), name
        assert len(report.recipients) <= 1_000, name


@pytest.mark.slow
@pytest.mark.timeout(60)
def test_b22_nothing_keeps_a_pattern_busy() -> None:
    for name, data in hostile.traps():
        assert read_report(data).kind in set(ReportKind), name


@pytest.mark.timeout(60)
def test_b22_a_damaged_message_of_the_corpus_is_read_to_its_end() -> None:
    for name, data in hostile.damaged(300, seed=7):
        assert read_report(data).kind in set(ReportKind), name


@given(st.binary(max_size=2000))
def test_b22_any_octets_are_read(data: bytes) -> None:
    assert read_report(data).kind in set(ReportKind)


@given(st.data())
def test_b22_any_damage_to_a_report_is_survived(data: st.DataObject) -> None:
    whole = bytearray(notification("5.1.1", "550 5.1.1 User unknown"))
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, len(whole)))
        whole[place : place + data.draw(st.integers(0, 60))] = data.draw(st.binary(max_size=30))
    assert len(read_report(bytes(whole)).recipients) <= 8


def test_rows_are_in_small_letters_and_say_where_they_were_seen() -> None:
    rows = sayings()
    assert len({row.pattern.pattern for row in rows}) == len(rows) > 100
    for row in rows:
        plain = row.pattern.pattern.replace("\\S", "").replace("\\W", "").replace("\\D", "")
        assert plain == plain.lower()
        assert "ё" not in plain
        assert row.seen
        assert not row.pattern.search("")
    lists = tomllib.loads(files(returns).joinpath("marks.toml").read_text(encoding="utf-8"))
    for name in lists.keys() - {"misspelt"}:
        assert not marks(name).search("")


@pytest.mark.parametrize("name", ["punycode", "Puny_Code", "idna", "unicode_escape"])
def test_b22_what_is_no_charset_of_mail_is_not_believed(name: str) -> None:
    """To read 400 KB as Punycode takes five seconds."""
    mail = f"Content-Type: text/plain; charset={name}\n\nabc-\\ud800\n"
    assert take_apart(mail.encode()).text == "abc-\\ud800\n"
