"""The message view tells of the very bytes that a send makes."""

import re
from pathlib import Path

from newsletter.checks.proof import proof
from newsletter.compose.workspace import Folder
from newsletter.render.build import build
from newsletter.studio.letter import CLIP, Part, letter_bytes, read_letter
from newsletter.studio.lettering import letter_view
from newsletter.studio.readers import NOBODY, Reader
from tests.studio.drafts import draft_of
from tests.studio.served import Elements, Preview
from tests.workspace import ROOT


def types(part: Part) -> list[str]:
    return [part.content_type, *(each for child in part.parts for each in types(child))]


def test_the_bytes_are_those_of_a_build(tmp_path: Path) -> None:
    ready = proof(Folder(ROOT), "2015-1")
    build(ready.composition, ready.renderings, tmp_path)
    draft = draft_of(ROOT, "2015-1")
    for language, edition in draft.editions.items():
        built = (tmp_path / language / "newsletter.eml").read_bytes()
        assert letter_bytes(edition, NOBODY) == built


def test_every_part_is_there_and_no_byte_is_counted_twice() -> None:
    edition = draft_of(ROOT, "2015-1").editions["ru"]
    data = letter_bytes(edition, NOBODY)
    letter = read_letter(data)
    pictures = len(edition.rendering.pictures)
    assert types(letter.root)[:4] == [
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
    ]
    assert types(letter.root)[4:] == [each.content_type for each in edition.rendering.pictures]
    plain, related = letter.root.parts
    assert len(related.parts) == 1 + pictures
    assert letter.octets == len(data)
    assert sum(each.wire for each in related.parts) < related.wire < letter.root.wire < len(data)
    assert [each.octets for each in related.parts[1:]] == [
        len(each.data) for each in edition.rendering.pictures
    ]
    text = edition.rendering.filled(dict(edition.values))[1]
    assert plain.octets == len(text.replace("\n", "\r\n").encode())
    assert letter.html_octets == related.parts[0].octets


def test_headers_are_shown_decoded_and_as_they_travel(spring: Path) -> None:
    reader = Reader(key="", label="", name="Иван Соколов", address="ivan@example.org")
    letter = read_letter(letter_bytes(draft_of(spring).editions["ru"], reader))
    headers = dict(letter.headers)
    assert headers["Subject"] == "Новости весны"
    assert headers["To"] == "Иван Соколов <ivan@example.org>"
    assert headers["List-Unsubscribe"].startswith("<https://news.example.org/unsubscribe/sample>")
    assert "Subject: =?utf-8?" in letter.raw_head
    page = Elements.of(letter_view(letter, "ru", "Русский", "/x.eml"))
    assert "Новости весны" in page.words
    assert page.one("meter")["value"] == str(letter.html_octets)
    assert page.one("meter")["max"] == str(CLIP)


def test_a_mail_that_gmail_would_cut_is_told() -> None:
    html = "x" * (CLIP + 1)
    letter = read_letter(f"Content-Type: text/html\r\n\r\n{html}".encode())
    assert "Gmail cuts the mail" in Elements.of(letter_view(letter, "en", "English", "")).words
    letter = read_letter(f"Content-Type: text/html\r\n\r\n{html[1:]}".encode())
    words = Elements.of(letter_view(letter, "en", "English", "")).words
    assert "100% of what Gmail shows whole" in words


def test_the_mail_can_be_saved(shown: Preview) -> None:
    page = Elements.of(shown.get("/issue/spring?view=message").text)
    saved = [link["href"] for link in page.all("a") if "download" in link]
    assert len(saved) == 2
    answer = shown.get(saved[0])
    assert answer.headers["content-type"] == "message/rfc822"
    assert re.search("spring-en.eml", answer.headers["content-disposition"])
    assert answer.body.startswith(b"From: ")
