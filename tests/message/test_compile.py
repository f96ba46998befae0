"""The whole mail: its structure, its headers, and that every recipient reads what was rendered."""

import html
import re
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from newsletter.address import parse_address
from newsletter.message.compile import CompiledMessage, compile_message
from newsletter.model.edition import SLOTS
from newsletter.model.rendering import SLOT
from tests.message import samples
from tests.message.samples import NAMES, body, named, read, recipient

ANY_TEXT = st.text(st.characters(codec="utf-8"), max_size=400)
ANY_NAME = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=80
).filter(lambda name: name == name.strip())


def compiled(**parts: object) -> CompiledMessage:
    return compile_message(samples.rendering(**parts), samples.head())  # type: ignore[arg-type]


def illustrated() -> CompiledMessage:
    picture = samples.picture()
    return compiled(html=f'<img src="cid:{picture.cid}">[[greeting]]', pictures=(picture,))


@pytest.mark.parametrize("name", NAMES)
def test_every_reader_is_greeted_by_name_in_both_parts(name: str) -> None:
    mail = read(compiled().build(named(name)))
    assert f"Здравствуйте, {name}!" in body(mail, "plain")
    assert f"Здравствуйте, {html.escape(name)}!" in body(mail, "html")


def test_a_reader_without_a_name_is_greeted_without_one() -> None:
    mail = read(compiled().build(named("")))
    assert body(mail, "plain").startswith("Здравствуйте!\n")
    assert str(mail["To"]) == "anna@example.com"


@given(ANY_TEXT, ANY_TEXT, ANY_NAME)
def test_both_parts_read_back_with_the_slots_filled(text: str, markup: str, name: str) -> None:
    text, markup = f"{text}[[greeting]]{text}", f"<p>{markup}</p>[[greeting]][[greeting]]{markup}"
    text, markup = (re.sub("\r\n|\r", "\n", part) for part in (text, markup))
    assume(not set(SLOT.findall(text + markup)) - SLOTS.keys())
    mail = read(compiled(text=text, html=markup).build(named(name)))
    greeting = f"Здравствуйте, {name}!"
    assert body(mail, "plain").removesuffix("\n") == text.replace(
        "[[greeting]]", greeting
    ).removesuffix("\n")
    expected = markup.replace("[[greeting]]", html.escape(greeting))
    assert body(mail, "html").removesuffix("\n") == expected.removesuffix("\n")


def test_a_mail_without_pictures_is_an_alternative_with_the_text_first() -> None:
    mail = read(compiled().build(recipient()))
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    assert not any(part.defects for part in mail.walk())


def test_pictures_travel_beside_the_html_that_names_them() -> None:
    picture = samples.picture()
    mail = read(illustrated().build(recipient()))
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
    ]
    part = list(mail.walk())[-1]
    assert part["Content-ID"] == f"<{picture.cid}>"
    assert part.get_content_disposition() == "inline"
    assert part.get_filename() == picture.name
    assert part.get_content() == picture.data
    assert not any(part.defects for part in mail.walk())


def test_a_picture_that_the_html_does_not_name_stays_at_home() -> None:
    mail = read(compiled(pictures=(samples.picture(),)).build(recipient()))
    assert "image/png" not in [part.get_content_type() for part in mail.walk()]


def test_headers_are_these_in_this_order() -> None:
    mail = read(compiled().build(recipient()))
    assert mail.keys() == [
        "From",
        "To",
        "Reply-To",
        "Subject",
        "Date",
        "Message-ID",
        "List-Id",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "List-Owner",
        "List-Archive",
        "List-Help",
        "Precedence",
        "Feedback-ID",
        "Content-Language",
        "MIME-Version",
        "Content-Type",
    ]
    assert mail["From"].addresses[0].display_name == "МОТ Москва, «Новости»"
    assert mail["From"].addresses[0].addr_spec == "news@example.org"
    assert mail["Subject"] == "Новости МОТ: молодёжь и труд, № 1 (60), март 2015 г."
    assert mail["Date"] == "Tue, 31 Mar 2015 09:05:07 +0300"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Id"] == '"ILO Moscow: constituents" <constituents.newsletter.example.org>'
    assert mail["List-Owner"] == "<mailto:office@example.org>"
    assert mail["Precedence"] == "bulk"


def test_what_is_not_set_is_not_written() -> None:
    bare = replace(
        samples.head(), reply_to="", list_owner="", archive_url="", help_url="", feedback_id=""
    )
    mail = read(compile_message(samples.rendering(), bare).build(recipient()))
    absent = ("Reply-To", "List-Owner", "List-Archive", "List-Help", "Feedback-ID")
    assert not any(name in mail for name in absent)


def test_list_unsubscribe_holds_two_unbroken_addresses() -> None:
    mail, reader = compiled().build(recipient()), recipient()
    field = re.search(rb"^List-Unsubscribe: (.*(?:\r\n[ \t].*)*)\r\n", mail, re.MULTILINE)
    assert field
    items = re.split(rb",\r\n ", field.group(1))
    assert items == [
        f"<{reader.unsubscribe_url}>".encode(),
        f"<{reader.unsubscribe_mailto}>".encode(),
    ]
    assert b"=?" not in field.group(1)


