"""Mails from elsewhere: any bytes are read, or refused with a place; rules speak of lines."""

import base64
import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.checks.check import RULES
from newsletter.checks.clients import support
from newsletter.checks.foreign import LARGEST, MOST, check_html
from newsletter.checks.page import DEEPEST
from newsletter.checks.tuning import Report, Tuning
from newsletter.errors import InputRefused, NewsletterError, WrongUsage
from newsletter.model.checking import Checking
from newsletter.model.finding import Finding, Severity
from newsletter.model.place import Marks
from newsletter.render.build import build
from tests.workspace import sample

PAGE = """\
<!DOCTYPE html>
<html lang="en" dir="ltr"><head><meta charset="utf-8"><title>News</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body style="margin:0">
<h1>News of the spring</h1>
<p>Forty young people met.</p>
</body></html>
"""


def tuning(**checks: object) -> Tuning:
    return Tuning(Checking.model_validate(checks), Marks("newsletter.yaml"))


def report(folder: Path, content: str | bytes, name: str = "mail.html", **checks: object) -> Report:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return check_html(path, tuning(**checks))


def found(folder: Path, content: str | bytes, rule: str, name: str = "mail.html") -> list[Finding]:
    return [each for each in report(folder, content, name).findings if each.rule == rule]


def test_faults_are_named_at_line_and_column_of_the_file(tmp_path: Path) -> None:
    spoilt = PAGE.replace("<p>Forty", '<p style="color:#bbb">Forty')
    (finding,) = found(tmp_path, spoilt, "contrast")
    assert str(finding.place) == f"{tmp_path / 'mail.html'}:6:1"
    assert finding.spot is not None
    (image,) = found(tmp_path, PAGE.replace("<p>", '<p><img src="https://x.org/a.png">'), "img-alt")
    assert str(image.place) == f"{tmp_path / 'mail.html'}:6:4"


def test_our_own_mails_have_no_error_and_no_warning(tmp_path: Path) -> None:
    way = sample("2015-1")
    build(way.composition, way.renderings, tmp_path)
    for name in ("newsletter.html", "newsletter.eml"):
        for language in way.renderings:
            findings = check_html(tmp_path / language / name, tuning()).findings
            graver = [str(each) for each in findings if each.severity is not Severity.NOTE]
            assert graver == []


@pytest.mark.parametrize("rest", ["<!-- and so on", "<a href='x", "</p", "<"])
def test_what_never_ends_takes_the_rest_with_it(tmp_path: Path, rest: str) -> None:
    spoilt = PAGE.replace("<p>Forty", '<p style="color:#bbb">Forty')
    (finding,) = found(tmp_path, spoilt + rest * 3000, "contrast")
    assert finding.place.line == 6


def test_a_scrap_of_html_is_looked_at_too(tmp_path: Path) -> None:
    scrap = '<p style="background:url(a.png)"><b>x</b></p>'
    (note,) = found(tmp_path, scrap, "contrast-unknown")
    assert note.place.column == 34


def test_the_settings_of_an_office_hold_for_foreign_files_too(tmp_path: Path) -> None:
    spoilt = PAGE.replace("<p>Forty", '<p style="color:#bbb;opacity:.99">Forty')
    assert found(tmp_path, spoilt, "client-support")
    ignore = [{"rule": "contrast", "where": "*.html", "reason": "a test"}]
    rules = {"contrast-forced-dark": "off", "client-support": "off"}
    done = report(tmp_path, spoilt, rules=rules, ignore=ignore)
    assert [each.finding.rule for each in done.ignored] == ["contrast"]
    assert {each.rule for each in done.findings} & {"contrast", *rules} == set()


def test_what_programs_lack_is_told_for_everything_in_the_file(tmp_path: Path) -> None:
    spoilt = PAGE.replace("<p>Forty", '<p style="opacity:.99">Forty')
    (note,) = found(tmp_path, spoilt, "client-support")
    assert note.place.line == 6
    assert support().features["css-opacity"].title in note.message


RUSSIAN = PAGE.replace("Forty young people met.", "Встретились сорок молодых людей.")


@pytest.mark.parametrize("name", ["windows-1251", "koi8-r", "iso-8859-5"])
def test_an_old_encoding_that_is_named_is_read_and_noted(tmp_path: Path, name: str) -> None:
    data = RUSSIAN.replace("utf-8", name).encode(name)
    (note,) = found(tmp_path, data, "html-encoding")
    assert note.severity is Severity.NOTE
    assert "not in UTF-8" in note.message


