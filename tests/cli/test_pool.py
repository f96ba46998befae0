"""The pool at the terminal: list, add, import, and the next issue."""

import json
import re
from pathlib import Path

import pytest

from newsletter.cli.options import KINDS
from newsletter.model.content import KINDS as MODELS
from tests.cli.program import run, run_json
from tests.cli.test_terminal import Terminal
from tests.fetch.web import page, redirect, serve
from tests.workspace import small_office, write

pytestmark = pytest.mark.slow

PASTED = """\
News

  1. A school for safety in Kazakhstan

    14 April 2015

    Forty people met.

  2. A seminar without a day

    In Astana.

  3. Семинар в Бишкеке

    8 апреля 2015 г.
"""
FEED = """\
<?xml version="1.0"?><rss version="2.0"><channel><title>Office</title>
<item><title>A school</title><link>https://www.example.org/1</link>
<pubDate>Tue, 14 Apr 2015 10:00:00 +0300</pubDate><description>Forty people.</description></item>
</channel></rss>
"""


@pytest.fixture
def office(tmp_path: Path) -> Path:
    small_office(tmp_path / "office")
    write(tmp_path, "office/news.txt", PASTED)
    return tmp_path / "office"


def pool(office: Path) -> set[str]:
    return {path.stem for path in office.glob("issues/items/**/*.yaml")}


def test_the_kinds_are_those_of_the_model() -> None:
    assert tuple(MODELS) == KINDS


def test_a_pasted_list_becomes_drafts_once(office: Path) -> None:
    done = run(office, "items", "import", "news.txt", code=1)
    assert done.stdout.splitlines()[:5] == [
        "news.txt: a pasted list, 3 stories",
        "  2015-04-14-school-safety-kazakhstan",
        "    A school for safety in Kazakhstan",
        "  2015-04-08-seminar-bishkeke",
        "    Семинар в Бишкеке",
    ]
    assert "  2 new, 0 already there, 1 refused\n" in done.stdout
    assert done.stderr.startswith("news.txt:9:1: warning: “A seminar without a day” has no date - ")
    again = run(office, "items", "import", "news.txt", code=1).stdout
    assert "0 new, 2 already there, 1 refused" in again
    assert "Next:" not in again
    entries = run_json(office, "items", "--drafts")
    assert [(each["id"], each["languages"]) for each in entries] == [
        ("2015-04-14-school-safety-kazakhstan", ["en"]),
        ("2015-04-08-seminar-bishkeke", ["ru"]),
    ]
    assert "nothing to mend" in run(office, "check", "spring").stdout


def test_a_dry_run_writes_nothing_and_a_pipe_will_do(office: Path) -> None:
    before = sorted(office.rglob("*"))
    said = run(office, "items", "import", "-", "--dry-run", "--date", "2015-04-01", typed=PASTED)
    assert "3 would be new" in said.stdout
    assert sorted(office.rglob("*")) == before


def test_a_feed_comes_from_the_web_and_only_from_where_it_may(office: Path) -> None:
    with serve() as web:
        web.pages["/rss"] = page(FEED.encode(), kind="application/rss+xml")
        web.pages["/inner"] = redirect("http://127.0.0.1:1/")
        said = run(office, "items", "import", web.url("/rss"), code=1).stderr
        assert "add --inside" in said
        assert web.heard == []
        done = run_json(office, "items", "import", "--inside", web.url("/rss"))
        assert (
            "only 80 and 443"
            in run(office, "items", "import", "--inside", web.url("/inner"), code=1).stderr
        )
        gone = run(office, "items", "import", "--inside", web.url("/none"), code=1).stderr
        assert "the server says 404" in gone
    (source,) = done["sources"]
    assert done["written"] is True
    assert [each["id"] for each in source["new"]] == ["2015-04-14-school"]


@pytest.mark.parametrize("source", ["www.example.org/rss", "example.org/news/rss.xml"])
def test_an_address_without_its_beginning_is_told_with_it(office: Path, source: str) -> None:
    said = run(office, "items", "import", source, code=1).stderr
    assert said.splitlines() == [
        f"error: {source}: cannot be read: No such file or directory",
        f"  did you mean the address https://{source}?",
    ]


