"""Web pages: schema.org, OpenGraph, and pages that say nothing special."""

import datetime
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.gather.days import Days
from newsletter.gather.origin import Origin
from newsletter.gather.reading import read_stories
from newsletter.gather.story import Reading, Story, Unreadable

DAYS = Days(("en", "ru"))
URL = "https://example.org/news/school"
DAY = datetime.date(2015, 4, 14)
OPENGRAPH = """\
<!doctype html><html lang="ru-RU"><head><title>Школа | Бюро</title>
<meta property="og:title" content="Открылась школа"><meta property="og:type" content="article">
<meta property="og:site_name" content="Бюро примеров">
<meta property="og:description" content="Сорок человек &amp;amp; гости.">
<meta property="og:image" content="/school.png">
<meta property="article:published_time" content="2015-04-14T23:00:00-05:00">
<link rel="canonical" href="/news/school-2"></head><body><h1>Школа</h1></body></html>
"""
PLAIN = """\
<html><head><title>A school opens - Office of Examples</title>
<meta name="description" content="Forty people."></head>
<body><p>Menu</p><article><time datetime="2015-04-14">today</time></article></body></html>
"""
MICRODATA = """\
<html lang="en"><body><div itemscope itemtype="https://schema.org/NewsArticle">
<h2 itemprop="headline">A school opens</h2><meta itemprop="datePublished" content="2015-04-14">
<p itemprop="description">Forty people.</p>
<span itemprop="author" itemscope itemtype="https://schema.org/Person">
<b itemprop="name">Not the title</b></span>
<img itemprop="image" src="/school.png"></div></body></html>
"""


def read(html: str | bytes, charset: str | None = None) -> Reading:
    data = html if isinstance(html, bytes) else html.encode()
    return read_stories(Origin("example.org", data, URL, "text/html", charset), DAYS)


def with_json(*things: object) -> str:
    scripts = "".join(
        f'<script type="application/ld+json">{json.dumps(each)}</script>' for each in things
    )
    return f'<html lang="en"><head><title>Page</title>{scripts}</head><body></body></html>'


def only(reading: Reading) -> Story:
    (story,) = reading.stories
    return story


def test_opengraph_is_understood() -> None:
    reading = read(OPENGRAPH)
    assert (reading.kind, reading.name) == ("a web page", "Бюро примеров")
    story = only(reading)
    assert (story.title, story.day) == ("Открылась школа", DAY)
    assert story.paragraphs == ("Сорок человек & гости.",)
    assert story.url == "https://example.org/news/school-2"
    assert (story.picture, story.language) == ("https://example.org/school.png", "ru-RU")


def test_a_page_that_says_nothing_special_has_a_title_and_perhaps_a_day() -> None:
    story = only(read(PLAIN))
    assert (story.title, story.day, story.url) == ("A school opens", DAY, URL)
    assert story.paragraphs == ("Forty people.",)
    assert only(read("<html><h1>Bare</h1></html>")).day is None


def test_microdata_is_understood() -> None:
    story = only(read(MICRODATA))
    assert (story.title, story.day) == ("A school opens", DAY)
    assert story.paragraphs == ("Forty people.",)
    assert story.picture == "https://example.org/school.png"


def test_json_ld_goes_before_what_else_a_page_says() -> None:
    article = {
        "@type": ["NewsArticle", "Thing"],
        "headline": "From JSON",
        "datePublished": "2015-04-14",
        "image": [{"@type": "ImageObject", "url": "/one.png"}, "/two.png"],
        "inLanguage": {"@type": "Language", "name": "en"},
    }
    story = only(read(with_json({"@graph": [{"@type": "WebSite"}, article]})))
    assert (story.title, story.day) == ("From JSON", DAY)
    assert story.picture == "https://example.org/one.png"


def test_events_come_with_days_and_place() -> None:
    town = {"addressLocality": "Baku", "addressCountry": {"@type": "Country", "name": "Azerbaijan"}}
    event = {
        "@type": "BusinessEvent",
        "name": "Forum",
        "startDate": "2015-10-03T10:00",
        "endDate": "2015-10-05",
        "location": {"@type": "Place", "name": "Hall", "address": town},
        "url": "/forum",
    }
    first, second = read(with_json([event, {**event, "name": "Two", "location": None}])).stories
    assert first.happening
    assert first.happening.starts == datetime.date(2015, 10, 3)
    assert first.happening.ends == datetime.date(2015, 10, 5)
    assert first.happening.place == "Hall, Baku, Azerbaijan"
    assert first.url == "https://example.org/forum"
    assert second.happening
    assert second.happening.place == ""


def test_a_page_of_many_things_leads_to_its_feed() -> None:
    page = '<html><link rel="alternate" type="application/rss+xml" href="/rss.xml">news</html>'
    with pytest.raises(Unreadable, match="has a feed") as refused:
        read(page)
    assert refused.value.remedy == "newsletter items import https://example.org/rss.xml"


@pytest.mark.parametrize(
    ("charset", "head", "header"),
    [
        ("utf-8", "", None),
        ("utf-8", "", "utf-8"),
        ("windows-1251", "", "windows-1251"),
        ("windows-1251", '<meta charset="windows-1251">', None),
        ("koi8-r", '<meta http-equiv="Content-Type" content="text/html; charset=koi8-r">', None),
        ("windows-1251", "", None),
    ],
)
def test_the_charset_of_a_page_is_found(charset: str, head: str, header: str | None) -> None:
    page = f"<html><head>{head}<title>Открылась новая школа</title></head><body>х</body></html>"
    assert only(read(page.encode(charset), header)).title == "Открылась новая школа"


@pytest.mark.parametrize("script", ["{", "[[[[", '{"@graph": {"@graph": 1}}', "null", '"text"'])
def test_faulty_json_ld_is_passed_over(script: str) -> None:
    page = PLAIN.replace("</head>", f'<script type="application/ld+json">{script}</script></head>')
    assert only(read(page)).title == "A school opens"


def test_nesting_without_end_exhausts_nothing() -> None:
    deep = '{"@graph":' * 5_000 + "1" + "}" * 5_000
    page = PLAIN.replace("</head>", f'<script type="application/ld+json">{deep}</script></head>')
    assert only(read(page)).title == "A school opens"
    assert read("<html>" + "<div itemscope itemtype='x'>" * 3_000).stories


@given(st.text(max_size=200))
def test_no_page_makes_the_reader_fall_over(text: str) -> None:
    try:
        reading = read(f"<html>{text}")
    except Unreadable:
        return
    assert reading.stories