def test_cyrillic_bytes_about_which_nothing_is_said_are_recognised(tmp_path: Path) -> None:
    data = RUSSIAN.replace('<meta charset="utf-8">', "").encode("windows-1251")
    messages = [each.message for each in found(tmp_path, data, "html-encoding")]
    assert "the file says no encoding; its letters look like cp1251" in messages


def test_western_bytes_about_which_nothing_is_said_are_recognised(tmp_path: Path) -> None:
    text = PAGE.replace('<meta charset="utf-8">', "").replace("Forty", "Été à Genève, naïf")
    messages = [each.message for each in found(tmp_path, text.encode("cp1252"), "html-encoding")]
    assert "the file says no encoding; its letters look like cp1252" in messages


def test_a_byte_that_is_not_in_the_encoding_is_an_error_at_its_place(tmp_path: Path) -> None:
    data = PAGE.encode().replace(b"Forty", b"For\xe9ty")
    (error,) = found(tmp_path, data, "html-encoding")
    assert error.severity is Severity.ERROR
    assert (error.place.line, error.place.column) == (6, 7)
    assert "the file is said to be utf-8; the byte 0xe9 is not" in error.message


def test_an_encoding_that_does_not_exist_is_named(tmp_path: Path) -> None:
    for name in ("utf-9", "rot13", "hex"):
        data = PAGE.replace("utf-8", name)
        messages = [each.message for each in found(tmp_path, data, "html-encoding")]
        assert f"there is no encoding “{name}”" in messages


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_says_more_than_the_file(tmp_path: Path, encoding: str) -> None:
    data = RUSSIAN.replace("utf-8", "windows-1251").encode(encoding)
    texts = [str(each) for each in report(tmp_path, data).findings]
    assert not any("\ufffd" in text for text in texts)
    assert not [each for each in texts if "is said to be" in each]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "there is no HTML in this file"),
        (b"Dear reader, this is no page.", "there is no HTML in this file"),
        (b"<p>" + b"<div>" * (DEEPEST + 2), f"nested more than {DEEPEST} deep"),
        (b"<b></b>" * (MOST + 1), f"more than {MOST}"),
        (b"<p>" * (MOST + 1), f"more than {MOST}"),
        (b"<p>" + b"<" * 5 * MOST + b">", f"more than {4 * MOST} times"),
        (b"<div></b>" * (DEEPEST + 2), f"nested more than {DEEPEST} deep"),
        (
            b"<style>" + b"p { color: red }" * 40_000 + b"</style><p>x",
            "640 KB of CSS with 40000 rules",
        ),
        (
            b"<style>" + b"p{}" * 2000 + b"</style>" + b"<p>" * 6000,
            "6 KB of CSS with 2000 rules for 6001 elements",
        ),
        (b"\x89PNG\r\n\x1a\n" + b"<p>" * 9, "it is a picture (PNG)"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(9), "it is a file of Outlook (.msg)"),
        (b"PK\x03\x04<p>", "it is a ZIP archive or a file of Office (.docx)"),
        (b"%PDF-1.7\n<< /Type /Catalog >>", "it is a PDF"),
        (bytes(range(256)) * 9, "it is not a text"),
        ("<p>no mark of its order</p>".encode("utf-16-le"), "it is not a text"),
    ],
)
def test_what_is_no_mail_is_refused_with_the_reason(
    tmp_path: Path, content: bytes, message: str
) -> None:
    with pytest.raises(InputRefused) as refused:
        report(tmp_path, content)
    assert message in str(refused.value)
    assert str(tmp_path / "mail.html") in str(refused.value)


def test_a_stray_control_character_does_not_make_a_page_a_file_of_another_kind(
    tmp_path: Path,
) -> None:
    for letter in "\0\x0b\x1b":
        spoilt = PAGE.replace("<p>Forty", f'<p style="color:#bbb">For{letter}ty')
        assert len(found(tmp_path, spoilt, "contrast")) == 1


OFFICE_WORDS = re.compile(
    r"mjml|\bmj-|theme|template|(?:inline|head)\.css|\.yaml|edition|\bslots?\b|\[\[|filter|setting|\(und\)|\bund\b",
    re.IGNORECASE,
)
"""Words for what somebody with a mail from elsewhere has not."""
BAD_PAGE = """\
<html><head><style>@import "a.css"; p { opacity: .9 } %s</style>
<link rel=stylesheet href=b.css></head>
<body><div>Forty people met %%7B%%7Bname%%7D%%7D {{name}} \x85</div>
<h3>x</h3><h5></h5><table><tr><td>a</td></tr></table><table><tr><th>b</th></tr></table>
<img src="https://x.org/a.webp"><a href="#">here</a><a href="http://x.org/">www.y.org</a>
<a href="https://x.org/ru/" hreflang="ru">Русский</a> <a href="https://bit.ly/1">here</a>
<a href="tel:123" style="text-decoration:none">456</a><a href="https://x.org/"></a>
<p style="background:url(a.png);color:#ccc;font-size:5px" onclick="x">Words in grey&amp;nbsp;</p>
<p style="display:none">Cheap watches and loans for all of you</p><form></form>
</body></html>
""" % ("p { margin: 0 } " * 1200 + "@media screen { @media print { p { margin: 0 } } } }")


