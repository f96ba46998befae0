"""A mail in several languages: one frame, each language in full, each word in its own voice."""

import itertools
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from newsletter.checks import whole
from newsletter.checks.checked import Checked
from newsletter.checks.page import Page, one_line, read_page
from newsletter.checks.proof import proof
from newsletter.compose.workspace import Folder
from newsletter.errors import InputRefused
from newsletter.model.edition import Edition, EditionItem
from newsletter.model.finding import Severity
from newsletter.model.rendering import Rendering, greeting_values
from tests.publish.archive_site import page as page_of_archive
from tests.stacked import SLUG, stack_in_short, stacked_office
from tests.workspace import Way, copy_office, edit, take_the_way, write

PARTS = """\
{% for edition, strings, greeting in parts %}
{% filter in_language(edition) %}
<mj-section><mj-column><mj-text>
  <p>{{ greeting }}</p>
  <p>{{ strings.pages | plural(3) }}, {{ strings.pages | plural(5) }}</p>
  <h2>{{ edition.language_name }}, {{ edition.depth }}</h2>
</mj-text></mj-column></mj-section>
{% for section in edition.sections %}
<mj-section><mj-column>
{% include "parts/" ~ section.layout ~ ".mjml.j2" %}
</mj-column></mj-section>
{% endfor %}
{% endfilter %}
{% endfor %}
"""
PAGE = f"""\
<mjml lang="{{{{ stack.language }}}}" dir="{{{{ stack.direction }}}}">
  <mj-head><mj-title>{{{{ stack.subject }}}}</mj-title></mj-head>
  <mj-body>
{PARTS}
  </mj-body>
</mjml>
"""
TEXT = "{% for edition, strings, greeting in parts %}{{ greeting }}\n{% endfor %}\n"


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Way:
    """Return the short issue of the sample office on its whole way."""
    return take_the_way(stacked_office(tmp_path_factory.mktemp("stacked") / "office"), SLUG)


@pytest.fixture
def stacking(small: Path) -> Path:
    """Return the small office with a theme that can stack, and an issue that does."""
    write(small, "templates/plain/stacked.mjml.j2", PAGE)
    write(small, "templates/plain/stacked.txt.j2", TEXT)
    edit(small, "issues/spring/issue.yaml", "lists:", "editions: stacked\nlists:")
    return small


def mail_of(office: Path) -> Rendering:
    (rendering,) = proof(Folder(office), "spring").renderings.values()
    return rendering


def page_of(way: Way) -> Page:
    return read_page(way.renderings["mul"].html)


def test_there_is_one_mail_and_nothing_to_mend(short: Way) -> None:
    assert list(short.renderings) == ["mul"]
    assert short.renderings["mul"].language == "mul"
    grave = [each for each in short.findings if each.severity is not Severity.NOTE]
    assert [str(finding) for finding in grave] == []


def test_both_languages_are_there_in_full_in_both_parts(short: Way) -> None:
    rendering = short.renderings["mul"]
    page, text = page_of(short).words, one_line(rendering.text)
    for edition in short.composition.editions.values():
        for item in (item for section in edition.sections for item in section.items):
            for words in (item.title, item.lead, item.text.plain if item.text else ""):
                for line in words.splitlines():
                    assert one_line(line).removeprefix("- ") in text
            assert one_line(item.title) in page
        for line in edition.publisher.address:
            assert one_line(line) in page
            assert one_line(line) in text


def test_every_word_is_in_the_language_that_its_element_names(short: Way) -> None:
    page = page_of(short)
    headings = {
        one_line(page.text(each)): page.language_of(each)
        for each in page.all("h2", "h3", "h4", "h5")
    }
    assert headings["English"] == headings["News by country"] == headings["Calendar"] == "en"
    assert headings["Русский"] == headings["Новости стран"] == headings["Календарь"] == "ru"
    assert page.language == "en"


def test_one_h1_and_no_level_is_skipped(short: Way) -> None:
    levels = [int(each.tag[1]) for each in page_of(short).all("h1", "h2", "h3", "h4", "h5")]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(below - above <= 1 for above, below in itertools.pairwise(levels))


