"""The YAML that pages show means what they say: examples are without fault, traps are traps."""

import re
from pathlib import Path

import pytest

from newsletter.compose.pool import Source
from newsletter.compose.schema import validate, validate_item
from newsletter.compose.segments import parse_segments, understand
from newsletter.compose.workspace import Folder
from newsletter.compose.yamlfile import YamlFile, parse_yaml
from newsletter.errors import InputRefused
from newsletter.model.content import Event, Issue, Item
from newsletter.model.gentleness import Limits, RelayText
from newsletter.model.signing import Dkim
from newsletter.model.theme import ThemeFile
from tests.docs.pages import page
from tests.workspace import ROOT

SIGNING = "docs/how-to/dkim.md"
WRITING = "docs/how-to/items-and-translation-blocks.md"
FACTS = {"kind": "news", "date": "2026-02-10", "topics": "[osh]", "countries": "[kz]"}
WORDS = {"title": "A title", "lead": "A lead"}


def item_with(line: str) -> str:
    """Return an item in which `line` stands in the place of the key it sets, or in its own."""
    key = line.split(":")[0]
    facts, words = dict(FACTS), dict(WORDS)
    facts.pop(key, None)
    words.pop(key, None)
    lines = [f"{name}: {value}" for name, value in facts.items()]
    block = ["en:", *(f"  {name}: {value}" for name, value in words.items())]
    if key in FACTS or key == "country":
        return "\n".join([line, *lines, *block])
    return "\n".join([*lines, *block, f"  {line}"])


def read(text: str) -> Item:
    return validate_item(parse_yaml(text, "item.yaml"))


def traps() -> list[tuple[str, str]]:
    """Return each line of the table of traps that sets a key, and what is said to happen."""
    table = page(WRITING).text.split("## Traps")[1]
    rows = re.findall(r"^\| (.+?) \| (.+?) \| (.*?) ?\|$", table, re.MULTILINE)
    lines = re.compile(r"`([a-z]+: [^`…]+)`")
    return [
        (line, outcome)
        for bad, happens, good in rows
        for cell, outcome in ((bad, happens.partition(":")[0]), (good, "fine"))
        for line in lines.findall(cell)
    ]


def test_the_segments_that_are_shown_are_understood() -> None:
    blocks = re.findall(
        r"```yaml\n(segments:.+?)```", page("docs/how-to/segments.md").text, re.DOTALL
    )
    folder = Folder(ROOT)
    for block in blocks:
        file = parse_yaml(block, "segments.yaml")
        source = Source(parse_segments(file), file.marks)
        segments, findings = understand(source, folder.settings().value, folder.lists().value)
        assert segments
        assert not findings


def test_there_are_traps() -> None:
    assert len([line for line, happens in traps() if happens == "error"]) > 7


@pytest.mark.parametrize(("line", "happens"), traps())
def test_a_trap_does_what_is_said(line: str, happens: str) -> None:
    if happens == "error":
        with pytest.raises(InputRefused):
            read(item_with(line))
    else:
        read(item_with(line))


@pytest.mark.parametrize("start", ["*News*", "@ilo", "[New] x", "%", "&", "!x"])
def test_a_title_cannot_begin_with_what_the_page_names(start: str) -> None:
    assert start[0] in page(WRITING).text.split("## Traps")[1]
    with pytest.raises(InputRefused):
        read(item_with(f"title: {start}"))
    read(item_with(f'title: "{start}"'))


def test_norway_is_safe() -> None:
    assert parse_yaml("countries: [no, on, yes]", "x.yaml").data == {
        "countries": ["no", "on", "yes"]
    }


def examples(name: str) -> list[YamlFile]:
    return [parse_yaml(text, name) for text in page(name).code("yaml")]


def test_the_item_shown_is_an_item() -> None:
    item = validate_item(examples(WRITING)[0])
    assert isinstance(item, Event)
    assert set(item.texts) == {"en", "ru"}
    assert all(text.image_alt for text in item.texts.values())


def test_the_sections_shown_are_sections() -> None:
    sample = (ROOT / "issues" / "2015-1" / "issue.yaml").read_text(encoding="utf-8")
    head = sample.split("\nsections:")[0]
    shown = "".join(page("docs/how-to/compose-an-issue.md").code("yaml"))
    issue = validate(parse_yaml(f"{head}\n{shown}", "issue.yaml"), Issue, rule="issue")
    assert [section.layout for section in issue.sections] == ["lead", "cards"]
    rule = issue.sections[1].pick
    assert rule
    assert rule.model_fields_set == set(type(rule).model_fields)  # each key is shown


def test_the_limits_shown_are_limits() -> None:
    *limits, relays = (shown.data for shown in examples("docs/how-to/relay.md"))
    set_there = [Limits.model_validate(each["limits"]).model_fields_set for each in limits]
    assert set().union(*set_there) == set(Limits.model_fields)  # each key is shown
    for each in relays["relays"]:
        assert RelayText.model_validate(each).name


def test_the_keys_shown_are_keys() -> None:
    one, both = (Dkim.model_validate(shown.data["dkim"]) for shown in examples(SIGNING))
    assert one.model_fields_set == {"selector", "key_file"}
    assert both.ed25519
    assert (one.selector, one.key_file) == (both.selector, both.key_file)


def test_the_strings_shown_are_strings() -> None:
    (shown,) = examples("docs/how-to/themes.md")
    ThemeFile.model_validate({"name": "x", "strings": shown.data})


def test_the_theme_drawn_is_the_one_of_the_sample() -> None:
    drawn = next(page("docs/how-to/themes.md").code("text"))
    folder = Path(ROOT / "templates" / "ilo-moscow")
    names = re.findall(r"^ +([\w.]+\.\w+)", drawn, re.MULTILINE)
    assert len(names) == 8
    assert all((folder / name).exists() or (folder / "parts" / name).exists() for name in names)


def test_the_layouts_named_are_those_of_the_sample() -> None:
    text = page("docs/how-to/compose-an-issue.md").text
    named = re.search(r"layouts of the sample theme are (.+?)\. A section", text, re.DOTALL)
    assert named
    parts = (ROOT / "templates" / "ilo-moscow" / "parts").glob("[!_]*.mjml.j2")
    assert set(re.findall(r"`(\w+)`", named[1])) == {path.name.split(".")[0] for path in parts}