def test_a_damaged_feed_and_a_story_left_out_are_told_with_their_places(office: Path) -> None:
    write(office, "rss.xml", FEED)
    run(office, "items", "import", "rss.xml")
    write(office, "other.xml", FEED.replace("/1<", "/2<").replace("</channel>", ""))
    done = run(office, "items", "import", "other.xml")
    assert "0 new, 0 already there, 1 with title and day of another (--again" in done.stdout
    assert re.search(
        r"^  other.xml:\d+:\d+: the feed is damaged \(mismatched", done.stdout, re.MULTILINE
    )
    assert done.stderr.startswith("other.xml: warning: “A school” (")
    (source,) = run_json(office, "items", "import", "other.xml")["sources"]
    assert [len(source[key]) for key in ("alike", "notes", "new")] == [1, 1, 0]


def test_one_bad_source_does_not_stop_the_others(office: Path) -> None:
    write(office, "rss.xml", FEED)
    done = run(office, "items", "import", "none.xml", "rss.xml", code=1)
    assert "none.xml: cannot be read: No such file" in done.stderr
    assert "1 new" in done.stdout


def test_what_is_not_known_is_wrong_usage(office: Path) -> None:
    for arguments, said in (
        (("items", "--country", "kzz"), "did you mean `kz`?"),
        (("items", "--language", "fr"), "known: en, ru"),
        (("items", "import", "--language", "fr", "news.txt"), "known: en, ru"),
        (("items", "add", "news", "--title", "A", "--topic", "oss"), "did you mean `osh`?"),
        (("items", "--from", "2015-05-01", "--to", "2015-01-01"), "2015-01-01 is before --from"),
        (
            ("items", "import", "--from", "2015-05-01", "--to", "2015-01-01", "news.txt"),
            "2015-01-01 is before --from 2015-05-01\n  exchange the two",
        ),
        (("items", "--from", "soon"), "“soon” is not a day; write it as 2015-03-17"),
    ):
        assert said in run(office, *arguments, code=2).stderr


def test_an_item_is_added_from_options(office: Path) -> None:
    run(
        office, "items", "add", "event", "--title", "Школа: весна", "--language", "ru",
        "--date", "2015-04-01", "--starts", "12.05.2015", "--place", "Ош", "--country", "uz",
        "--link", "Программа", "https://www.example.org/p",
    )  # fmt: skip
    (entry,) = run_json(office, "items", "--kind", "event")
    assert entry["id"] == "2015-04-01-shkola-vesna"
    assert (entry["day"], entry["countries"]) == ("2015-05-12", ["uz"])
    text = (office / "issues/items/2015/2015-04-01-shkola-vesna.yaml").read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=../../../schemas/item.schema.json\n")
    assert 'ru:\n  title: "Школа: весна"\n' in text
    assert "    - label: Программа\n      url: https://www.example.org/p\n" in text
    assert "# en:\n#   title:\n" in text
    assert "written_in: ru\n" in text


def test_an_item_that_could_not_be_read_is_not_written(office: Path) -> None:
    before = pool(office)
    for arguments, said in (
        (("event", "--title", "A"), "say also --place, --starts"),
        (("news", "--title", "A", "--place", "Osh"), "has no --place"),
        (("news", "--title", "A", "--link", "B", "nowhere"), "“nowhere” is not a web address"),
        (("news", "--title", "A", "--name", "Ярмарка"), "cannot be part of a file's name"),
        ((), "what kind of item?"),
    ):
        assert said in run(office, "items", "add", *arguments, code=2).stderr
    assert pool(office) == before
    run(office, "items", "add", "news", "--title", "A", "--name", "a", "--date", "2015-04-01")
    twice = ("items", "add", "news", "--title", "B", "--name", "a", "--date", "2015-04-01")
    assert "there is an item 2015-04-01-a already" in run(office, *twice, code=2).stderr