def test_what_is_to_be_done_is_said_for_somebody_who_has_nothing_but_the_html(
    tmp_path: Path,
) -> None:
    content = mail(BAD_PAGE, "Subject: READ THIS NOW!!! " * 5, text="word " * 60)
    findings = report(tmp_path, content, "mail.eml").findings
    assert len({each.rule for each in findings}) > 30
    said = [f"{each.message} - {each.remedy}" for each in findings]
    assert [each for each in said if OFFICE_WORDS.search(each)] == []


def test_no_rule_about_mails_tells_strangers_of_templates_or_settings() -> None:
    told = [each.in_html or each.mend for each in RULES if each.of_mail]
    assert [each for each in told if OFFICE_WORDS.search(each)] == []


MANY = {
    "words to fill in": "<p>{{name}} text</p>\n",
    "links in one line": '<a href="https://x.org/a">Report of the spring</a>, ',
    "links below one another": '<a href="https://x.org/a">Report of the spring</a><br>',
    "groups of rows left open": "<tbody>",
    "groups of columns left open": "<colgroup>",
    "headings without words": "<h3></h3>",
}


@pytest.mark.slow
@pytest.mark.parametrize("unit", MANY.values(), ids=MANY.keys())
def test_a_page_with_as_much_as_a_mail_may_have_is_looked_at_to_the_end(
    tmp_path: Path, unit: str
) -> None:
    each = unit.count("<a") + unit.count("<p") + unit.count("<br") or 1
    spoilt = PAGE.replace("<p>Forty", f"{unit * (28_000 // each)}<p style='color:#bbb'>Forty")
    assert len(found(tmp_path, spoilt, "contrast")) == 1


@pytest.mark.slow
@pytest.mark.parametrize("gap", ["<!---->", "</b>"])
def test_words_in_a_hundred_thousand_pieces_are_one_text(tmp_path: Path, gap: str) -> None:
    words = f"sixteen letters {gap}" * 100_000
    spoilt = PAGE.replace("<p>Forty", f"<p style='color:#bbb'>{words}Forty")
    (finding,) = found(tmp_path, spoilt, "contrast")
    assert "“sixteen letters sixteen" in finding.message


def test_a_text_part_of_one_endless_word_is_looked_at_to_the_end(tmp_path: Path) -> None:
    content = mail(PAGE, *HEADERS, text=f"{'x' * 1_000_000}&nbsp;")
    assert len(found(tmp_path, content, "text-lines", "mail.eml")) == 1
    assert len(found(tmp_path, content, "escapes", "mail.eml")) == 1


def test_a_file_that_is_too_large_is_not_even_read(tmp_path: Path) -> None:
    with pytest.raises(InputRefused) as refused:
        report(tmp_path, b"<p>" + b"x" * LARGEST)
    assert "the file has 5.0 MB" in str(refused.value)


def test_a_file_that_is_not_there_is_a_wrong_usage(tmp_path: Path) -> None:
    for path in (tmp_path / "none.html", tmp_path, Path("a\0b")):
        with pytest.raises(WrongUsage):
            check_html(path, tuning())


def mail(html: str, *headers: str, text: str = "Forty young people met.") -> str:
    """Return a whole mail whose HTML is packed."""
    packed = base64.encodebytes(html.encode()).decode()
    return "\n".join(
        (
            *headers,
            "MIME-Version: 1.0",
            'Content-Type: multipart/alternative; boundary="b"',
            "",
            "--b",
            "Content-Type: text/plain; charset=utf-8",
            "",
            text,
            "--b",
            "Content-Type: text/html; charset=utf-8",
            "Content-Transfer-Encoding: base64",
            "",
            packed,
            "--b--",
            "",
        )
    )


HEADERS = (
    "From: Office <news@example.org>",
    "Date: Tue, 31 Mar 2015 12:00:00 +0300",
    "Message-ID: <1@example.org>",
    "Subject: =?utf-8?b?0J3QvtCy0L7RgdGC0Lg=?=",
    "List-Unsubscribe: <https://example.org/leave>, <mailto:leave@example.org>",
    "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
)


