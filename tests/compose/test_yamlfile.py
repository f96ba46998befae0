"""Reading YAML: every refusal with its place, and plain data with the place of everything."""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsletter.compose import yamlfile
from newsletter.compose.yamlfile import decode, parse_yaml, read_yaml
from newsletter.errors import InputRefused
from newsletter.model.place import Place
from tests.workspace import refusal_of

REFUSED = {
    "tab": ("a:\n\tb: 1\n", "2:1: a tab stands where spaces must - indent with spaces"),
    "colon in a text": ("a: b: c\n", "1:5: a colon stands where no key can begin"),
    "key without colon": ("a: 1\nb\n", "3:1: a key without its colon"),
    "uneven indentation": ("a: 1\n b: 2\n", "2:3: a colon stands where no key can begin"),
    "text after a quotation": ('a: "b" c\n', "1:8: the indentation does not fit the lines above"),
    "open quotation": ('a: "b\n', "1:4: a quotation mark or bracket is opened but never closed"),
    "quotation that takes in the next": (
        'a: "b\nc: "d"\n',
        "1:4: the quotation that opens here closes only in line 2 - close it where it ends",
    ),
    "open list": ("a: [b, c\nd: 1\n", "2:2: a list or mapping in brackets is not closed"),
    "alias without anchor": ("a: *b\n", "1:4: an alias (*name) without its anchor (&name)"),
    "odd first letter": ("a: @b\n", "1:4: a text cannot begin with this character"),
    "second document": ("a: 1\n---\nb: 2\n", "2:1: a second document begins (---)"),
    "text beside the bar": ("a: | b\n", "1:6: text stands after | or > in the same line - begin"),
    "list beside its key": ("a: - b\n", "1:4: a dash stands where no list can begin - begin"),
    "backslash": ('a: "C:\\Users"\n', "1:9: a backslash does not stand for itself"),
    "value left out": ("a: [,]\n", "1:5: a value is missing here - write one, or close"),
    "text after the end": ('"a" b\n', "1:5: this does not belong to the lines above - check"),
    "number of no letter": ('a: 1\nb: "\\U00110000"\n', "2:5: \\U00110000 is the number of no"),
    "unknown handle": ("a: !x!y 1\n", "1:4: a tag that is not known"),
    "tag of a text": ("a: 1\nb: !!python/name:os.system x\n", "2:4: the tag !!python/name:os"),
    "tag of a list": ("a: !!python/object/apply:os.system [ls]\n", "1:4: the tag !!python/object"),
    "tag of keys": ("a: !!python/object:os.system {b: c}\n", "1:4: the tag !!python/object"),
    "own tag": ("a: !mine 1\n", "1:4: the tag !mine is not known - remove the word"),
    "binary": ("a: !!binary aGk=\n", "1:4: the tag !!binary is not known"),
    "key twice": ("a: 1\nb: 2\na: 3\n", "3:1: `a` stands here a second time (first in line 1)"),
    "list as a key": ("? [a, b]\n: c\n", "1:3: a key must be a word - write it as `key: value`"),
    "empty key": ("a: 1\n'': 2\n", "2:1: a key must be a word"),
    "escape in a key": ('"\\e[31mred": 1\n', "1:1: a key must be a word"),
    "hard space in a key": ("a\u00a0b: 1\n", "1:1: a key must be a word"),
    "control character": ("a: b\nc: d\x07e\n", "2:5: an invisible control character (U+0007)"),
    "half a letter": ('a: "b \\ud800"\n', "1:4: a letter that does not exist (U+D800)"),
    "half a letter in a key": ('"\\udfff": 1\n', "1:1: a key must be a word"),
    "deep lists": ("a: " + "[" * 60 + "]" * 60, "1:44: more than 40 levels, one inside the other"),
    "very deep lists": ("[" * 500, "more than 40 levels, one inside the other - flatten it"),
    "many aliases": ("a: &x 1\nb: [" + "*x, " * 30 + "]", ": more than 20 aliases (*name)"),
    "itself inside itself": ("a: &x [*x]\n", "1:4: more than"),
}


def _refusal(text: str) -> str:
    with pytest.raises(InputRefused) as caught:
        parse_yaml(text, "x.yaml")
    return str(caught.value)


@pytest.mark.parametrize("case", REFUSED)
def test_a_fault_is_named_with_line_column_and_remedy(case: str) -> None:
    text, expected = REFUSED[case]
    message = _refusal(text)
    assert message.startswith("x.yaml:")
    assert expected in message
    assert " - " in message


def test_all_faults_that_do_not_hide_others_are_told_at_once() -> None:
    lines = _refusal("a: !x 1\nb: 1\nb: 2\n? [c]\n: d\n").split("\n")
    assert [line.split(" ")[0] for line in lines] == ["x.yaml:1:4:", "x.yaml:3:1:", "x.yaml:4:3:"]


def test_a_bomb_of_aliases_is_refused_at_once_and_told_once() -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    for level in range(1, 9):
        bomb += f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]\n"
    assert _refusal(bomb).count("more than 20 aliases") == 1


def test_too_many_values_are_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yamlfile, "MAX_NODES", 100)
    message = _refusal("a: [" + "1, " * 300 + "]")
    assert message == "x.yaml:1:299: more than 100 values - split the file"


