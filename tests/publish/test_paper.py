"""The print editions of the sample: complete, in order, as screen readers want them."""

import itertools
import re

import pytest

from newsletter.model.edition import EditionItem
from tests.publish.papers import EDITIONS, Print, print_in, printed, squeezed
from tests.workspace import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(params=EDITIONS, ids="-".join)
def paper(request: pytest.FixtureRequest) -> Print:
    return printed(*request.param)


def items(paper: Print) -> list[EditionItem]:
    return [item for section in paper.edition.sections for item in section.items]


def test_an_issue_has_a_few_pages_of_a4(paper: Print) -> None:
    assert 5 <= len(paper.reader.pages) == paper.paper.pages <= 7
    for page in paper.reader.pages:
        assert (round(page.mediabox.width), round(page.mediabox.height)) == (595, 842)


def test_every_item_is_printed_whole_and_once(paper: Print) -> None:
    words = paper.spoken
    for item in items(paper):
        texts = [item.lead, item.quote, item.person]
        if item.text:
            texts += re.sub(r" \(https?:\S+\)|^- ", "", item.text.plain, flags=re.MULTILINE).split(
                "\n\n"
            )
        for text in filter(None, map(squeezed, texts)):
            assert words.count(text) == 1, text


def test_titles_are_printed_with_their_items(paper: Print) -> None:
    words = paper.spoken
    told = [item for item in items(paper) if item.quote and not item.lead]
    for item in items(paper):
        assert (squeezed(item.title) in words) is (item not in told), item.title


def test_the_editorial_is_printed(paper: Print) -> None:
    assert paper.edition.editorial
    words = squeezed(paper.edition.editorial.text.plain)
    assert words in paper.spoken


def test_the_lead_goes_on_where_page_one_says(paper: Print) -> None:
    lead = next(section for section in paper.edition.sections if section.layout == "lead").items[0]
    assert lead.text
    story = squeezed(lead.text.plain.replace("\n- ", "\n").replace("- ", ""))
    begun, gone_on = story[:30], story[-30:]
    said = {"en": "Continued on page 2", "ru": "Продолжение на с. 2", "kk": "Жалғасы 2-бетте"}
    back = {"en": "Continued from page 1", "ru": "Начало на с. 1", "kk": "Басы 1-бетте"}
    language = paper.edition.language
    assert squeezed(said[language]) in paper.words(1)
    assert squeezed(back[language]) in paper.words(2)
    assert begun in paper.words(1)
    assert gone_on not in paper.words(1)
    assert gone_on in paper.words(2)


def test_the_contents_name_the_page_on_which_a_section_begins(paper: Print) -> None:
    for section in paper.edition.sections:
        if section.layout == "quote":
            continue
        labels = [section.heading, *(group.label for group in section.groups)]
        for label in filter(None, map(squeezed, labels)):
            named = re.search(rf"{re.escape(label)}(\d)", paper.spoken)
            assert named, label
            assert label.casefold() in paper.words(int(named[1])).casefold()


def test_running_heads_and_page_numbers_stand_on_every_page_after_the_first(paper: Print) -> None:
    total = len(paper.pages)
    for number in range(1, total + 1):
        assert f"{number}/{total}" in paper.words(number)
    for number in range(2, total + 1):
        assert squeezed(paper.edition.publisher.short_name) in paper.words(number)
        assert squeezed(paper.edition.number_text) in paper.words(number)


def test_all_fonts_are_embedded_and_nothing_is_missing_in_them(paper: Print) -> None:
    fonts = {
        str(font["/BaseFont"]): font
        for page in paper.reader.pages
        for font in (each.get_object() for each in page["/Resources"]["/Font"].values())  # type: ignore[index]
    }
    assert fonts
    for name, font in fonts.items():
        assert re.match(r"/[A-Z]{6}\+Noto-(Serif|Sans)", name), name
        assert "/FontFile2" in font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        assert "/ToUnicode" in font


def test_metadata_name_the_issue_the_office_and_its_day(paper: Print) -> None:
    found, edition = paper.reader.metadata, paper.edition
    assert found
    assert found.title == edition.subject
    assert found.author == edition.publisher.name
    assert found.subject == edition.preheader
    assert str(found["/CreationDate"]) == f"D:{edition.date:%Y%m%d}"
    assert paper.reader.trailer["/Root"]["/Lang"] == edition.language  # type: ignore[index]
    assert paper.reader.trailer["/Root"]["/ViewerPreferences"]["/DisplayDocTitle"]  # type: ignore[index]