def test_somebody_at_the_terminal_is_asked_and_asked_again(office: Path) -> None:
    terminal = Terminal(office, "items", "add")
    for question, answer in (
        ("Kind", "vacancy"),
        ("Title: ", "Редактор"),
        ("(Enter for none): ", ""),
        ("Place (town and country): ", "Москва"),
        ("Last day to apply or respond: ", "31.04.2015"),
        ("is not a day", "30.04.2015"),
        ("Date [", "2015-04-01"),
        ("Countries: kz, ru, uz", "kzz"),
        ("did you mean `kz`?", "ru"),
        ("Topics: ", ""),
    ):
        terminal.read_until(question)
        terminal.type(answer)
        terminal.shown = ""
    assert terminal.end() == 0
    assert "issues/items/2015/2015-04-01-redaktor.yaml" in terminal.shown
    (entry,) = run_json(office, "items", "--kind", "vacancy")
    assert (entry["title"], entry["countries"]) == ("Редактор", ["ru"])


def test_ctrl_c_at_a_question_writes_nothing(office: Path) -> None:
    before = pool(office)
    terminal = Terminal(office, "items", "add", "news")
    terminal.read_until("Title: ")
    terminal.interrupt()
    assert terminal.end() == 4, terminal.shown
    assert "Nothing was done." in terminal.shown
    assert pool(office) == before


def test_the_list_fits_a_terminal_and_cuts_no_id(sample: Path) -> None:
    terminal = Terminal(sample, "items")
    assert terminal.end() == 0
    plain = re.sub(r"\x1b\[[0-9;]*m", "", terminal.shown).splitlines()
    assert max(map(len, plain)) <= 80
    for item_id in pool(sample):
        assert any(line.startswith(f"{item_id} ") for line in plain)


def test_the_state_of_translations_is_listed(sample: Path) -> None:
    item = "issues/items/2015/2015-08-01-alone.yaml"
    write(sample, item, "kind: news\ndate: 2015-08-01\nen: { title: Alone }\n")
    missing = run_json(sample, "items", "--language", "ru", "--state", "missing")
    assert [(each["id"], each["states"]) for each in missing] == [
        ("2015-08-01-alone", {"ru": "missing"})
    ]
    listed = run(sample, "items", "--language", "ru", "--text", "alone").stdout
    assert re.search(r"2015-08-01-alone +news +- +missing +Alone\n", listed)


def test_the_next_issue_is_proposed_and_written(sample: Path) -> None:
    add = ("items", "add", "news", "--country", "kz", "--date", "2015-08-03", "--title")
    run(sample, *add, "A school opens")
    shown = run(sample, "new", "issue", "--dry-run").stdout
    assert shown.startswith("2015-3: No. 3 (62), September 2015, dated 2015-09-30\n")
    assert "  Kazakhstan\n    2015-08-03-school-opens\n      A school opens\n" in shown
    assert "Calendar, 1 October\u00a0– 31 December 2015: nothing" in shown
    assert "    2015-08-03-school-opens: ru" in shown
    assert not (sample / "issues/2015-3").exists()
    assert "issues/2015-3/issue.yaml is made from 2015-2." in run(sample, "new", "issue").stdout
    assert run(sample, "new", "issue", "--dry-run").stdout.startswith(
        "2015-4: No. 4 (63), December"
    )


def test_from_an_empty_folder_to_the_next_issue(tmp_path: Path) -> None:
    run(tmp_path, "init", "office")
    office = tmp_path / "office"
    write(office, "news.txt", "A school opens\n\n3 May 2026\n\nForty people met.\n")
    run(office, "items", "import", "news.txt")
    path = office / "issues/items/2026/2026-05-03-school-opens.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"^draft: .*\n", "", text, flags=re.MULTILINE), encoding="utf-8")
    assert "2026-05-03-school-opens" in run(office, "new", "issue").stdout
    said = run(office, "check", "2026-2", "--json", code=None).stdout
    faults = [each for each in json.loads(said)["findings"] if each["severity"] == "error"]
    assert {each["rule"] for each in faults} <= {"translation"}  # the Russian is not written yet
    written = (office / "issues/2026-2/issue.yaml").read_text(encoding="utf-8")
    assert "\ndate: 2026-06-30 " in written