def test_a_picture_travels_once_for_both_languages(short: Way) -> None:
    rendering = short.renderings["mul"]
    assert len(rendering.pictures) == 3
    for picture in rendering.pictures:
        assert rendering.html.count(f'src="cid:{picture.cid}"') == 2


def test_what_readers_may_do_stands_in_both_languages(short: Way) -> None:
    rendering = short.renderings["mul"]
    assert rendering.html.count('href="[[unsubscribe_url]]"') == 2
    assert rendering.text.count("[[unsubscribe_url]]") == 2
    for language in ("en", "ru"):
        assert f'/{language}/"' in rendering.html
        assert short.composition.editions[language].view_url in rendering.text


class _Balance(HTMLParser):
    """Counts divs: MJML's own and those that name a language."""

    depth = 0
    lowest = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.depth += tag == "div"

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag == "div"
        self.lowest = min(self.lowest, self.depth)


def test_the_elements_around_a_language_end_where_it_ends(short: Way) -> None:
    balance = _Balance()
    balance.feed(short.renderings["mul"].html)
    assert (balance.depth, balance.lowest) == (0, 0)
    assert "<!--lang" not in short.renderings["mul"].html


def test_a_reader_is_greeted_in_each_language_by_name_or_without(stacking: Path) -> None:
    rendering = mail_of(stacking)
    assert rendering.slots >= {"greeting", "greeting2"}
    named = greeting_values(rendering.greeting, rendering.greeting_anonymous, "Anna")
    assert named == {"greeting": "Dear Anna,", "greeting2": "Здравствуйте, Anna!"}
    html, text = rendering.filled({**named, "unsubscribe_url": "", "preferences_url": ""})
    assert text == "Dear Anna,\nЗдравствуйте, Anna!\n"
    assert html.index("Dear Anna,") < html.index("Здравствуйте, Anna!")
    assert greeting_values(rendering.greeting, rendering.greeting_anonymous, "") == {
        "greeting": "Dear reader,",
        "greeting2": "Здравствуйте!",
    }


def test_each_language_counts_by_its_own_grammar(stacking: Path) -> None:
    html = mail_of(stacking).html
    assert "3 pages, 5 pages" in html
    assert "3 страницы, 5 страниц" in html


def test_headings_stand_below_the_name_of_their_language(stacking: Path) -> None:
    html = mail_of(stacking).html
    assert "English, 1" in html
    assert "Русский, 1" in html


def test_a_language_is_named_by_one_element_around_its_rows(stacking: Path) -> None:
    page = read_page(mail_of(stacking).html)
    (russian,) = [each for each in page.all("div") if each.get("lang") == "ru"]
    assert russian.get("dir") == "ltr"
    assert "Школа для молодых" in page.text(russian)
    assert "A school for the young" not in page.text(russian)


def test_a_theme_that_cannot_stack_says_what_it_lacks(small: Path) -> None:
    edit(small, "issues/spring/issue.yaml", "lists:", "editions: stacked\nlists:")
    with pytest.raises(InputRefused) as refused:
        proof(Folder(small), "spring")
    assert [str(finding) for finding in refused.value.findings] == [
        f"templates/plain/stacked.{kind}.j2: the template is missing: this theme cannot stack "
        "languages - write it like that of ilo-moscow, or set `editions: by-language` in the issue"
        for kind in ("mjml", "txt")
    ]


def test_a_fault_in_a_stacked_page_is_told_at_its_line(stacking: Path) -> None:
    edit(
        stacking, "templates/plain/stacked.mjml.j2", "<p>{{ greeting }}</p>", "{{ edition.titel }}"
    )
    with pytest.raises(
        InputRefused, match=r"templates/plain/stacked.mjml.j2:\d+:1: Edition has no"
    ):
        proof(Folder(stacking), "spring")


