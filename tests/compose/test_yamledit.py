"""Texts are put into files that people wrote, and nothing else in these changes."""

import difflib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.compose.markdown import rich_text
from newsletter.compose.yamledit import CannotEdit, TextChange, edited, replace_all, with_texts
from newsletter.compose.yamlfile import decode, parse_yaml

LANGUAGES = ("en", "ru", "kk")
ITEM = """\
# A note at the top.
kind: news      # what it is
date: 2015-03-17

en:
  title: A school   # the headline
  # A note between.
  lead: >-
    A lead
    of two lines.
  text: |  # Markdown
    One.

    Two.
  links:
    - label: About it
      url: https://example.org/en

ru:
  title: 'Школа'
  lead: "Старое: начало"   # проверить

# A note at the end.
"""


def put(source: str, *path: str | int, text: str, prose: bool = False) -> str:
    return with_texts(source, [TextChange(path, text, prose)], LANGUAGES)


def lines_of(before: str, after: str) -> tuple[list[str], list[str]]:
    """Return the lines that went and those that came."""
    compared = list(difflib.ndiff(before.splitlines(), after.splitlines()))
    return [each[2:] for each in compared if each[0] == "-"], [
        each[2:] for each in compared if each[0] == "+"
    ]


CASES = [
    # path, text, prose, what went, what came
    (("ru", "title"), "Новая школа", False, ["  title: 'Школа'"], ["  title: Новая школа"]),
    (("ru", "lead"), "Новое: начало", False,
     ['  lead: "Старое: начало"   # проверить'], ['  lead: "Новое: начало"   # проверить']),
    (("en", "title"), "Schools", False,
     ["  title: A school   # the headline"], ["  title: Schools   # the headline"]),
    (("en", "lead"), "Short.", False,
     ["  lead: >-", "    A lead", "    of two lines."], ["  lead: Short."]),
    (("en", "text"), "One.\n\nThree.", True, ["    Two."], ["    Three."]),
    (("ru", "text"), "Раз.\n\nДва.", True, [], ["  text: |", "    Раз.", "", "    Два."]),
    (("ru", "links", 0, "label"), "Об этом", False, [], ["  links:", "    - label: Об этом"]),
    (("en", "links", 1, "label"), "More", False, [], ["    - label: More"]),
    (("en", "links", 0, "url"), "https://example.org/x", False,
     ["      url: https://example.org/en"], ["      url: https://example.org/x"]),
    (("kk", "title"), "Мектеп", False, [], ["kk:", "  title: Мектеп"]),
    (("en", "footnote"), "*See*", False, [], ['  footnote: "*See*"']),
]  # fmt: skip


@pytest.mark.parametrize(("path", "text", "prose", "went", "came"), CASES, ids=str)
def test_only_the_lines_of_a_text_change(
    path: tuple[str | int, ...], text: str, prose: bool, went: list[str], came: list[str]
) -> None:
    after = put(ITEM, *path, text=text, prose=prose)
    gone, new = lines_of(ITEM, after)
    assert (gone, new) == (went, came)


def test_notes_stay_where_they_are_when_a_text_becomes_long() -> None:
    long = "Очень длинное начало, которое не уместится в одной строке. " * 3
    after = put(ITEM, "ru", "lead", text=long)
    assert "  lead: >-   # проверить\n    Очень длинное" in after
    assert after.endswith("\n\n# A note at the end.\n")
    assert "  text: |  # Markdown\n" in put(ITEM, "en", "text", text="Other.", prose=True)
    assert max(map(len, after.splitlines())) <= 120


def test_a_new_block_stands_after_those_of_the_other_languages() -> None:
    issue = "number: 1\nen:\n  subject: News\nru: { subject: Новости }\n\nsections:\n"
    issue += "  - layout: brief\n    en: { heading: News }\n    ru: { heading: Новости }\n"
    issue += "    items: [school]\n"
    after = put(issue, "sections", 0, "kk", "heading", text="Жаңалық, хабар")
    assert '    ru: { heading: Новости }\n    kk: { heading: "Жаңалық, хабар" }\n    items' in after
    after = put(after, "kk", "subject", text="Жаңалық")
    assert "ru: { subject: Новости }\nkk: { subject: Жаңалық }\n\nsections:" in after
    after = put(after, "kk", "preheader", text="[Алғы] сөз")
    assert 'kk: { subject: Жаңалық, preheader: "[Алғы] сөз" }\n' in after