def test_bookmarks_lead_to_sections_countries_and_stories(paper: Print) -> None:
    def titles(entries: list[object], depth: int = 0) -> dict[str, int]:
        found: dict[str, int] = {}
        for entry in entries:
            if isinstance(entry, list):
                found |= titles(entry, depth + 1)
            else:
                found[str(entry["/Title"])] = depth  # type: ignore[index]
        return found

    found = titles(list(paper.reader.outline))
    for section in paper.edition.sections:
        if section.layout == "quote":
            continue
        if section.heading:
            assert found[section.heading] == 1
        for group in section.groups:
            if group.label:
                assert found[group.label] == 2
            depth = 1 + bool(section.heading) + bool(group.label)
            assert {found[item.title] for item in group.items} <= {depth}


def test_figures_have_their_alternative_text(paper: Print) -> None:
    figures = paper.structure.all("Figure")
    wanted = [item.image.alt for item in items(paper) if item.image]
    assert sorted(str(figure.facts["/Alt"]) for figure in figures) == sorted(wanted)


def test_headings_leave_out_no_level_and_one_is_first(paper: Print) -> None:
    levels = [
        int(node.tag[1]) for node in paper.structure.walk() if re.fullmatch("H[1-6]", node.tag)
    ]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_the_calendar_is_a_table_whose_headings_say_what_they_head(paper: Print) -> None:
    calendar = next(each for each in paper.edition.sections if each.layout == "calendar")
    heads = paper.structure.all("TH")
    scopes = [str(head.facts["/A"]["/Scope"]) for head in heads]
    tables = paper.structure.all("Table")  # one for each page it reaches, each with its head
    assert scopes.count("/Row") == len(calendar.items)
    assert scopes.count("/Column") == 2 * len(tables)
    names = {str(head.facts["/ID"]) for head in heads}
    for cell in paper.structure.all("TD"):
        assert {str(name) for name in cell.facts["/A"]["/Headers"]} <= names


def test_every_link_is_in_the_structure_and_says_where_it_leads(paper: Print) -> None:
    tagged = [
        node
        for node in paper.structure.all("Link")
        if any(
            not isinstance(kid, int) and kid.get_object().get("/Type") == "/OBJR"
            for kid in node.facts["/K"]
        )
    ]
    assert len(tagged) == len(paper.links)
    assert all("/StructParent" in link and link["/Contents"] for link in paper.links)
    targets = {
        str(link["/A"]["/URI"]) for link in paper.links if "/A" in link and "/URI" in link["/A"]
    }
    assert {link.url for item in items(paper) for link in item.links} <= targets
    assert paper.edition.view_url in targets


def test_addresses_of_links_can_be_read_on_paper(paper: Print) -> None:
    for item in items(paper):
        for link in item.links:
            address = link.url.removeprefix("https://").removesuffix("/")
            assert paper.spoken.count(squeezed(f"{link.label}: {address}")) == 1


def test_lines_of_addresses_are_whole_where_numbers_have_hyphens() -> None:
    last = printed("2015-2", "kk").pages[-1]
    assert "15\u2011үй," in last
    assert "newsletter@ilo-moscow.example.org" in last  # not broken at its hyphen


def test_no_heading_is_left_behind_at_the_end_of_a_page(paper: Print) -> None:
    said = [
        node for node in paper.structure.walk() if re.fullmatch("H[2-6]|P|L|Figure|TR", node.tag)
    ]
    for heading, after in itertools.pairwise(said):
        if heading.tag.startswith("H"):
            assert after.page == heading.page, heading.facts


def test_all_that_is_drawn_is_tagged_or_marked_as_decoration(paper: Print) -> None:
    for page in paper.reader.pages:
        contents = page.get_contents()
        assert contents is not None
        depth = 0
        for operands, operator in contents.operations:
            if operator in (b"BDC", b"BMC"):
                depth += 1
            elif operator == b"EMC":
                depth -= 1
            elif operator in (b"TJ", b"Tj", b"Do", b"f", b"S"):
                assert depth, (page.page_number, operator, operands)


def test_the_same_workspace_gives_the_same_bytes() -> None:
    again = print_in(ROOT, "2015-2", "kk")
    assert again.paper.data == printed("2015-2", "kk").paper.data


def test_kazakh_letters_are_letters() -> None:
    words = "".join(printed("2015-2", "kk").pages)
    assert set("әғқңөұүіӘҚ") <= set(words)
