"""Holding files against their formats: what is wrong, in an editor's words, and all of it."""

import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from newsletter.compose.problems import did_you_mean
from newsletter.compose.schema import json_schemas, validate, validate_item, write_schemas
from newsletter.compose.workspace import Folder
from newsletter.compose.yamlfile import YamlFile, parse_yaml
from newsletter.errors import InputRefused
from newsletter.model.content import KINDS, Event, Issue
from newsletter.model.place import Marks
from newsletter.model.settings import Lists, Settings
from newsletter.model.theme import ThemeFile
from tests.workspace import ISSUE, ITEM, LISTS, ROOT, SETTINGS, THEME, refusal_of

MODELS: dict[str, type[BaseModel]] = {
    ISSUE: Issue,
    SETTINGS: Settings,
    LISTS: Lists,
    THEME: ThemeFile,
}


def _refusal(text: str, old: str, new: str) -> str:
    """Return what is said of `text` with `new` in place of `old`."""
    assert old in text
    file = parse_yaml(text.replace(old, new, 1), "x")
    if text == ITEM:
        return str(refusal_of(lambda: validate_item(file)))
    return str(refusal_of(lambda: validate(file, MODELS[text], rule="x")))


ITEMS = {
    "no kind": ("kind: news\n", "", "x:1:1: `kind` is missing - known: news, announcement"),
    "kind unknown": ("news", "newz", "x:1:1: `kind` cannot be “newz” - did you mean `news`?"),
    "kind a list": ("news", "[news]", "x:1:1: `kind` cannot be “['news']”"),
    "no title": (
        "  title: A school for the young\n",
        "",
        "x:5:1: `title` is missing - add the key `title`",
    ),
    "key unknown": ("  lead:", "  laed:", "x:7:3: the key `laed` is not known - did you mean"),
    "key of links": ("url:", "urll:", "x:11:7: the key `urll` is not known - did you mean `url`?"),
    "no date": (
        "2015-03-17",
        "17 March 2015",
        "x:2:1: `date` is not a date - write it as 2015-03-17",
    ),
    "no day": ("2015-03-17", "2015-02-30", "x:2:1: `date` is not a date"),
    "title a number": (
        "A school for the young",
        "2015",
        "x:6:3: `title` must be a text - put quotation marks around it",
    ),
    "title empty": (
        "A school for the young",
        "'  '",
        "x:6:3: `title` is empty - write something, or remove the key if it is not needed",
    ),
    "title of two lines": (
        "A school for the young",
        '"A\\nB"',
        "x:6:3: `title` has a line break - write it in one line",
    ),
    "title with NUL": (
        "A school for the young",
        '"A\\0B"',
        "x:6:3: `title` holds an invisible control character (U+0000) - delete it",
    ),
    "text with ESC": (
        "They spoke about *work* and [rights](https://www.example.org/rights).",
        '"\\e[31mred"',
        "x:8:3: `text` holds an invisible control character (U+001B) - delete it",
    ),
    "title too long": ("A school", "A" * 1000, "x:6:3: `title` is longer than 1000 characters"),
    "countries a word": (
        "[ru]",
        "ru",
        "x:3:1: `countries` must be a list - write it as `[one, two]`",
    ),
    "countries a number": ("[ru]", "[7]", "x:3:13: `countries 1` must be a text"),
    "block empty": ("ru:\n", "ru:\nkk:\n", "must hold keys of its own - indent `key: value` lines"),
    "script as address": (
        "https://www.example.org/school",
        "javascript:alert(1)",
        "x:11:7: `url` “javascript:alert(1)” is not a web address - write it out: https://",
    ),
    "address with a gap": (
        "https://www.example.org/school",
        "https://www.example .org",
        "x:11:7: `url` “https://www.example .org” is not a web address",
    ),
    "deep fault": (
        "url: https://www.example.org/school",
        "",
        "x:10:7: `url` is missing - add the key `url`",
    ),
}
ISSUES = {
    "number a word": ("number: 1", "number: one", "x:1:1: `number` must be a whole number"),
    "number zero": ("number: 1", "number: 0", "x:1:1: `number` must be more than 0"),
    "number with a part": ("number: 1", "number: 1.5", "x:1:1: `number` must be a whole number"),
    "no sections": (
        "sections:\n  - layout: brief\n    items: [school]\n",
        "sections: []\n",
        "x:13:1: `sections` is empty - name at least one",
    ),
    "both ways of choosing": (
        "    items: [school]",
        "    items: [school]\n    pick: {kind: news}",
        "x:14:5: `sections 1` has both `items` and `pick` - keep one of the two",
    ),
    "kind of a rule": (
        "    items: [school]",
        "    pick: {kind: newz}",
        "x:15:12: `kind` cannot be “newz” - did you mean `news`?",
    ),
    "kinds of a rule": (
        "    items: [school]",
        "    pick: {kind: [news, evnt]}",
        "x:15:25: `kind 2` cannot be “evnt” - did you mean `event`?",
    ),
    "key of a rule": (
        "    items: [school]",
        "    pick: {kind: news, form: 2015-01-01}",
        "x:15:24: the key `form` is not known - did you mean `from`?",
    ),
    "order of a rule": (
        "    items: [school]",
        "    pick: {order: newst}",
        "x:15:12: `order` cannot be “newst” - did you mean `newest`?",
    ),
    "limit of a rule": (
        "    items: [school]",
        "    pick: {limit: 501}",
        "x:15:12: `limit` must be 500 or less",
    ),
    "theme elsewhere": ("plain", "../x", "x:4:1: `theme` “../x” is not a plain name"),
    "theme with a line end": (
        "plain",
        '"plain\\n"',
        "x:4:1: `theme` “plain\n” is not a plain name",
    ),
    "theme empty": ("theme: plain", "theme:", "x:4:1: `theme` is empty"),
}
OTHERS = {
    "mail address": (
        SETTINGS,
        "email: office@example.org",
        "email: office",
        "x:2:3: `email` “office”",
    ),
    "forged address": (
        SETTINGS,
        "address: news@example.org",
        'address: "b@example.org>\\r\\nRCPT TO:<evil@example.org"',
        "x:15:3: `address`",
    ),
    "web address": (
        SETTINGS,
        "public_url: https://news.example.org",
        "public_url: news.example.org",
        "x:22:1: `public_url` “news.example.org” is not a web address",
    ),
    "choice": (
        SETTINGS,
        "time_zone:",
        "pictures: inlne\ntime_zone:",
        "x:21:1: `pictures` cannot be “inlne” - did you mean `inline`?",
    ),
    "code of a country": (
        SETTINGS,
        "  kz: ",
        "  Kz!: ",
        "x:29:3: the key “Kz!” is not a plain name - use small Latin letters",
    ),
    "List-Id": (
        LISTS,
        "list_id: media.example.org",
        "list_id: Media",
        "x:3:5: `list_id` is not written as it must be",
    ),
    "colour": (THEME, '"#1f2a37"', "black", "x:2:12: `ink` is not written as it must be"),
}


