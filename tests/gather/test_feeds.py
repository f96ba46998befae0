"""RSS, Atom and JSON Feed, good and bad."""

import datetime
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.gather.days import Days
from newsletter.gather.origin import Origin
from newsletter.gather.reading import read_stories
from newsletter.gather.story import Note, Reading, Unreadable

DAYS = Days(("en", "ru"))
APRIL = datetime.date(2015, 4, 14)
RSS = """\
<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<title>Office &amp; partners</title><link>https://example.org/</link><language>ru</language>
<item>
  <title>Охрана &amp;laquo;труда&amp;raquo; &amp;amp; право</title>
  <link>/news/1?utm_source=rss</link>
  <guid isPermaLink="false">tag:1</guid>
  <pubDate>Tue, 14 Apr 2015 23:30:00 -0500</pubDate>
  <description>
    &lt;p&gt;Кратко &lt;script&gt;alert(1)&lt;/script&gt;о *главном*.&lt;/p&gt;
  </description>
  <content:encoded><![CDATA[<p>Первый абзац.</p><p><b>Второй</b> абзац.</p>]]></content:encoded>
  <enclosure url="/school.jpg" type="image/jpeg" length="1"/>
  <enclosure url="/talk.mp3" type="audio/mpeg" length="1"/>
</item>
<item><title>No date</title><link>https://example.org/2</link></item>
</channel></rss>
"""
RSS_09 = """\
<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
  xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="https://example.org/"><title>Old</title><link>https://example.org/</link></channel>
<item rdf:about="https://example.org/1"><title>A school</title><link>https://example.org/1</link>
<description>Forty people.</description><dc:date>2015-04-14</dc:date></item>
</rdf:RDF>
"""
ATOM = """\
<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>Atom</title><id>urn:a</id>
<entry><id>urn:1</id><title type="html">A &lt;em&gt;school&lt;/em&gt;</title>
<link rel="alternate" href="https://example.org/1"/><published>2015-04-14T10:00:00Z</published>
<updated>2015-05-01T10:00:00Z</updated><summary>Forty &lt;people&gt;.</summary></entry></feed>
"""
JSON_FEED = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "Office",
    "language": "en",
    "items": [
        {
            "id": "1",
            "url": "https://example.org/1",
            "title": "A school",
            "summary": "Forty people.",
            "content_html": "<p>Forty people.</p><p>From <a href='/t'>ten towns</a>.</p>",
            "date_published": "2015-04-14T10:00:00+03:00",
            "image": "https://example.org/school.png",
        },
        {"id": 2, "content_text": "No title", "date_published": "2015-04-14"},
        "no object",
    ],
}


def read(data: str | bytes, url: str | None = "https://example.org/feed") -> Reading:
    octets = data if isinstance(data, bytes) else data.encode()
    return read_stories(Origin("example.org", octets, url), DAYS)


def test_rss_gives_its_stories() -> None:
    reading = read(RSS)
    first, second = reading.stories
    assert (reading.kind, reading.name) == ("an RSS feed", "Office & partners")
    assert first.title == "Охрана «труда» & право"
    assert first.day == APRIL  # on the clock of who published it
    assert first.url == "https://example.org/news/1?utm_source=rss"
    assert (first.id, first.language) == ("tag:1", "ru")
    assert first.paragraphs == (r"Кратко о \*главном\*.", "Первый абзац.", "**Второй** абзац.")
    assert first.picture == "https://example.org/school.jpg"
    assert (second.day, second.dated) == (None, "")


@pytest.mark.parametrize(
    ("data", "kind"), [(RSS_09, "an RSS feed"), (ATOM, "an Atom feed")], ids=["rss 1.0", "atom"]
)
def test_the_other_feeds_in_xml_are_understood(data: str, kind: str) -> None:
    reading = read(data)
    (story,) = reading.stories
    assert (reading.kind, story.title, story.day) == (kind, "A school", APRIL)
    assert story.url == "https://example.org/1"
    assert len(story.paragraphs) == 1


@pytest.mark.parametrize("charset", ["windows-1251", "koi8-r", "utf-16"])
def test_the_charset_that_a_feed_names_is_believed(charset: str) -> None:
    assert read(RSS.replace("utf-8", charset).encode(charset)).stories[0].title.startswith("Охрана")


def test_a_feed_that_breaks_off_gives_what_can_be_read() -> None:
    reading = read(RSS[: RSS.index("<item><title>No date")])
    assert [each.title for each in reading.stories] == ["Охрана «труда» & право"]
    assert reading.notes == (
        Note("the feed is damaged (no element found); what could be read was taken", 16, 1),
    )


