"""Values written as YAML are read back as they were."""

import re

from hypothesis import given
from hypothesis import strategies as st

from newsletter.compose.names import slug_of
from newsletter.compose.yamlfile import parse_yaml
from newsletter.compose.yamltext import WIDTH, commented, key_lines
from newsletter.model.written import is_slug

LINE = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\n")
    | st.sampled_from(":#-'\"[]{}«» \u00a0"),
    max_size=200,
).map(lambda text: " ".join(text.split(" ")).strip())
PROSE = st.lists(st.sampled_from(("word", "1.", "- a", "# no", "«Да»", "x" * 130)), min_size=1).map(
    lambda words: "\n\n".join((" ".join(words), *words))
)


def read(lines: list[str]) -> object:
    return parse_yaml("\n".join(lines) + "\n", "x.yaml").data


@given(LINE)
def test_a_line_is_read_back(text: str) -> None:
    assert read(list(key_lines("title", text))) == {"title": text}


@given(st.lists(st.lists(LINE, min_size=1, max_size=3), max_size=3))
def test_lists_of_mappings_are_read_back(values: list[list[str]]) -> None:
    links = [{f"k{number}": each for number, each in enumerate(inner)} for inner in values]
    assert read(list(key_lines("links", links))) == {"links": links}


@given(PROSE)
def test_prose_keeps_its_words_and_begins_no_line_with_a_mark(text: str) -> None:
    lines = list(key_lines("text", text, "  "))
    (value,) = read(lines).values()  # type: ignore[attr-defined]
    assert value.split() == text.split()
    written = [line for line in value.split("\n") if re.match(r"[-#\d]", line)]
    assert all(line in text for line in written)


def test_long_lines_are_folded_and_plain_words_stay_plain() -> None:
    text = "One sentence: about work. " * 9
    lines = list(key_lines("lead", text.strip()))
    assert lines[0] == "lead: >-"
    assert all(len(line) <= WIDTH for line in lines)
    assert list(key_lines("url", "https://www.example.org/a#b")) == [
        "url: https://www.example.org/a#b"
    ]
    assert list(key_lines("title", "No")) == ['title: "No"']
    assert list(key_lines("countries", ["kz", "ru"])) == ["countries: [kz, ru]"]


@given(st.lists(LINE, max_size=4))
def test_comments_hold_nothing(lines: list[str]) -> None:
    written = commented(line for each in lines for line in key_lines("k", each))
    assert read(["a: 1", *written]) == {"a": 1}


def test_names_of_files_are_made_from_headlines() -> None:
    assert slug_of("FNPR-ILO Arctic trade union school") == "fnpr-ilo-arctic-trade"
    assert slug_of("В Бишкеке — щедрый подъезд") == "bishkeke-shchedryy-podezd"
    assert slug_of("Қазақстанда жаңа орталық") == "qazaqstanda-zhanga-ortalyq"
    assert slug_of("Ça va être là") == "etre"
    assert slug_of("中国") == "item"


@given(st.text(max_size=100))
def test_every_headline_gives_a_name(title: str) -> None:
    assert is_slug(slug_of(title))