@pytest.mark.parametrize("case", ITEMS)
def test_a_fault_of_an_item_is_told_with_place_and_remedy(case: str) -> None:
    old, new, expected = ITEMS[case]
    assert expected in _refusal(ITEM, old, new)


@pytest.mark.parametrize("case", ISSUES)
def test_a_fault_of_an_issue_is_told_with_place_and_remedy(case: str) -> None:
    old, new, expected = ISSUES[case]
    assert expected in _refusal(ISSUE, old, new)


@pytest.mark.parametrize("case", OTHERS)
def test_a_fault_of_another_file_is_told_with_place_and_remedy(case: str) -> None:
    text, old, new, expected = OTHERS[case]
    assert expected in _refusal(text, old, new)


def test_all_faults_of_a_file_are_told_in_order() -> None:
    text = "kind: news\ndate: soon\ncountry: ru\nen:\n  titlex: a\nru:\n  title: [a]\n"
    with pytest.raises(InputRefused) as caught:
        validate_item(parse_yaml(text, "x"))
    places = [str(finding.place) for finding in caught.value.findings]
    assert places == ["x:2:1", "x:3:1", "x:4:1", "x:5:3", "x:7:3"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "x: the file is empty"),
        ("# nothing\n", "x: the file is empty"),
        ("- a\n", "x:1:1: the file must hold keys"),
        ("a text\n", "x:1:1: the file must hold keys"),
    ],
)
def test_a_file_without_keys_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputRefused) as caught:
        validate_item(parse_yaml(text, "x"))
    assert str(caught.value).startswith(f"{message} - write `key: value` lines")


