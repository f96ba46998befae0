"""The feeds, read by feedparser as feed readers read them."""

import datetime
import json
from typing import Any
from xml.etree import ElementTree as ET

import feedparser
import pytest

from newsletter.publish.feeds import FEED_FILES, MOST
from tests.publish.archive_site import SITE, page, sample, sample_issues

LANGUAGES = ("en", "ru", "kk")
ATOM = "{http://www.w3.org/2005/Atom}"


def atom(language: str, name: str) -> Any:
    return feedparser.parse(sample().files[f"{language}/{name}.atom"])


def json_feed(language: str, name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(sample().files[f"{language}/{name}.json"])
    return content


each_feed = pytest.mark.parametrize(
    ("language", "name"), [(language, name) for language in LANGUAGES for name in ("feed", "items")]
)


@each_feed
def test_a_feed_reader_has_nothing_to_complain_of(language: str, name: str) -> None:
    found = atom(language, name)
    assert found.bozo == 0
    assert found.version == "atom10"
    assert found.feed.language == language
    assert found.feed.links[0] == {
        "rel": "self",
        "type": "application/atom+xml",
        "href": f"{SITE}/{language}/{name}.atom",
    }
    assert found.feed.link == f"{SITE}/{language}/"
    assert found.feed.id == f"{SITE}/{language}/{name}.atom"
    assert found.feed.title
    assert found.feed.author


@each_feed
def test_both_forms_of_a_feed_say_the_same(language: str, name: str) -> None:
    one, other = atom(language, name), json_feed(language, name)
    assert other["version"] == "https://jsonfeed.org/version/1.1"
    assert other["feed_url"] == f"{SITE}/{language}/{name}.json"
    assert (other["title"], other["home_page_url"]) == (one.feed.title, one.feed.link)
    assert [
        (each.id, each.link, each.title, each.updated, each.get("summary", ""))
        for each in one.entries
    ] == [
        (each["id"], each["url"], each["title"], each["date_published"], each.get("summary", ""))
        for each in other["items"]
    ]
    root = ET.fromstring(sample().files[f"{language}/{name}.atom"])
    written = [node.findtext(f"{ATOM}content") for node in root.findall(f"{ATOM}entry")]
    assert written == [each["content_html"] for each in other["items"]]


@each_feed
def test_ids_of_entries_are_single_and_name_no_scheme(language: str, name: str) -> None:
    ids = [entry.id for entry in atom(language, name).entries]
    assert len(set(ids)) == len(ids) > 0
    assert all(each.startswith("tag:newsletter.ilo-moscow.example.org,2015-") for each in ids)


@each_feed
def test_entries_lead_to_what_is_there(language: str, name: str) -> None:
    for entry in atom(language, name).entries:
        path, _, anchor = entry.link.removeprefix(f"{SITE}/").partition("#")
        assert not anchor or anchor in page(f"{path}index.html").ids
        assert f"{path}index.html" in sample().files


@each_feed
def test_entries_carry_whole_addresses_and_no_reader(language: str, name: str) -> None:
    for entry in atom(language, name).entries:
        html = entry.content[0].value
        assert entry.content[0].type == "text/html"
        assert 'src="../' not in html
        assert "[[" not in html
        assert html.count("src=") == html.count(f'src="{SITE}/issues/')


def test_the_newest_issue_is_the_first_entry_dated_at_noon_in_the_office() -> None:
    newest = sample_issues()[1]
    entry = atom("ru", "feed").entries[0]
    assert entry.title == newest.composition.editions["ru"].subject
    assert entry.link == newest.composition.editions["ru"].view_url
    assert entry.updated == f"{newest.composition.issue.date}T12:00:00+03:00"
    assert datetime.datetime.fromisoformat(atom("ru", "feed").feed.updated).utcoffset()


def test_a_feed_of_issues_holds_the_whole_issue() -> None:
    html = json_feed("en", "feed")["items"][-1]["content_html"]
    for section in sample_issues()[0].composition.editions["en"].sections:
        for item in section.items:
            assert f'{item.id}">' in html
            assert str(item.text.html if item.text else "") in html


def test_a_feed_of_items_names_countries_and_topics() -> None:
    [school] = [each for each in json_feed("en", "items")["items"] if "Arctic" in each["title"]]
    assert school["tags"] == ["Russian Federation", "Youth employment", "Social dialogue"]
    assert school["image"].startswith(f"{SITE}/issues/2015-1/images/arctic-school-")


def test_a_page_names_its_feeds() -> None:
    tags = page("ru/index.html").all("link", rel="alternate")
    feeds = [(tag["href"], tag["type"]) for tag in tags if tag["type"]]
    assert feeds == [(name, content_type) for name, (_, content_type) in FEED_FILES.items()]


def test_a_feed_does_not_grow_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    from newsletter.publish.contents import contents_of
    from newsletter.publish.feeds import feeds

    monkeypatch.setitem(MOST, "items", 3)
    written = dict(feeds(contents_of(sample_issues())))
    assert len(feedparser.parse(written["en/items.atom"]).entries) == 3