@pytest.fixture(scope="module", params=["2015-1", "2015-2"])
def in_short(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Way:
    """Return a sample issue on its whole way, stacked and told in short by one more line."""
    office = copy_office(tmp_path_factory.mktemp("short") / "office")
    return take_the_way(stack_in_short(office, request.param), request.param)


def told(way: Way) -> list[tuple[Edition, EditionItem]]:
    """Return each item of a stacked mail, and the edition it stands in."""
    assert way.composition.stack
    return [
        (edition, item)
        for edition in way.composition.stack.editions
        for section in edition.sections
        for item in section.items
    ]


def test_a_whole_issue_in_short_leaves_nothing_to_mend(in_short: Way) -> None:
    grave = [each for each in in_short.findings if each.severity is not Severity.NOTE]
    assert [str(finding) for finding in grave] == []
    assert len(in_short.renderings["mul"].html.encode()) < 88 * 1024


def test_each_story_in_short_leads_to_itself_in_the_archive_of_its_language(in_short: Way) -> None:
    rendering = in_short.renderings["mul"]
    links = {link.href: one_line(link.label) for link in read_page(rendering.html).links}
    stories = [(edition, item) for edition, item in told(in_short) if item.more_url]
    assert len(stories) >= 16
    for edition, item in stories:
        assert item.more_url == f"{edition.view_url}#{item.id}"
        assert links[item.more_url] == one_line(item.title)
        assert f"\n{item.more_url}\n" in rendering.text
        archived = page_of_archive(f"issues/{edition.issue}/{edition.language}/index.html")
        assert item.id in archived.ids


def test_headline_day_and_lead_of_a_story_in_short_stand_in_both_parts(in_short: Way) -> None:
    rendering = in_short.renderings["mul"]
    parts = (page_of(in_short).words, one_line(rendering.text))
    assert in_short.composition.stack
    for edition in in_short.composition.stack.editions:
        for section in edition.sections:
            dated = section.layout in ("cards", "brief")
            for item in section.items:
                words = [item.title, item.lead, item.quote, item.deadline_text]
                words += [item.date_text] if dated else []
                assert all(one_line(each) in part for each in words for part in parts)


def test_what_a_story_in_short_leaves_out_stands_in_neither_part(in_short: Way) -> None:
    rendering = in_short.renderings["mul"]
    for edition in in_short.composition.editions.values():
        for item in (item for section in edition.sections for item in section.items if item.text):
            assert item.text
            last = one_line(item.text.plain.splitlines()[-1])
            assert last not in page_of(in_short).words
            assert last not in one_line(rendering.text)


def test_only_the_first_picture_of_an_issue_in_short_stays(in_short: Way) -> None:
    (picture,) = in_short.renderings["mul"].pictures
    first = next(item.image for _, item in told(in_short) if item.image)
    assert picture.cid in {file.src.removeprefix("cid:") for file in first.files}


def test_items_stand_in_one_order_in_both_parts_of_a_mail_in_short(in_short: Way) -> None:
    page, text = page_of(in_short).words, one_line(in_short.renderings["mul"].text)

    def order(words: str) -> list[str]:
        titles = [one_line(item.title) for _, item in told(in_short)]
        return sorted(titles, key=words.rindex)

    assert order(page) == order(text)


def test_a_stacked_mail_that_is_too_large_is_told_the_line_that_mends_it(tmp_path: Path) -> None:
    office = copy_office(tmp_path / "office")
    edit(office, "issues/2015-1/issue.yaml", "lists:", "editions: stacked\nlists:")
    findings = take_the_way(office, "2015-1").findings
    (finding,) = [each for each in findings if each.severity is Severity.ERROR]
    assert re.fullmatch(
        r"issues/2015-1/issue\.yaml:9:1: the mul edition has 1\d\d KB of HTML; Gmail cuts it after "
        r"102 KB - tell stories in short, by `stacked: { stories: short }`, or take fewer items",
        str(finding),
    )


def test_a_mail_in_short_that_is_too_large_is_told_to_take_fewer_items(in_short: Way) -> None:
    mail = in_short.renderings["mul"]
    large = replace(mail, html=mail.html + " " * 30_000)
    checked = Checked(in_short.composition, {"mul": large}, in_short.theme)
    (finding,) = whole.html_size(checked)
    assert finding.remedy.startswith("take fewer items")