def test_the_html_of_a_whole_mail_is_looked_at_by_lines_of_its_part(tmp_path: Path) -> None:
    spoilt = PAGE.replace("<p>Forty", '<p style="color:#bbb">Forty')
    (finding,) = found(tmp_path, mail(spoilt, *HEADERS), "contrast", "mail.eml")
    assert str(finding.place) == f"{tmp_path / 'mail.eml'}[html]:6:1"


def test_a_whole_mail_is_known_by_its_head_whatever_it_is_called(tmp_path: Path) -> None:
    spoilt = PAGE.replace("<p>Forty", '<p style="color:#bbb">Forty')
    assert len(found(tmp_path, mail(spoilt, *HEADERS), "contrast", "mail.txt")) == 1


def test_a_head_that_lets_nobody_leave_is_named(tmp_path: Path) -> None:
    assert found(tmp_path, mail(PAGE, *HEADERS), "mail-head", "mail.eml") == []
    without = [
        each.message for each in found(tmp_path, mail(PAGE, *HEADERS[:4]), "mail-head", "m.eml")
    ]
    assert without == ["the head of the mail has no List-Unsubscribe"]
    by_mail = (*HEADERS[1:4], "List-Unsubscribe: <mailto:leave@example.org>")
    messages = [
        each.message for each in found(tmp_path, mail(PAGE, *by_mail), "mail-head", "m.eml")
    ]
    assert messages == [
        "the head of the mail has a List-Unsubscribe without an https address",
        "the head of the mail has no List-Unsubscribe-Post",
        "the head of the mail has no From",
    ]


def test_pictures_may_come_with_a_mail_or_lie_beside_a_page(tmp_path: Path) -> None:
    pictures = '<img src="images/a%20b.png?1"><img src="cid:a%40b"><img src="../a.png"><p>'
    spoilt = PAGE.replace("<p>", pictures)
    (tmp_path / "images").mkdir()
    (tmp_path / "images/a b.png").touch()
    (tmp_path.parent / "a.png").touch()
    messages = [each.message for each in found(tmp_path, spoilt, "img-address")]
    assert messages == [
        "readers cannot load the picture “cid:a%40b”: it does not come with the mail",
        "readers cannot load the picture “../a.png”: the address is not whole",
    ]
    part = "Content-Type: application/octet-stream\nContent-ID: <a@b>\n\nx\n"
    place = "Content-Type: image/png\nContent-Location: ../a.png\n\nx\n"
    whole = mail(spoilt, *HEADERS).replace("\n--b--", f"\n--b\n{part}--b\n{place}--b--")
    messages = [each.message for each in found(tmp_path, whole, "img-address", "mail.eml")]
    assert messages == [
        "readers cannot load the picture “images/a%20b.png?1”: the address is not whole"
    ]


@pytest.mark.parametrize("name", ["a\0b", "a" * 5000, "http://[", "C:\\a.png"])
def test_a_picture_that_no_file_can_be_called_lies_nowhere(tmp_path: Path, name: str) -> None:
    spoilt = PAGE.replace("<p>", f'<p><img src="{name}">')
    assert len(found(tmp_path, spoilt, "img-address")) == 1


LEAVE = "nobody can leave by this page: no link in it speaks of unsubscribing"


@pytest.mark.parametrize(
    "link",
    [
        '<a href="https://x.org/1">Unsubscribe</a>',
        '<a href="https://x.org/1">Отписаться от рассылки</a>',
        '<a href="https://x.org/1">Отказ от подписки</a>',
        '<a href="https://x.org/1">Жазылымнан бас тарту</a>',
        '<a href="https://x.org/1">Newsletter abbestellen</a>',
        '<a href="https://x.org/1">Manage your preferences</a>',
        '<a href="https://x.org/%D0%BE%D1%82%D0%BF%D0%B8%D1%81%D0%BA%D0%B0">x</a>',
        '<a href="*|UNSUB|*">x</a>',
    ],
)
def test_a_link_by_which_readers_leave_is_known_by_words_or_address(
    tmp_path: Path, link: str
) -> None:
    assert found(tmp_path, PAGE.replace("<p>", f"<p>{link}"), "way-out") == []


def test_a_mail_that_nobody_can_leave_is_told_for_each_part(tmp_path: Path) -> None:
    (page,) = found(tmp_path, PAGE, "way-out")
    assert (page.severity, page.message) == (Severity.WARNING, LEAVE)
    hidden = '<a href="https://x.org/unsubscribe" style="display:none">Unsubscribe</a>'
    empty = '<a href="https://x.org/unsubscribe"></a>'
    for link in (hidden, empty, "To unsubscribe"):
        assert found(tmp_path, PAGE.replace("<p>", f"<p>{link}"), "way-out") == [page]
    (_, text) = found(tmp_path, mail(PAGE, *HEADERS), "way-out", "mail.eml")
    assert text.place.file == f"{tmp_path / 'mail.eml'}[text]"
    whole = mail(PAGE, *HEADERS, text="Unsubscribe: https://x.org/1")
    assert len(found(tmp_path, whole, "way-out", "mail.eml")) == 1


