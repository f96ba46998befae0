"""A second foreign reader, mblaze (C), sees what was written; the first is Python's own parser."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.address import parse_address
from newsletter.message.compile import compile_message
from tests.message import samples
from tests.message.samples import NAMES
from tests.system import program

pytestmark = pytest.mark.slow
SUBJECT = "Ұлттық жоба, Ўзбекистон, Ҷумҳурӣ, Bakı şəhəri: ещё «новости» — 🌍 № 1 (60)"


@pytest.fixture
def mails(tmp_path: Path) -> dict[str, Path]:
    """File one mail for each name."""
    picture = samples.picture()
    mail = compile_message(
        samples.rendering(
            subject=SUBJECT,
            html=f'<img src="cid:{picture.cid}"><p>[[greeting]]</p>\n',
            text=".\nFrom A to Я: [[greeting]]\n[[unsubscribe_url]]\n",
            pictures=(picture,),
        ),
        samples.head(),
    )
    files = {}
    for number, name in enumerate(NAMES):
        files[name] = tmp_path / f"{number}.eml"
        files[name].write_bytes(mail.build(samples.named(name)))
    return files


def run(tmp_path: Path, tool: str, *arguments: str | Path) -> str:
    """Return what a tool of mblaze prints; it keeps its own notes in an empty folder."""
    command = [program(tool, "mblaze"), *map(str, arguments)]
    environment = {"MBLAZE": str(tmp_path), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, capture_output=True, check=True, env=environment)
    return done.stdout.decode()


def test_subjects_and_names_read_back(tmp_path: Path, mails: dict[str, Path]) -> None:
    subjects = run(tmp_path, "mhdr", "-d", "-h", "subject", *mails.values()).splitlines()
    assert subjects == [SUBJECT] * len(mails)
    shown = run(tmp_path, "mhdr", "-d", "-h", "to", *mails.values()).splitlines()
    # A quoted name is shown as it stands, quotation marks and backslashes too.
    names = [line.removesuffix(" <anna@example.com>") for line in shown]
    assert [n.strip('"').replace('\\"', '"').replace("\\\\", "\\") for n in names] == list(mails)


def test_both_parts_read_back(tmp_path: Path, mails: dict[str, Path]) -> None:
    link = samples.recipient().unsubscribe_url
    for name, file in mails.items():
        text = run(tmp_path, "mshow", "-O", file, "2")
        assert text == f".\r\nFrom A to Я: Здравствуйте, {name}!\r\n{link}\r\n"
        assert "<p>Здравствуйте, " in run(tmp_path, "mshow", "-O", file, "4")


def test_the_structure_is_seen_as_it_is(tmp_path: Path, mails: dict[str, Path]) -> None:
    listing = run(tmp_path, "mshow", "-t", next(iter(mails.values()))).splitlines()[1:]
    assert [line.split()[1] for line in listing] == [
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
    ]
    assert listing[-1].endswith('name="школа в Арктике.png"')


def test_list_unsubscribe_is_seen_whole(tmp_path: Path, mails: dict[str, Path]) -> None:
    reader = samples.recipient()
    seen = run(tmp_path, "mhdr", "-h", "list-unsubscribe", next(iter(mails.values())))
    assert seen == f"<{reader.unsubscribe_url}>, <{reader.unsubscribe_mailto}>\n"


def test_a_cyrillic_address_is_seen_with_its_letters(tmp_path: Path) -> None:
    reader = replace(samples.recipient(), address=parse_address("почта@пример.рф"))
    file = tmp_path / "mail.eml"
    mail = compile_message(samples.rendering(), samples.head()).build(reader, utf8=True)
    file.write_bytes(mail)
    assert run(tmp_path, "mhdr", "-d", "-h", "to", file) == "Анна <почта@пример.рф>\n"
