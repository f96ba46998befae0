"""From stories to drafts in the pool: nothing twice, nothing that could not be read back."""

import datetime
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.compose.workspace import Folder, item_faults, load
from newsletter.gather.feeds import read_feed
from newsletter.gather.importing import Importer, SourcePlan, Wishes
from newsletter.gather.known import canonical, untracked
from newsletter.gather.origin import Origin
from newsletter.gather.story import Happening, Reading, Story
from newsletter.model.content import Event
from tests.workspace import write

TODAY = datetime.date(2015, 5, 1)
DAY = datetime.date(2015, 4, 14)
STORY = Story(
    title="Youth school in Kazakhstan",
    day=DAY,
    paragraphs=("Forty people met.", "They *worked*."),
    url="https://www.example.org/news/1/?utm_source=rss&b=2",
    id="tag:1",
    picture="https://www.example.org/school.png",
)


def plan(office: Path, *stories: Story, name: str = "Office", **wishes: object) -> SourcePlan:
    importer = Importer(Folder(office), Wishes(**wishes), TODAY)  # type: ignore[arg-type]
    return importer.plan("feed.xml", Reading("a feed", name, stories))


def take(office: Path, *stories: Story, **wishes: object) -> list[Path]:
    importer = Importer(Folder(office), Wishes(**wishes), TODAY)  # type: ignore[arg-type]
    return list(importer.write(importer.plan("f", Reading("a feed", "Office", stories))))


def test_a_story_becomes_a_draft_with_its_source(small: Path) -> None:
    (path,) = take(small, STORY)
    assert path == small / "issues/items/2015/2015-04-14-youth-school-kazakhstan.yaml"
    item = load(Folder(small))[0].pool[path.stem].item
    assert item.draft
    assert item.source
    assert (item.source.name, item.source.id, item.source.taken) == ("Office", "tag:1", TODAY)
    assert item.source.url == "https://www.example.org/news/1/?b=2"
    assert (item.countries, item.topics) == (("kz",), ("youth",))
    assert list(item.texts) == ["en"]
    assert item.texts["en"].lead == "Forty people met."
    assert item.texts["en"].text == "They *worked*."
    text = path.read_text(encoding="utf-8")
    assert "# ru:\n#   title:\n#   lead:\n#   text:\n" in text
    assert "https://www.example.org/school.png" in text


def test_a_draft_is_in_no_issue(small: Path) -> None:
    from newsletter.compose.catalogue import catalogue

    take(small, STORY)
    entries = {entry.id: entry for entry in catalogue(Folder(small))[0]}
    assert entries["2015-04-14-youth-school-kazakhstan"].issues == ()


def test_the_same_story_never_comes_twice(small: Path) -> None:
    take(small, STORY)
    other = replace(STORY, title="Another headline")
    same = [
        replace(other, url=None),
        replace(other, id="tag:9", url="http://example.org/news/1?b=2#top"),
        replace(STORY, id=None, url=None, title="YOUTH school in  Kazakhstan"),
    ]
    assert plan(small, *same).known == 3
    assert plan(small, replace(other, id="tag:9", url="https://example.org/news/2")).taken


def test_two_feeds_may_use_the_same_numbers_for_their_entries(small: Path) -> None:
    feed = (
        "<rss version='2.0'><channel><title>News</title><item><title>{0}</title><guid>1</guid>"
        "<link>/{0}</link><pubDate>Tue, 14 Apr 2015 10:00:00 GMT</pubDate></item></channel></rss>"
    )
    names = ("news", "events", "news")
    readings = [
        read_feed(Origin("example.org", feed.format(name).encode(), f"https://example.org/{name}"))
        for name in names
    ]
    importer = Importer(Folder(small), Wishes(), TODAY)
    plans = [importer.plan(*each) for each in zip(names, readings, strict=True)]
    assert [(len(each.taken), each.known) for each in plans] == [(1, 0), (1, 0), (0, 1)]


def test_ids_that_all_stories_of_a_feed_share_make_none_of_them_known(small: Path) -> None:
    stories = [replace(STORY, title=f"Title {n}", id="f#0", url=None) for n in range(3)]
    assert len(take(small, *stories)) == 3
    assert plan(small, *stories).known == 3


def test_the_front_page_of_a_site_makes_no_story_known(small: Path) -> None:
    first, second = (
        replace(STORY, title=f"Title {n}", id=f"tag:{n}", url="https://example.org/?utm_source=rss")
        for n in range(2)
    )
    take(small, first)
    assert len(plan(small, second).taken) == 1


OTHER = replace(STORY, id="tag:9", url="https://example.org/news/2")