def test_the_text_part_of_a_whole_mail_is_compared_with_its_page(tmp_path: Path) -> None:
    page = PAGE.replace("Forty", " ".join(f"word{number}x" for number in range(60)))
    (finding,) = found(tmp_path, mail(page, *HEADERS), "text-parity", "mail.eml")
    assert finding.place.file == f"{tmp_path / 'mail.eml'}[text]"


def test_the_subject_of_a_whole_mail_is_looked_at(tmp_path: Path) -> None:
    loud = (*HEADERS[:3], "Subject: READ THIS NOW!!!", *HEADERS[4:])
    assert found(tmp_path, mail(PAGE, *loud), "subject-shouts", "mail.eml")


def test_a_mail_of_text_alone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="there is no HTML in this mail"):
        report(tmp_path, "From: a@example.org\nSubject: x\n\nhello\n", "mail.eml")


@pytest.mark.parametrize("kind", ["multipart/mixed; boundary=b", "message/rfc822"])
def test_a_mail_of_mails_without_end_is_refused(tmp_path: Path, kind: str) -> None:
    many = f"Content-Type: {kind}\n\n--b\n" * 2000
    content = f"From: a@example.org\nSubject: x\n{many}Content-Type: text/html\n\n<p>x</p>"
    with pytest.raises(InputRefused, match="more than 100 parts with parts of their own"):
        report(tmp_path, content, "mail.eml")


def survived(folder: Path, data: bytes, name: str) -> None:
    """Look at bytes: there is a report, or a refusal in words; nothing else."""
    with suppress(NewsletterError):
        report(folder, data, name)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("foreign")


PIECES = st.sampled_from(
    [
        *(b"<p>", b"</p>", b"<a href='", b"'>", b"<style>", b"</style>", b"<!--", b"-->", b"<![if"),
        *(b"<![CDATA[", b"]]>", b"<![foo[", b"<?x", b"<!x", b"&#x110000;", b"&amp", b"<table><td>"),
        *(
            b"<img src=cid:x alt>",
            b"a { color: red }",
            b"style='color:#fff;background:#fff'",
            b"\0",
        ),
        *(
            b"<html lang=ru>",
            b"<meta charset=",
            b"utf-7",
            b"'",
            b'"',
            b"<",
            b">",
            b"=",
            b"\xff\xfe",
        ),
        *("Встреча".encode(), "Встреча".encode("cp1251"), b"http://[", b"mailto:", b"[[slot]]"),
        *(b"<h1>", b"<th>", b"<a href='http://x.test:99999/'>", b"<svg><script>", b"</script>"),
    ]
)


@pytest.mark.slow
@given(st.lists(PIECES | st.binary(max_size=8), max_size=40))
def test_no_html_ends_in_a_traceback(folder: Path, pieces: list[bytes]) -> None:
    survived(folder, b"".join(pieces), "any.html")
    survived(folder, PAGE.encode().replace(b"Forty", b"".join(pieces)), "any.html")


HEADER_PIECES = st.sampled_from(
    [
        *(b"Subject: ", b"=?utf-8?b?", b"=?x?q?=ff?=", b"\n", b"\r\n", b" ", b"Content-Type: "),
        *(b"text/html", b"multipart/mixed; boundary=", b"b", b"--b\n", b"--b--", b"; charset="),
        *(b"utf-8", b"nonsense", b"=?x?=", b"base64", b"Content-Transfer-Encoding: ", b"uuencode"),
        *(
            b"List-Unsubscribe: <",
            b"Content-ID: <x>\n",
            b"image/png\n",
            b"<p>x</p>",
            b"\xff",
            b"\0",
        ),
        *(b"quoted-printable", b"message/rfc822", b"begin 644 x\n", b"Content-Disposition: "),
    ]
)


@pytest.mark.slow
@given(st.lists(HEADER_PIECES | st.binary(max_size=8), max_size=40))
def test_no_mail_ends_in_a_traceback(folder: Path, pieces: list[bytes]) -> None:
    survived(folder, b"".join(pieces), "any.eml")
    html = b"Content-Type: text/html\n" + b"".join(pieces) + b"\n\n<p>x</p>\n"
    survived(folder, html, "any.eml")
