"""The mails that are measured: 40 KB and 5 KB, HTML and text, different for every reader.

The words are invented and the same in every run. Ours are what the program makes of a Rendering;
the others get the same octets ready made in a bag, or the texts to compose them from.
"""

import base64
import datetime
import json
import random
from pathlib import Path

from newsletter.address import Address
from newsletter.message.compile import CompiledMessage, compile_message
from newsletter.message.recipient import address_recipient
from newsletter.model.ledger import Letter
from newsletter.model.message import MailHead, Recipient
from newsletter.model.rendering import Rendering
from newsletter.tokens import KeyRing

SIZES = {"40k": 40_960, "5k": 5_120}
ISSUE = "2015-1"
LIST = "readers"
KEYS = KeyRing({1: b"k" * 32})
DATE = datetime.datetime(2015, 3, 31, 12, 0, tzinfo=datetime.UTC)
IN_BAG = 64

_HTML_SHARE = 0.8
_LINE, _PARAGRAPH = 72, 330
_CLOSE = 80  # octets by which a mail may miss its size


def address(number: int) -> Address:
    """Return the address of one reader: its digits are the number and nothing else."""
    local = f"reader{number:07}"
    return Address(local, "example.com", f"{local}@example.com")


def name(number: int) -> str:
    """Return the name of one reader."""
    return f"Reader Number {number}"


def recipient(head: MailHead, number: int) -> Recipient:
    """Return what differs in the mail to one reader."""
    return address_recipient(
        head,
        KEYS,
        issue=ISSUE,
        delivery_id=number,
        subscriber_id=number,
        list_number=1,
        address=address(number),
        name=name(number),
    )


def letter(size: str) -> Letter:
    """Return what everybody gets, so long that the mail has the wanted size, within one line."""
    wanted = SIZES[size]
    octets = wanted // 2
    made = _letter(octets)
    for _ in range(8):
        missing = wanted - len(compiled(made).build(recipient(made.head, 1)))
        if abs(missing) < _CLOSE:
            break
        octets += round(missing * 0.9)
        made = _letter(octets)
    return made


def compiled(made: Letter) -> CompiledMessage:
    """Return the mail that lacks only the reader."""
    return compile_message(made.rendering, made.head)


def _letter(octets: int) -> Letter:
    chance = random.Random(5)  # noqa: S311 - words, not secrets
    html = "".join(
        f'<p style="margin:0;color:#1a2b3c">{paragraph}</p>\n'
        for paragraph in _paragraphs(chance, round(octets * _HTML_SHARE), wraps=False)
    )
    text = "\n".join(_paragraphs(chance, round(octets * (1 - _HTML_SHARE)), wraps=True))
    rendering = Rendering(
        issue=ISSUE,
        language="en",
        subject="News of the office, March 2015",
        preheader="What is new",
        html=f"<!doctype html><html><body><p>[[greeting]]</p>\n{html}"
        '<p><a href="[[unsubscribe_url]]">Unsubscribe</a> '
        '<a href="[[preferences_url]]">Preferences</a></p></body></html>\n',
        text=f"[[greeting]]\n\n{text}\nUnsubscribe: [[unsubscribe_url]]\n[[preferences_url]]\n",
        pictures=(),
        greeting="Dear {name},",
        greeting_anonymous="Dear reader,",
    )
    return Letter(rendering=rendering, head=_head())


def _paragraphs(chance: random.Random, octets: int, *, wraps: bool) -> list[str]:
    longest = _LINE if wraps else _PARAGRAPH
    paragraphs = []
    while octets > 0:
        words = _words(chance, min(longest, max(octets, 8)))
        paragraphs.append(words)
        octets -= len(words)
    return paragraphs


def _words(chance: random.Random, octets: int) -> str:
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ""
    while len(words) < octets:
        words += "".join(chance.choices(letters, k=chance.randint(3, 9))) + " "
    return words[:octets].strip()


def _head() -> MailHead:
    return MailHead(
        from_name="The office",
        from_address="news@example.org",
        reply_to="",
        return_path="bounces@example.org",
        list_name="Readers",
        list_id="readers.example.org",
        list_owner="owner@example.org",
        archive_url="https://news.example.org/archive",
        help_url="https://news.example.org/help",
        feedback_id=f"{ISSUE}:readers:newsletter:example.org",
        language="en",
        date=DATE,
        message_id_domain="example.org",
        unsubscribe_base="https://news.example.org/u",
        preferences_base="https://news.example.org/p",
    )


def fill_bag(folder: Path, size: str) -> Path:
    """Write the mails that others send: some ready made, and the texts of one to compose."""
    made = letter(size)
    message = compiled(made)
    whole = [message.build(recipient(made.head, number)) for number in range(1, IN_BAG + 1)]
    texts = {
        "from": "The office <news@example.org>",
        "sender": "bounces@example.org",
        "subject": made.rendering.subject,
        "html": made.rendering.html,
        "text": made.rendering.text,
        "whole": [base64.b64encode(each).decode() for each in whole],
    }
    folder.mkdir(parents=True)
    (folder / "bag.json").write_text(json.dumps(texts), encoding="utf-8")
    (folder / "mail.txt").write_bytes(whole[0].replace(b"\r\n", b"\n"))
    return folder


def open_bag(folder: Path) -> tuple[str, list[bytes]]:
    """Return the envelope sender and the ready-made mails of a bag."""
    texts = json.loads((folder / "bag.json").read_text(encoding="utf-8"))
    return texts["sender"], [base64.b64decode(each) for each in texts["whole"]]