def test_two_stories_of_one_title_and_day_that_stand_side_by_side_are_two(small: Path) -> None:
    assert len(take(small, STORY, OTHER)) == 2
    assert plan(small, STORY, OTHER).known == 2


def test_a_story_with_title_and_day_of_another_is_left_out_aloud(small: Path) -> None:
    (path,) = take(small, STORY)
    planned = plan(small, OTHER)
    said = (
        "feed.xml: “Youth school in Kazakhstan” (https://example.org/news/2) was left out: {} has "
        "its title and its day - if these are two stories, import it with --again"
    )
    assert (planned.taken, planned.known, planned.refused) == ((), 0, ())
    assert [str(each) for each in planned.alike] == [
        said.format("the item 2015-04-14-youth-school-kazakhstan")
    ]
    path.unlink()
    assert [str(each) for each in plan(small, OTHER).alike] == [
        said.format("a story that was taken once, and deleted")
    ]
    assert len(plan(small, OTHER, again=True).taken) == 1


def test_a_story_that_is_too_long_is_cut_aloud_at_a_gap(small: Path) -> None:
    paragraphs = ("Forty people met.", *["They worked. " * 50 + "Done."] * 30)
    long = replace(STORY, title="Youth " * 60, paragraphs=paragraphs)
    planned = plan(small, long, replace(STORY, id="tag:2", url=None, title="Short"))
    assert [each.cut for each in planned.taken] == [("title", "text"), ()]
    said = (
        "off: `title` after 300 characters and `text` after 15,000 characters; the whole is at "
        "https://www.example.org/news/1/?b=2"
    )
    remedy = "shorten what is there, or write the end of it by hand"
    assert [str(each) for each in planned.shortened] == [
        f"feed.xml: “{'Youth ' * 10}”: cut {said} - {remedy}"
    ]
    path, _ = Importer(Folder(small), Wishes(), TODAY).write(planned)
    assert f"# Cut {said}\n" in path.read_text(encoding="utf-8")
    words = load(Folder(small))[0].pool[path.stem].item.texts["en"]
    assert words.title == "Youth " * 49 + "…"
    assert words.text
    assert words.text.endswith("Done.")
    assert 14_000 < len(words.text) <= 15_000


@pytest.mark.parametrize(
    ("paragraph", "end"),
    [
        ("work " * 4000, " work …"),
        ("w" * 20_000, "ww…"),
        ("w" * 15_000, "ww"),
        ("Short.\n\n" + "work " * 4000, " work …"),
    ],
)
def test_one_endless_paragraph_is_cut_between_words_if_it_has_any(
    small: Path, paragraph: str, end: str
) -> None:
    (path,) = take(small, replace(STORY, paragraphs=(paragraph,)))
    text = load(Folder(small))[0].pool[path.stem].item.texts["en"].text
    assert text
    assert text.endswith(end)
    assert len(text) <= 15_000


def test_a_story_without_a_day_is_known_by_the_day_it_was_given(small: Path) -> None:
    bare = Story(title="No day")
    take(small, bare, day=DAY)
    assert plan(small, bare, day=DAY).known == 1


def test_a_story_that_two_sources_have_comes_once(small: Path) -> None:
    importer = Importer(Folder(small), Wishes(), TODAY)
    reading = Reading("a feed", "Office", (STORY, STORY))
    assert [importer.plan("a", reading).known, importer.plan("b", reading).known] == [1, 2]


def test_an_address_that_all_stories_share_makes_none_of_them_known(small: Path) -> None:
    home = "https://example.org/"
    stories = [replace(STORY, title=f"Title {n}", id=f"tag:{n}", url=home) for n in range(3)]
    assert len(take(small, *stories)) == 3


def test_a_story_that_was_deleted_stays_away_until_it_is_called_back(small: Path) -> None:
    (path,) = take(small, STORY)
    path.unlink()
    assert plan(small, STORY).deleted == 1
    assert len(plan(small, STORY, again=True).taken) == 1


def test_a_story_in_a_file_with_faults_is_known(small: Path) -> None:
    (path,) = take(small, STORY)
    path.write_text(path.read_text(encoding="utf-8") + "  oops", encoding="utf-8")
    assert plan(small, STORY, again=True).known == 1


def test_a_file_with_faults_has_a_story_only_by_its_whole_address(small: Path) -> None:
    (path,) = take(small, replace(STORY, id=None, url="https://example.org/news/12"))
    path.write_text(path.read_text(encoding="utf-8") + "  oops", encoding="utf-8")
    other = replace(STORY, title="Another", id=None, url="https://example.org/news/1")
    assert len(plan(small, other).taken) == 1


