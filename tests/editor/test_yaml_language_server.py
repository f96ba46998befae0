"""An editor's YAML plug-in completes, explains and checks the files that people write.

The schemas are the ones at the root of the repository, found by the first line of each file.
"""

import pytest

from tests.editor.language_server import Document, LanguageServer, sample
from tests.workspace import ROOT

pytestmark = pytest.mark.slow

KINDS = ["news", "announcement", "event", "publication", "project", "vacancy", "interview"]


def item(text: str) -> Document:
    """Return an item of the pool."""
    line = "# yaml-language-server: $schema=../../../schemas/item.schema.json\n"
    return Document("issues/items/2015/new.yaml", line + text)


def pick(text: str) -> Document:
    """Return an issue whose last section picks by the rule `text`."""
    issue = sample("issues/2015-1/issue.yaml")
    rule = "".join(f"      {line}\n" for line in text.splitlines())
    return Document(issue.path, f"{issue.text}  - layout: cards\n    pick:\n{rule}")


def test_every_file_of_the_sample_is_without_a_fault(server: LanguageServer) -> None:
    paths = ["newsletter.yaml", "subscribers/lists.yaml", "subscribers/segments.yaml"]
    paths += [path.relative_to(ROOT).as_posix() for path in ROOT.glob("issues/**/*.yaml")]
    judged = server.diagnose([sample(path) for path in paths])
    assert dict(zip(paths, judged, strict=True)) == {path: [] for path in paths}


@pytest.mark.parametrize(
    "path",
    [
        "newsletter.yaml",
        "subscribers/lists.yaml",
        "issues/2015-1/issue.yaml",
        "issues/items/2015/2015-03-17-arctic-school.yaml",
    ],
)
def test_the_first_line_of_a_file_names_its_schema(server: LanguageServer, path: str) -> None:
    file = sample(path)
    (faults,) = server.diagnose([Document(path, f"{file.text}unheard_of: 1\n")])
    (fault,) = faults
    assert fault.message == "Property unheard_of is not allowed."
    assert fault.line == file.text.count("\n") + 1


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("topics:", "author: me\ntopics:", 4, "Property author is not allowed."),
        ("kind: news", "kind: festival", 2, "Value is not accepted. Valid values: "),
        ("2015-03-17", "17.03.2015", 3, "String is not a RFC3339 date."),
        ("  title: Школа", "  lead: Школа", 7, 'Missing property "title".'),
        ("School\n", "|\n    A\n    B\n", 6, "write one line of text (use `>-` to fold"),
        ("ru:\n", "  links: [{ label: More, url: x }]\nru:\n", 7, "write it out: https://"),
    ],
    ids=["unknown key", "wrong kind", "wrong date", "missing title", "two lines", "no address"],
)
def test_a_fault_is_underlined_and_explained(
    server: LanguageServer, old: str, new: str, line: int, message: str
) -> None:
    good = "kind: news\ndate: 2015-03-17\ntopics: []\nen:\n  title: School\nru:\n  title: Школа\n"
    sound, (fault,) = server.diagnose([item(good), item(good.replace(old, new))])
    assert sound == []
    assert fault.line == line
    assert message in fault.message


def test_a_section_has_items_or_a_rule(server: LanguageServer) -> None:
    issue = pick("kind: news")
    ((fault,),) = server.diagnose(
        [Document(issue.path, issue.text + "    items: [2015-03-17-arctic-school]\n")]
    )
    assert fault.message == "keep one of the two, `items` or `pick`"
    assert issue.text.splitlines()[fault.line - 1] == "      kind: news"


def test_an_empty_item_is_offered_its_keys(server: LanguageServer) -> None:
    offered = server.complete(item("▮"))
    assert {"kind", "date", "countries", "topics", "image", "sample"} <= {*offered}


def test_an_item_is_offered_the_keys_of_its_kind(server: LanguageServer) -> None:
    event = server.complete(item("kind: event\n▮"))
    assert {"date", "starts", "ends", "en", "ru"} <= {*event}
    assert not {"kind", "deadline", "pages"} & {*event}
    assert "deadline" in server.complete(item("kind: vacancy\ndate: 2015-03-17\n▮"))


def test_the_seven_kinds_are_offered(server: LanguageServer) -> None:
    assert server.complete(item("kind: ▮")) == KINDS
    assert {*server.complete(pick("kind: ▮"))} == {*KINDS}
    assert {*server.complete(pick("kind: [news, ▮]"))} == {*KINDS}


def test_a_block_of_words_is_offered_the_fields_of_its_kind(server: LanguageServer) -> None:
    event = server.complete(item("kind: event\nen:\n  title: A seminar\n  ▮\nru:\n"))
    assert {"lead", "text", "place"} <= {*event}
    assert not {"title", "quote", "person", "publisher"} & {*event}
    assert {"quote", "person", "position"} <= {*server.complete(item("kind: interview\nru:\n  ▮"))}


def test_a_rule_is_offered_its_keys_and_its_orders(server: LanguageServer) -> None:
    keys = {"kind", "countries", "topics", "from", "to", "limit", "order", "except", "group_by"}
    assert {*server.complete(pick("kind: news\n▮"))} == keys - {"kind"}
    assert server.complete(pick("kind: news\norder: ▮")) == ["newest", "oldest"]


def test_an_issue_is_offered_the_languages_of_the_newsletter(server: LanguageServer) -> None:
    issue = sample("issues/2015-1/issue.yaml")
    text = issue.text.replace("languages: [en, ru]", "languages: [▮]")
    assert server.complete(Document(issue.path, text)) == ["en", "ru", "kk"]


def test_the_names_of_fields_are_offered_for_verbatim(server: LanguageServer) -> None:
    offered = server.complete(item("kind: event\nen:\n  title: A seminar\n  verbatim: [▮]\n"))
    assert {"title", "place"} <= {*offered}


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (item("k▮ind: news\n"), "What sort of item this is."),
        (item("kind: event\nen:\n  pl▮ace: Minsk\n"), "Town and country, or “online”."),
        (item("kind: event\nr▮u:\n  title: x\n"), "The words in ru."),
        (pick("gro▮up_by: country"), "Group the items under the names of their countries."),
        (
            Document("newsletter.yaml", sample("newsletter.yaml").text.replace("\nunk", "\nun▮k")),
            "hold it for a person, or send it again",
        ),
    ],
    ids=["kind", "place", "language", "group_by", "unknown"],
)
def test_a_key_is_explained(server: LanguageServer, document: Document, words: str) -> None:
    assert words in server.hover(document)