def test_the_line_of_a_damage_is_that_of_the_file_with_a_declaration_or_without() -> None:
    broken = RSS.replace("&amp;amp;", "&")
    bare = broken.partition("\n")[2]
    assert [each.line for text in (broken, bare) for each in read(text).notes] == [5, 4]
    with pytest.raises(Unreadable) as refused:
        read("<feed>\n<title>")
    assert refused.value.remedy == (
        "it is broken in line 2, column 8 (no element found): ask who publishes it to mend it, or "
        "name a page instead"
    )


RSS_1 = "<rss version='2.0'><channel><item><title>A</title><guid{}>{}</guid></item></channel></rss>"


@pytest.mark.parametrize(
    ("data", "identity"),
    [
        (RSS_1.format("", "1"), "example.org/{}#1"),
        (RSS_1.format(" isPermaLink='false'", "news 1"), "example.org/{}#news 1"),
        (RSS_1.format("", "https://example.org/?p=1"), "https://example.org/?p=1"),
        (ATOM, "urn:1"),
        (json.dumps({**JSON_FEED, "items": [{"id": 1}]}), "example.org/{}#1"),
    ],
)
def test_an_id_is_the_same_in_no_two_feeds_unless_it_says_so(data: str, identity: str) -> None:
    for name in ("news", "events"):
        url = f"https://www.example.org/{name}"
        assert [each.id for each in read(data, url).stories] == [identity.format(name)]


def test_a_feed_in_a_file_is_told_from_others_by_what_it_says_of_itself() -> None:
    own = "<atom:link xmlns:atom='http://www.w3.org/2005/Atom' rel='self' href='{}'/><item>"
    at_home = RSS_1.format("", "1").replace("<item>", own.format("http://example.org/news"))
    named = RSS_1.format("", "1").replace("<item>", "<title>News</title><item>")
    json_feed = {
        "version": JSON_FEED["version"],
        "feed_url": "https://example.org/j",
        "items": [{"id": 1}],
    }
    found = [read(each, None).stories[0].id for each in (at_home, named, json.dumps(json_feed))]
    assert found == ["example.org/news#1", "News#1", "example.org/j#1"]


@pytest.mark.parametrize("charset", ["utf-8", "utf-16"])
def test_entities_that_a_feed_declares_are_refused(charset: str) -> None:
    bomb = (
        f'<?xml version="1.0" encoding="{charset}"?><!DOCTYPE r [<!ENTITY a "ha">'
        '<!ENTITY b "&a;&a;"><!ENTITY x SYSTEM "file:///etc/passwd">]>'
        '<rss version="2.0"><channel><title>&x;</title></channel></rss>'
    )
    with pytest.raises(Unreadable, match="entities of its own"):
        read(bomb.encode(charset))


def test_a_body_that_is_a_name_of_a_file_or_an_address_is_not_opened() -> None:
    for data in (b"<rss> http://127.0.0.1/", b"/etc/passwd", b"http://127.0.0.1:1/feed"):
        with pytest.raises(Unreadable):
            read(data)


def test_json_feed_gives_its_stories() -> None:
    reading = read(json.dumps(JSON_FEED))
    first, second = reading.stories
    assert (reading.kind, reading.name) == ("a JSON Feed", "Office")
    assert (first.title, first.day, first.id) == ("A school", APRIL, "example.org/feed#1")
    assert first.paragraphs == ("Forty people.", "From [ten towns](https://example.org/t).")
    assert first.picture == "https://example.org/school.png"
    assert (second.title, second.id, second.picture) == ("", "example.org/feed#2", None)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("{", "is not JSON: line 1"),
        ("[" * 100_000, "nested too deep"),
        ('{"items": []}', "no JSON Feed"),
        ("[1]", "no JSON Feed"),
        ("<rss>", "not a feed"),
        ("", "is empty"),
        ("%PDF-1.4", "neither a feed"),
    ],
)
def test_what_cannot_be_read_is_told(data: str, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read(data)


KEYS = ("id", "url", "title", "summary", "content_html", "content_text", "date_published", "image")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6)
    ),
    max_leaves=12,
)


@given(st.lists(JSON, max_size=4))
def test_no_json_makes_the_reader_fall_over(items: list[object]) -> None:
    feed = {"version": "https://jsonfeed.org/version/1", "items": items}
    assert len(read(json.dumps(feed)).stories) <= len(items)