def test_stories_without_day_or_title_are_told_and_the_others_come(small: Path) -> None:
    dateless = replace(STORY, title="No day", day=None, id="2", url=None)
    wrong = replace(dateless, title="Wrong", dated="31 April", id="3", line=7)
    untitled = replace(STORY, title="", id="4", url=None)
    planned = plan(small, dateless, wrong, untitled, STORY)
    said = "its page may say it: import with --date 2015-04-14 to give it a day"
    assert [str(each) for each in planned.refused] == [
        f"feed.xml: “No day” has no date - {said}",
        f"feed.xml:7:1: “Wrong”: “31 April” is not a date - {said}",
        "feed.xml: an entry without a title - write it yourself: newsletter items add",
    ]
    assert len(planned.taken) == 1
    assert len(plan(small, dateless, day=DAY).taken) == 1


def test_days_and_number_can_be_limited(small: Path) -> None:
    stories = [
        replace(STORY, day=DAY.replace(day=n), id=str(n), url=None, title=f"No. {n}")
        for n in range(1, 6)
    ]
    planned = plan(small, *stories, since=DAY.replace(day=2), until=DAY.replace(day=3), limit=4)
    assert [each.new.day.day for each in planned.taken] == [2, 3]
    assert (planned.outside, planned.beyond) == (2, 1)


def test_two_headlines_of_one_day_get_two_names(small: Path) -> None:
    twice = [replace(STORY, id=str(n), url=None, title=f"Youth school: {n}") for n in range(2)]
    write(small, "issues/items/elsewhere/2015-04-14-youth-school.yaml", "kind: [")
    names = [path.stem for path in take(small, *twice)]
    assert names == ["2015-04-14-youth-school-2", "2015-04-14-youth-school-3"]


@pytest.mark.parametrize(
    ("story", "language"),
    [
        (STORY, "en"),
        (replace(STORY, title="Школа молодых", paragraphs=()), "ru"),
        (replace(STORY, language="ru-RU"), "ru"),
        (replace(STORY, language="fr"), "en"),
    ],
)
def test_the_language_is_what_the_source_says_or_the_letters_show(
    small: Path, story: Story, language: str
) -> None:
    (taken,) = plan(small, story).taken
    assert list(taken.new.words) == [language]
    assert taken.new.facts.get("written_in") == (language if language != "en" else None)


def test_names_of_countries_are_found_in_any_case(small: Path) -> None:
    story = replace(STORY, title="Новости из Узбекистана и России", paragraphs=("В Казахстане.",))
    (taken,) = plan(small, story).taken
    assert taken.new.facts["countries"] == ["kz", "ru", "uz"]


def test_an_event_needs_a_place_to_be_one(small: Path) -> None:
    there = Happening(starts=DAY, ends=None, place="Osh")
    paths = take(
        small,
        replace(STORY, happening=there),
        replace(STORY, id="2", url=None, title="Nowhere", happening=replace(there, place="")),
    )
    pool = load(Folder(small))[0].pool
    event = pool[paths[0].stem].item
    assert isinstance(event, Event)
    assert (event.starts, event.texts["en"].place) == (DAY, "Osh")
    assert pool[paths[1].stem].item.kind == "news"
    assert "its page names no place" in paths[1].read_text(encoding="utf-8")


TEXT = st.text(max_size=80)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(TEXT, st.lists(TEXT, max_size=3), TEXT, TEXT)
def test_whatever_strangers_write_the_pool_can_be_read(
    small: Path, title: str, paragraphs: list[str], identity: str, name: str
) -> None:
    """The readers clean what they give; even what they would not is refused, never written."""
    story = replace(STORY, title=title, paragraphs=tuple(paragraphs), id=identity or None, url=None)
    importer = Importer(Folder(small), Wishes(again=True), TODAY)
    for path in importer.write(importer.plan("f", Reading("a feed", name, (story,)))):
        assert path.stem in load(Folder(small))[0].pool
        path.unlink()
    assert item_faults(Folder(small)) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://www.example.org/a/", "http://example.org/a"),
        ("https://example.org/a?b=1&utm_medium=x", "https://EXAMPLE.org:443/a?b=1#c"),
        ("https://example.org/a?x=2&y=1", "https://example.org/a?y=1&x=2"),
    ],
)
def test_addresses_that_lead_to_one_place_are_one(one: str, other: str) -> None:
    assert canonical(one) == canonical(other)


def test_addresses_that_differ_stay_two() -> None:
    assert canonical("https://example.org/a?id=1") != canonical("https://example.org/a?id=2")
    assert canonical("https://example.org:8080/") != canonical("https://example.org/")
    assert untracked("https://example.org/?id=1&fbclid=x&utm_a=b") == "https://example.org/?id=1"


@given(st.text(max_size=60))
def test_no_address_makes_it_fall_over(text: str) -> None:
    canonical(text)
    untracked(f"https://{text}")
