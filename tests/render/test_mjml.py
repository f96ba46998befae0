"""MJML to HTML: what editors' programs do to white space does no harm, and no fault escapes."""

from html import unescape

import lxml.html
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markupsafe import escape
from mjml import mjml2html

from newsletter.errors import InputRefused
from newsletter.render import mjml
from newsletter.render.mjml import mjml_to_html, normalise, place_before

HEAD = '<mj-head data-at="a.j2:2:3">\n<mj-title data-at="a.j2:3:5">Т</mj-title>\n</mj-head>\n'
BODY = (
    '<mj-body data-at="b.j2:1:1">\n<mj-section data-at="b.j2:2:1"><mj-column data-at="b.j2:3:1">\n'
    '<mj-text data-at="b.j2:4:1">Привет, <b>мир</b> <i>и</i> труд</mj-text>\n'
    "</mj-column></mj-section></mj-body>\n"
)
SOURCE = f'<mjml data-at="a.j2:1:1" lang="ru" dir="ltr">\n{HEAD}{BODY}</mjml>\n'


def test_the_marks_of_places_are_gone_and_the_language_is_there() -> None:
    html = mjml_to_html(SOURCE, "templates/x")
    assert "data-at" not in html
    assert '<html lang="ru" dir="ltr"' in html
    assert "<title>Т</title>" in unescape(html)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: text.replace("\n<", " <"),
        lambda text: text.replace("\n<", "\t \n<"),
        lambda text: text.replace("\n<", "<"),
        lambda text: text.replace("\n<", "\n\n   <"),
    ],
    ids=["Windows", "old Mac", "blanks", "blanks before line ends", "no gaps", "empty lines"],
)
def test_white_space_between_tags_changes_nothing(spoil: object) -> None:
    assert callable(spoil)
    plain, spoiled = (mjml_to_html(text, "x") for text in (SOURCE, spoil(SOURCE)))
    assert "".join(plain.split()) == "".join(spoiled.split())


def test_the_library_would_stumble_over_a_blank_in_the_head() -> None:
    with pytest.raises(ValueError, match="unexpected token"):
        mjml2html("<mjml><mj-head> <mj-title>T</mj-title></mj-head><mj-body></mj-body></mjml>")


def test_a_gap_between_words_stays_a_gap() -> None:
    assert "<b>мир</b> <i>и</i> труд" in mjml_to_html(SOURCE, "x")
    assert normalise("<b>a</b> <i>b</i>\t<mj-text>") == "<b>a</b> <i>b</i>\n<mj-text>"


def test_no_font_is_fetched_from_other_peoples_servers() -> None:
    html = mjml_to_html(SOURCE, "x")
    assert "fonts.googleapis" not in html
    assert "<link" not in html
    assert "@import" not in html


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("<mj-title ", "x<mj-title ", "templates/x/a.j2:2:3"),
        ("<mj-text ", "<![CDATA[x]]><mj-text ", "templates/x/b.j2:3:1"),
        ("</mjml>", "", "templates/x/a.j2"),
    ],
)
def test_what_the_library_refuses_is_told_at_the_tag_before_it(
    old: str, new: str, place: str
) -> None:
    with pytest.raises(InputRefused) as caught:
        mjml_to_html(SOURCE.replace(old, new), "templates/x")
    (finding,) = caught.value.findings
    assert str(finding.place) == place
    assert finding.message.startswith("the MJML cannot be read: ")
    assert finding.remedy.startswith("look for an unclosed tag")


def test_nothing_at_all_is_refused() -> None:
    with pytest.raises(InputRefused, match="templates/x: the MJML cannot be read: unable to find"):
        mjml_to_html("", "templates/x")


def test_a_panic_of_the_library_is_a_refusal(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def panicking(*_: object, **__: object) -> str:
        head = '<mj-head><mj-include path="x" type="html" /></mj-head>'
        return mjml2html(f"<mjml>{head}</mjml>", include_loader=lambda _: "<p>x</p>")

    monkeypatch.setattr(mjml, "mjml2html", panicking)
    with pytest.raises(InputRefused, match="the MJML cannot be read: not yet implemented"):
        mjml_to_html(SOURCE, "templates/x")


def test_any_other_end_of_the_world_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(mjml, "mjml2html", interrupted)
    with pytest.raises(KeyboardInterrupt):
        mjml_to_html(SOURCE, "x")


def test_the_place_before_a_position_is_that_of_the_last_tag() -> None:
    assert str(place_before(SOURCE, SOURCE.index("Привет"), "t")) == "t/b.j2:4:1"
    assert str(place_before(SOURCE, 0, "t")) == "t/a.j2"
    assert str(place_before("no tags", 3, "t")) == "t"


WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), min_size=1)


@given(words=WORDS)
@example(words="на\u00a0фоне")
@example(words="C:\\new «а»\u0301 \u200d\ufe0f \n\t 'x' \"y\"")
def test_what_is_written_in_an_attribute_is_what_readers_get(words: str) -> None:
    words = "".join(sign for sign in words if sign.isprintable() or sign in "\u00a0\u200d\n\t")
    text = f'<mj-text><img src="i" alt="{escape(words)}"></mj-text>'
    page = f"<mj-body><mj-section><mj-column>\n{text}</mj-column></mj-section></mj-body>"
    html = mjml.convert(f"<mjml>\n<mj-head>\n{title(words)}\n</mj-head>\n{page}</mjml>")
    tree = lxml.html.document_fromstring(html)
    assert tree.xpath("//img/@alt") == [words]
    assert tree.xpath("//div[@role='article']/@aria-label") == [words]
    assert tree.xpath("string(//title)") == words


def title(words: str) -> str:
    return f"<mj-title>{escape(words)}</mj-title>"


def test_quotation_marks_within_others_end_no_attribute() -> None:
    image = """<img src="i" alt='a "big" \\ b' title="it's">"""
    html = mjml.convert(
        f"<mjml><mj-body><mj-section><mj-column><mj-text>{image}</mj-text></mj-column>"
        "</mj-section></mj-body></mjml>"
    )
    shown = lxml.html.document_fromstring(html).find(".//img")
    assert shown is not None
    assert (shown.get("alt"), shown.get("title")) == ('a "big" \\ b', "it's")


def test_the_library_would_write_a_hard_space_as_a_program_does() -> None:
    body = "<mj-section><mj-column><mj-text><b title='a\u00a0b'>x</b></mj-text></mj-column>"
    html = mjml2html(f"<mjml><mj-body>{body}</mj-section></mj-body></mjml>", fonts={})
    assert r"a\u{a0}b" in html