def test_a_test_mail_carries_its_prefix() -> None:
    marked = replace(samples.head(), subject_prefix="[проверка] ")
    mail = read(compile_message(samples.rendering(subject="Да"), marked).build(recipient()))
    assert mail["Subject"] == "[проверка] Да"


@pytest.mark.parametrize("name", [*NAMES, ""])
def test_bytes_are_fit_for_any_server(name: str) -> None:
    mail = illustrated().build(named(name))
    assert mail.isascii()
    assert mail.endswith(b"--\r\n")
    assert mail.count(b"\n") == mail.count(b"\r") == mail.count(b"\r\n")
    header, _, content = mail.partition(b"\r\n\r\n")
    assert max(map(len, header.split(b"\r\n"))) <= 998
    assert max(map(len, content.split(b"\r\n"))) <= 76


def test_no_slot_is_left() -> None:
    mail = read(compiled().build(named("Анна")))
    assert not SLOT.search(body(mail, "plain") + body(mail, "html"))


def test_a_value_is_not_searched_for_slots() -> None:
    mail = read(compiled().build(named("[[unsubscribe_url]]")))
    assert "Здравствуйте, [[unsubscribe_url]]!" in body(mail, "plain")


@pytest.mark.parametrize("part", ["html", "text"])
def test_an_unknown_slot_is_refused_by_name(part: str) -> None:
    with pytest.raises(ValueError, match=r"no such slot: \[\[surname\]\]; there are greeting, "):
        compiled(**{part: "[[greeting]] [[surname]]"})


def test_the_same_mail_is_the_same_bytes() -> None:
    assert illustrated().build(recipient()) == illustrated().build(recipient())


def test_only_what_concerns_the_reader_differs_between_readers() -> None:
    one, two = (read(illustrated().build(named(name))) for name in ("Анна", "Борис"))
    assert [name for name in one.keys() if one[name] != two[name]] == ["To"]  # noqa: SIM118 (a mail)
    assert body(one, "html").replace("Анна", "Борис") == body(two, "html")


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\x00", "\u2028"])
def test_a_name_with_a_line_break_is_refused(break_: str) -> None:
    with pytest.raises(ValueError, match="To: holds a line break"):
        compiled().build(named(f"Anna{break_}Bcc: evil@example.com"))


def test_a_link_with_a_line_break_is_refused() -> None:
    with pytest.raises(ValueError, match="preferences_url: holds a line break"):
        compiled().build(replace(recipient(), preferences_url="https://example.org/\r\n"))


def test_a_cyrillic_address_needs_the_extension_and_then_keeps_its_letters() -> None:
    reader = replace(recipient(), address=parse_address("почта@пример.рф"))
    with pytest.raises(ValueError, match="SMTPUTF8"):
        compiled().build(reader)
    mail = compiled().build(reader, utf8=True)
    header = mail.partition(b"\r\n\r\n")[0].decode()
    assert "To: =?utf-8?b?0JDQvdC90LA=?= <почта@пример.рф>\r\n" in header
    assert header.replace("почта@пример.рф", "").isascii()


def test_a_cyrillic_domain_alone_travels_as_ascii() -> None:
    reader = replace(recipient(), address=parse_address("info@пример.рф"))
    mail = read(compiled().build(reader))
    assert mail["To"].addresses[0].addr_spec == "info@xn--e1afmkfd.xn--p1ai"


def test_what_is_not_a_picture_is_refused() -> None:
    fake = replace(samples.picture(), content_type="text/html\r\nX: y")
    with pytest.raises(ValueError, match="not the type of a picture"):
        compiled(html=f"cid:{fake.cid}", pictures=(fake,))


def stacked() -> CompiledMessage:
    mail = replace(
        samples.rendering(
            html="<p>[[greeting]]</p><p>[[greeting2]]</p>", text="[[greeting]] [[greeting2]]"
        ),
        language="mul",
        greeting="Dear {name},\nЗдравствуйте, {name}!",
        greeting_anonymous="Dear reader,\nЗдравствуйте!",
    )
    return compile_message(mail, replace(samples.head(), language="en, ru"))


@pytest.mark.parametrize("name", NAMES)
def test_a_mail_in_two_languages_greets_in_both(name: str) -> None:
    mail = read(stacked().build(named(name)))
    assert body(mail, "plain") == f"Dear {name}, Здравствуйте, {name}!\n"
    shown = html.escape(name)
    assert body(mail, "html") == f"<p>Dear {shown},</p><p>Здравствуйте, {shown}!</p>\n"


def test_a_mail_in_two_languages_names_both() -> None:
    mail = read(stacked().build(named("")))
    assert mail["Content-Language"] == "en, ru"
    assert body(mail, "plain") == "Dear reader, Здравствуйте!\n"


def test_a_line_break_in_a_name_is_no_greeting_in_another_language() -> None:
    with pytest.raises(ValueError, match="holds a line break"):
        stacked().build(replace(recipient(), name="Anna\nBoris"))


def test_a_greeting_in_a_language_that_the_mail_has_not_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no such slot: \[\[greeting2\]\]"):
        compiled(text="[[greeting2]]")