WORDS = st.text(
    alphabet=st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")),
    min_size=1,
    max_size=300,
).filter(lambda text: bool(text.strip()))
PROSE = st.lists(
    st.one_of(
        WORDS, st.just(""), st.just("- a *b* - c"), st.just("1. one"), st.just("word " * 40),
        st.just("a  "), st.just("# no heading"), st.just("\\"), st.just("---"), st.just("  in"),
    ),
    min_size=1, max_size=6,
).map("\n".join).filter(lambda text: bool(text.strip()))  # fmt: skip
PLACES = st.sampled_from([case[0] for case in CASES if case[0][-1] != "text"])


@given(WORDS, PLACES)
def test_any_line_is_read_back_as_it_was_put_in(words: str, path: tuple[str | int, ...]) -> None:
    data = parse_yaml(put(ITEM, *path, text=words), "item").data
    for part in path:
        data = data[part]
    assert data.strip() == words.strip()


@given(PROSE, st.sampled_from([("en", "text"), ("ru", "text"), ("kk", "text")]))
def test_any_story_reads_the_same_wherever_its_lines_break(
    words: str, path: tuple[str, str]
) -> None:
    data = parse_yaml(put(ITEM, *path, text=words, prose=True), "item").data
    written = data[path[0]]["text"]
    assert rich_text(written, list).html == rich_text(words.strip(), list).html


@pytest.mark.parametrize(
    ("source", "path", "why"),
    [
        ("en: &a { title: A }\nru: *a\n", ("ru", "title"), "other words of the file would change"),
        ("en: { title: &t A }\nru: { title: *t }\n", ("ru", "title"), "an alias"),
        ("en:\n  title: { a: b }\n", ("en", "title"), "`title` holds keys of its own"),
        ("en:\n  links: [{ label: A }]\n", ("en", "links", 1, "label"), "a list in brackets"),
        ("- one\n", ("en", "title"), "the file holds no keys"),
        ("en:\n  links: []\n", ("en", "links", 3, "label"), "there is no place for `3`"),
        ("en: plain\n", ("en", "title"), "`en` holds no keys"),
    ],
)
def test_what_cannot_be_edited_without_harm_is_refused(
    source: str, path: tuple[str | int, ...], why: str
) -> None:
    with pytest.raises(CannotEdit, match=why):
        put(source, *path, text="Б")


@pytest.mark.parametrize(
    "data",
    [
        ITEM.encode("utf-8-sig"),
        ITEM.replace("\n", "\r\n").encode(),
        ITEM.encode("utf-16"),
        b"\xfe\xff" + ITEM.encode("utf-16-be"),
    ],
)
def test_encoding_and_line_ends_stay(data: bytes) -> None:
    after = edited(data, "item", lambda text: put(text, "ru", "title", text="Школы"))
    assert after[:3] == data[:3]
    assert after.count(b"\r") == data.count(b"\r")
    assert decode(after, "item") == ITEM.replace("'Школа'", "Школы")


def test_all_files_are_replaced_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [tmp_path / name for name in ("a.yaml", "b.yaml", "c.yaml")]
    for path in paths:
        path.write_text("old")
        path.chmod(0o640)
    replace = Path.replace

    def full(self: Path, target: Path) -> Path:
        if target.name == "c.yaml" and self.read_text() == "new":
            raise OSError(28, "No space left on device")
        return replace(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        with pytest.raises(OSError, match="No space left"):
            replace_all(dict.fromkeys(paths, b"new"))
    assert [path.read_text() for path in paths] == ["old"] * 3
    replace_all(dict.fromkeys(paths, b"new"))
    assert [path.read_text() for path in paths] == ["new"] * 3
    assert sorted(tmp_path.iterdir()) == paths, "nothing is left beside them"
    assert {path.stat().st_mode & 0o777 for path in paths} == {0o640}
