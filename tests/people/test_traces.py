"""Where an address stands, it is found, however it is written."""

import base64
import quopri
import urllib.parse
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.address import Address, parse_address
from newsletter.people import traces
from newsletter.people.traces import files_below, patterns_of, search, spellings

ANNA = parse_address("Anna.Petrova@example.org")
MARIA = parse_address("мария@пример.рф")
WRITTEN: dict[str, Callable[[str], bytes]] = {
    "UTF-8": str.encode,
    "UTF-16, little end first": lambda text: text.encode("utf-16-le"),
    "UTF-16, big end first": lambda text: text.encode("utf-16-be"),
    "base64": lambda text: base64.b64encode(text.encode()),
    "quoted-printable": lambda text: quopri.encodestring(text.encode()),
    "quoted-printable, all": lambda text: quopri.encodestring(text.encode(), quotetabs=True),
    "an address of the web": lambda text: urllib.parse.quote(text).encode(),
    "an address of the web, all": lambda text: urllib.parse.quote(text, safe="").encode(),
    "HTML": lambda text: text.replace("@", "&#64;").encode(),
}


@pytest.mark.parametrize("way", WRITTEN)
@pytest.mark.parametrize("address", [ANNA, MARIA], ids=["anna", "мария"])
def test_each_spelling_is_found_in_each_way_to_write_it(
    tmp_path: Path, way: str, address: Address
) -> None:
    for text in spellings(address):
        file = tmp_path / "log"
        file.write_bytes(b"\x00\x81 before " + WRITTEN[way](text) + b" behind\n" * 9)
        assert search([file], patterns_of(address))[0] == [file]


def test_a_domain_is_found_as_people_write_it_and_as_it_travels() -> None:
    assert {"мария@пример.рф", "мария@xn--e1afmkfd.xn--p1ai"} < set(spellings(MARIA))


@given(ahead=st.text(max_size=20), behind=st.text(max_size=20))
def test_base64_is_found_wherever_the_text_begins(ahead: str, behind: str) -> None:
    encoded = base64.b64encode(f"{ahead}{ANNA.shown}{behind}".encode(errors="replace"))
    assert traces._in(encoded, patterns_of(ANNA))


@given(st.integers(0, 64))
def test_an_address_between_two_bites_of_a_file_is_found(
    tmp_path_factory: pytest.TempPathFactory, before: int
) -> None:
    file = tmp_path_factory.mktemp("bites") / "log"
    file.write_bytes(b"." * (64 - before) + ANNA.shown.encode() + b"." * 64)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(traces, "_CHUNK", 64)
        assert search([file], patterns_of(ANNA))[0] == [file]


def test_somebody_else_is_not_found(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_text("anna@example.org petrova@example.org Anna.Petrova@example.com")
    assert search([file], patterns_of(ANNA)) == ([], len(file.read_bytes()))


@pytest.mark.parametrize("text", ["x{}", "{}.ru", "{}x", "x.{}"])
def test_a_longer_address_is_another_one_when_asked_for_words(tmp_path: Path, text: str) -> None:
    file = tmp_path / "log"
    longer = text.format(ANNA.shown)
    file.write_text(f"<{longer}>, {longer}")
    assert search([file], patterns_of(ANNA, whole_words=True))[0] == []
    file.write_text(f"<{longer}>, <{ANNA.shown}>")
    assert search([file], patterns_of(ANNA, whole_words=True))[0] == [file]


def test_files_are_found_below_a_folder_without_links_and_what_is_left_out(tmp_path: Path) -> None:
    for name in ("a.txt", "in/b.txt", "out/c.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "link.txt").symlink_to(tmp_path / "a.txt")
    (tmp_path / "again").symlink_to(tmp_path / "in")
    found = [file.relative_to(tmp_path).as_posix() for file in files_below(tmp_path)]
    assert sorted(found) == ["a.txt", "in/b.txt", "out/c.txt"]
    found_without = list(files_below(tmp_path, without=(tmp_path / "out",)))
    assert tmp_path / "out" / "c.txt" not in found_without


def test_a_file_that_is_gone_has_no_trace(tmp_path: Path) -> None:
    assert search([tmp_path / "gone"], patterns_of(ANNA)) == ([], 0)