def test_a_few_aliases_are_welcome() -> None:
    assert parse_yaml("a: &x [1, 2]\nb: *x\n", "x").data == {"a": [1, 2], "b": [1, 2]}


TRAPS = {
    "NO": "NO",
    "yes": "yes",
    "on": "on",
    "true": True,
    "12:30:45": "12:30:45",
    "010": 10,
    "0x1F": "0x1F",
    "1e3": 1000.0,
    ".inf": ".inf",
    "2015-03-17": "2015-03-17",
    "2015-03-17T10:00:00Z": "2015-03-17T10:00:00Z",
    "~": None,
    "null": None,
    "": None,
    "9" * 5000: "9" * 5000,
    "= 5": "= 5",
}


@pytest.mark.parametrize("text", TRAPS)
def test_a_value_is_what_it_looks_like(text: str) -> None:
    assert parse_yaml(f"a: {text}\n", "x").data == {"a": TRAPS[text]}


def test_every_key_and_value_has_its_place() -> None:
    marks = parse_yaml("en:\n  title: Т\n  links:\n    - label: a\n      url: b\n", "x").marks
    assert marks.at("en") == Place("x", 1, 1)
    assert marks.at("en", "title") == Place("x", 2, 3)
    assert marks.at("en", "links", 0, "url") == Place("x", 5, 7)
    assert marks.at("en", "lead") == Place("x", 1, 1), "what is not there stands in its block"


def test_a_merge_key_is_a_key_like_any_other() -> None:
    assert parse_yaml("<<: {a: 1}\n", "x").data == {"<<": {"a": 1}}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_utf_8_and_utf_16_with_its_mark_are_read(tmp_path: Path, encoding: str) -> None:
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    (tmp_path / "x").write_bytes(mark + "a: Ёлка Ұлы 𐍃\r\nb: 1\r".encode(encoding))
    assert read_yaml(tmp_path / "x", "x").data == {"a": "Ёлка Ұлы 𐍃", "b": 1}


@pytest.mark.parametrize(
    ("octets", "place"),
    [
        ("a: 1\nтайна: 2\n".encode("cp1251"), "x:2:1"),
        ("a: 1\nтайна: 2\n".encode("koi8-r"), "x:2:1"),
        ("a: тайна ".encode() + b"\xff\n", "x:1:10"),
        (b"\xef\xbb\xbfa: \xff\n", "x:1:4"),
        ("\ufeffa: 1\nб".encode("utf-16-le")[:-1], "x:2:1"),
    ],
)
def test_another_encoding_is_refused_at_its_first_odd_letter(octets: bytes, place: str) -> None:
    with pytest.raises(InputRefused) as caught:
        decode(octets, "x")
    assert str(caught.value).startswith(f"{place}: the file is not in UTF-8 - save it")


def test_utf_16_without_its_mark_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes("a: 1".encode("utf-16-le"))
    with pytest.raises(
        InputRefused, match="x:1:1: the file is not in UTF-8 but, it seems, in UTF-16"
    ):
        read_yaml(tmp_path / "x", "x")


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="x: there is no such file - check the name"):
        read_yaml(tmp_path / "x", "x")
    with pytest.raises(InputRefused, match="folder: cannot be read: Is a directory"):
        read_yaml(tmp_path, "folder")
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(InputRefused, match="loop: cannot be read: Too many levels of symbolic"):
        read_yaml(tmp_path / "loop", "loop")


def test_a_file_over_the_limit_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "x").open("wb") as stream:
        stream.truncate(yamlfile.MAX_OCTETS + 1)
    with pytest.raises(InputRefused, match="the file has 2,000,001 bytes; the limit is 2,000,000"):
        read_yaml(tmp_path / "x", "x")


YAML_BITS = st.sampled_from(
    [
        *("a", ": ", "- ", "\n", "  ", "[", "]", "{", "}", ",", "&a ", "*a", "!", "!!str ", "!<x>"),
        *("|", ">", "'", '"', "#", "%YAML 1.1\n", "%TAG ! x\n", "---", "...", "?", "\t", "1", "~"),
        *("\\ud800", "<<", "2015-03-17", "@", "`", "\ufeff", "\u2028", "\x85", "\x00", "Ж", "0x"),
    ]
)


@given(st.one_of(st.text(), st.lists(YAML_BITS, max_size=30).map("".join)))
@example("!<%ED%A0%80> a")
@example("%YAML 9.9\n--- a")
@example("? ? ? a")
@example("a: &a\n  b: *a\n")
@example("- !!int 0x")
@example('"\\U00110000"')
@example('"\\x"')
def test_any_text_is_read_or_refused(text: str) -> None:
    refused = refusal_of(lambda: parse_yaml(text, "x"))
    assert refused is None or {finding.place.file for finding in refused.findings} == {"x"}
    str(refused).encode()  # can be printed


@given(st.one_of(st.binary(), st.text().map(lambda text: text.encode("utf-16"))))
def test_any_octets_are_decoded_or_refused(octets: bytes) -> None:
    refused = refusal_of(lambda: decode(octets, "x"))
    assert refused is None or refused.findings[0].place.line > 0
