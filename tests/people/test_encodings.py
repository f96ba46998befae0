"""The encoding of a file is told from its bytes; what is no text is refused in words."""

import random
from pathlib import Path

import pytest

from newsletter.errors import InputRefused
from newsletter.people.encodings import scan

RUSSIAN = "E-mail;Имя;Организация\nivan@example.org;Иван Щёголев;ООО «Ромашка»\n"
NAMES = [
    "Иван",
    "Мария",
    "Ольга",
    "Сергей",
    "Юрий",
    "Жанна",
    "Эдуард",
    "Цветана",
    "Фёдор",
    "Щукина",
    "Хасанова",
    "Ёлкин",
]


def _file(folder: Path, data: bytes) -> Path:
    file = folder / "people.csv"
    file.write_bytes(data)
    return file


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"email\nivan@example.org\n", "UTF-8"),
        (RUSSIAN.encode(), "UTF-8"),
        (RUSSIAN.encode("utf-8-sig"), "UTF-8 with BOM"),
        (b"\xff\xfe" + RUSSIAN.encode("utf-16-le"), "UTF-16 LE"),
        (b"\xfe\xff" + RUSSIAN.encode("utf-16-be"), "UTF-16 BE"),
        (RUSSIAN.encode("cp1251"), "Windows-1251"),
        (RUSSIAN.replace("«", '"').replace("»", '"').encode("koi8-r"), "KOI8-R"),
        ("email;name\na@example.org;José Müller, Genève\n".encode("cp1252"), "Windows-1252"),
    ],
)
def test_the_encoding_is_found(tmp_path: Path, data: bytes, name: str) -> None:
    assert scan(_file(tmp_path, data)).encoding.name == name


@pytest.mark.parametrize("codec", ["cp1251", "koi8-r"])
@pytest.mark.parametrize("case", [str, str.upper, str.lower], ids=["as-is", "upper", "lower"])
@pytest.mark.parametrize("name", NAMES)
def test_one_name_is_enough_to_tell_two_encodings_apart(
    tmp_path: Path, name: str, case: type[str], codec: str
) -> None:
    text = f"Почта;Имя\na@example.org;{case(name)}\n"
    found = scan(_file(tmp_path, text.encode(codec))).encoding.codec
    assert found == codec


def test_letters_far_into_the_file_count(tmp_path: Path) -> None:
    plain = b"a@example.org;name\n" * 200_000
    data = plain + "b@example.org;Мария Иванова\n".encode("cp1251")
    assert scan(_file(tmp_path, data)).encoding.name == "Windows-1251"


def test_a_letter_across_two_pieces_is_whole(tmp_path: Path) -> None:
    data = b"a" * (2**20 - 1) + "Я\n".encode()
    assert scan(_file(tmp_path, data)).encoding.name == "UTF-8"


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"PK\x03\x04\x14\x00", "is an Excel or LibreOffice workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "is an old Excel workbook"),
        (b"%PDF-1.7", "is a PDF document"),
    ],
)
def test_what_is_not_text_is_named(tmp_path: Path, data: bytes, what: str) -> None:
    with pytest.raises(InputRefused, match=what):
        scan(_file(tmp_path, data))


def test_bytes_that_are_no_text_in_any_encoding_are_refused(tmp_path: Path) -> None:
    noise = bytes(random.Random(1).choices(range(128, 256), k=4096))
    with pytest.raises(InputRefused, match="encoding that cannot be told"):
        scan(_file(tmp_path, noise))


@pytest.mark.parametrize("end", [b"\n", b""])
def test_utf8_with_a_damaged_letter_is_not_taken_for_another_encoding(
    tmp_path: Path, end: bytes
) -> None:
    data = RUSSIAN.encode() + "мария@example.org;Мария".encode()[:-1] + end
    with pytest.raises(InputRefused) as refused:
        scan(_file(tmp_path, data))
    place = refused.value.findings[0].place
    assert (place.line, "damaged" in str(refused.value)) == (3, True)


def test_a_file_over_the_limit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="is larger than 10 octets - split it"):
        scan(_file(tmp_path, b"email\na@example.org\n"), max_size=10)


def test_a_file_that_is_not_there_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match=r"nobody\.csv: cannot be read: No such file"):
        scan(tmp_path / "nobody.csv")
    with pytest.raises(InputRefused, match="cannot be read: Is a directory"):
        scan(tmp_path)


def test_a_given_encoding_is_taken_at_its_word(tmp_path: Path) -> None:
    file = _file(tmp_path, "имя".encode("cp866"))
    assert scan(file, encoding="CP866").encoding.codec == "cp866"
    with pytest.raises(InputRefused, match="use one of utf-8, utf-16, cp1251, koi8-r"):
        scan(file, encoding="base64")


def test_the_digest_is_that_of_the_bytes(tmp_path: Path) -> None:
    one, other = _file(tmp_path, b"email\n"), tmp_path / "other.csv"
    other.write_bytes(b"email\r\n")
    assert scan(one).digest != scan(other).digest == scan(other).digest