def test_an_event_does_not_end_before_it_starts() -> None:
    text = "kind: event\ndate: 2015-03-17\nstarts: 2015-04-02\nends: 2015-04-01\n"
    with pytest.raises(InputRefused) as caught:
        validate_item(parse_yaml(text + "en: {title: a, place: b}\n", "x"))
    assert "`ends` is before `starts` - check the two dates" in str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_its_own_keys(kind: str) -> None:
    facts = {"event": "starts: 2015-04-01\n", "vacancy": "deadline: 2015-04-01\n"}.get(kind, "")
    words = {
        "event": ", place: b",
        "vacancy": ", place: b",
        "interview": ", quote: b, person: c, position: d",
    }.get(kind, "")
    text = f"kind: {kind}\ndate: 2015-03-17\n{facts}en: {{title: a{words}}}\n"
    item = validate_item(parse_yaml(text, "x"))
    assert (item.kind, item.date) == (kind, datetime.date(2015, 3, 17))
    assert isinstance(item, Event) == (kind == "event")


def test_what_is_read_cannot_change() -> None:
    item = validate_item(parse_yaml(ITEM, "x"))
    with pytest.raises(ValueError, match="frozen"):
        item.sample = True  # type: ignore[misc]


def test_the_nearest_word_is_offered_or_the_short_list() -> None:
    assert did_you_mean("cardz", ["cards", "lead"]) == "did you mean `cards`?"
    assert did_you_mean("zzz", ["cards", "lead"]) == "known: cards, lead"
    assert did_you_mean("zzz", [f"word{number}" for number in range(13)]) == "check the spelling"
    assert did_you_mean("zzz", []) == "check the spelling"


def test_the_schemas_have_a_block_for_each_language_and_a_branch_for_each_kind() -> None:
    schemas = json_schemas(("en", "uz-Cyrl"))
    assert set(schemas) == {
        f"{name}.schema.json" for name in ("item", "issue", "newsletter", "lists", "segments")
    }
    item = schemas["item.schema.json"]
    assert [branch["if"]["properties"]["kind"]["const"] for branch in item["allOf"]] == list(KINDS)
    for branch in item["allOf"]:
        assert {"en", "uz-Cyrl"} <= set(branch["then"]["properties"])
        assert "texts" not in branch["then"]["properties"]
    assert "from" in schemas["issue.schema.json"]["$defs"]["Pick"]["properties"]


def test_the_schemas_of_the_workspace_are_those_of_today(tmp_path: Path) -> None:
    languages = Folder(ROOT).settings().value.languages
    for written in write_schemas(languages, tmp_path):
        kept = (ROOT / "schemas" / written.name).read_text(encoding="utf-8")
        assert kept == written.read_text(encoding="utf-8"), f"{written.name}: newsletter schema"


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.sampled_from(["news", "event", "2015-03-17", "a{b}", "en", "{key}", "https://x.example"])
    | st.text(st.characters(codec="utf-8"), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("en", "ru", "kind", "date", "title", "links", "url", "texts", "image", "{x}"),
                    *("pick", "layout", "starts", "lists", "countries", "[key]", "publisher"),
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(PLAIN, st.sampled_from([Issue, Settings, Lists, ThemeFile, *KINDS.values()]))
def test_any_data_is_taken_or_refused(data: object, model: type[BaseModel]) -> None:
    file = YamlFile(data, Marks("x"))
    for refused in (
        refusal_of(lambda: validate(file, model, rule="x")),
        refusal_of(lambda: validate_item(file)),
    ):
        assert refused is None or refused.findings
