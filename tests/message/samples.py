"""An invented newsletter and readers for the tests of this folder, and a way to read mail back."""

import datetime
import email
import email.policy
from dataclasses import replace
from email.message import EmailMessage

from newsletter.address import parse_address
from newsletter.message.recipient import address_recipient
from newsletter.model.message import MailHead, Recipient
from newsletter.model.rendering import Picture, Rendering
from newsletter.tokens import KeyRing

KEYS = KeyRing({1: bytes(range(32))})
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
NAMES = (
    "Анна Фёдорова",
    "Ұлан Өмірзақ-Ңұрғалиұлы Қасымов",
    "Ўктам Ғуломов",
    "Ӣсмоил Ҷӯраев",
    "Əliyev Rəşad",
    "Zoë Müller-Lüdenscheidt",
    "Office «Север» №\u00a01 — 🌍👩🏽‍🔬",
    'O\'Neil, "Pat" \\ Jr.',
    "=?utf-8?q?not_encoded?=",
    "{{7*7}} [[greeting]] <b>&amp;</b>",
    "Very Long Name Of A Person Who Represents Several Ministries, Agencies And Offices At Once",
)
"""Names in the languages of the ten countries, and names that look like something else."""


def rendering(
    *, html: str = "", text: str = "", pictures: tuple[Picture, ...] = (), subject: str = ""
) -> Rendering:
    return Rendering(
        issue="2015-1",
        language="ru",
        subject=subject or "Новости МОТ: молодёжь и труд, № 1 (60), март 2015 г.",
        preheader="Что нового",
        html=html
        or '<p>[[greeting]]</p><a href="[[unsubscribe_url]]">Отписаться</a>'
        '<a href="[[preferences_url]]">Настройки</a>\n',
        text=text or "[[greeting]]\n\nОтписаться: [[unsubscribe_url]]\n[[preferences_url]]\n",
        pictures=pictures,
        greeting="Здравствуйте, {name}!",
        greeting_anonymous="Здравствуйте!",
    )


def picture(name: str = "школа в Арктике.png") -> Picture:
    return Picture(name=name, content_type="image/png", data=PIXEL)


def head() -> MailHead:
    return MailHead(
        from_name="МОТ Москва, «Новости»",
        from_address="news@example.org",
        reply_to="office@example.org",
        return_path="bounces@bounce.example.org",
        list_name="ILO Moscow: constituents",
        list_id="constituents.newsletter.example.org",
        list_owner="office@example.org",
        archive_url="https://news.example.org/archive",
        help_url="https://news.example.org/help",
        feedback_id="2015-1:constituents:issue:example",
        language="ru",
        date=datetime.datetime(
            2015, 3, 31, 9, 5, 7, tzinfo=datetime.timezone(datetime.timedelta(hours=3))
        ),
        message_id_domain="news.example.org",
        unsubscribe_base="https://news.example.org/u",
        preferences_base="https://news.example.org/p",
    )


def recipient(name: str = "Анна", address: str = "anna@example.com") -> Recipient:
    return address_recipient(
        head(),
        KEYS,
        issue="2015-1",
        delivery_id=1234,
        subscriber_id=77,
        list_number=2,
        address=parse_address(address),
        name=name,
    )


def named(name: str) -> Recipient:
    return replace(recipient(), name=name)


def read(mail: bytes) -> EmailMessage:
    """Parse `mail` with the standard library, which had no part in making it."""
    message = email.message_from_bytes(mail, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def body(message: EmailMessage, subtype: str) -> str:
    """Return the text of the part text/`subtype`, its lines ended as Python does."""
    part = next(p for p in message.walk() if p.get_content_type() == f"text/{subtype}")
    content = part.get_content()
    assert isinstance(content, str)
    return content.replace("\r\n", "\n")
