"""Page one, whatever an issue holds: what has no room there goes inside, and nothing is lost."""

from dataclasses import replace

import pytest

from newsletter.errors import InputRefused
from newsletter.model.edition import Edition, EditionItem, EditionSection, Html, RichText
from newsletter.publish.paper import print_edition
from tests.publish.papers import Print, opened, squeezed
from tests.workspace import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def edition() -> Edition:
    return opened(ROOT, "2015-1")[1].editions["en"]


def printed(edition: Edition) -> Print:
    theme, composition = opened(ROOT, "2015-1")
    return Print(edition, print_edition(theme, edition, composition.pictures))


def having(edition: Edition, layout: str, **changes: object) -> Edition:
    """Return `edition` with the first item of a layout changed."""

    def changed(section: EditionSection) -> EditionSection:
        if section.layout != layout:
            return section
        item: EditionItem = replace(section.items[0], **changes)  # type: ignore[arg-type]
        items = (item, *section.items[1:])
        return replace(section, items=items, groups=(replace(section.groups[0], items=items),))

    return replace(edition, sections=tuple(map(changed, edition.sections)))


def without(edition: Edition, *layouts: str) -> Edition:
    kept = tuple(each for each in edition.sections if each.layout not in layouts)
    return replace(edition, sections=kept)


def story(paragraphs: int) -> RichText:
    said = [
        f"Paragraph {number} has a sentence of its own about work, about those who do it, and "
        "about what governments, employers and workers can agree on when they meet."
        for number in range(1, paragraphs + 1)
    ]
    html = "".join(f"<p>{each}</p>" for each in said)
    return RichText(html=Html(html), plain="\n\n".join(said))


def test_a_short_lead_ends_on_page_one_which_then_names_no_other_page(edition: Edition) -> None:
    paper = printed(having(edition, "lead", text=story(1), links=()))
    assert squeezed(story(1).plain) in paper.words(1)
    assert "Continued" not in paper.words()


def test_a_long_lead_goes_on_over_as_many_pages_as_it_needs(edition: Edition) -> None:
    paper = printed(having(edition, "lead", text=story(60)))
    for number in (1, 30, 60):
        assert paper.spoken.count(f"Paragraph{number}hasasentence") == 1
    assert squeezed("Continued on page 2") in paper.words(1)
    assert "Paragraph60has" not in paper.words(2)


def test_a_long_editorial_goes_inside(edition: Edition) -> None:
    assert edition.editorial
    paper = printed(replace(edition, editorial=replace(edition.editorial, text=story(12))))
    assert "Paragraph12has" not in paper.words(1)
    assert paper.spoken.count("Paragraph12has") == 1
    assert "Anewyearofworktogether2" in paper.spoken  # and the contents say so


def test_a_long_quotation_stays_in_its_section(edition: Edition) -> None:
    words = "“" + "I came with questions, and I leave with colleagues. " * 20 + "”"
    paper = printed(having(edition, "quote", quote=words))
    assert "Icamewith" not in paper.words(1)
    assert paper.spoken.count(squeezed(words)) == 1
    assert "Intheirownwords" in paper.spoken


def test_an_interview_is_quoted_on_page_one_and_told_inside(edition: Edition) -> None:
    paper = printed(having(edition, "quote", text=story(2)))
    assert "Icamewithquestions" in paper.words(1)
    assert paper.spoken.count("Icamewithquestions") == 2
    assert paper.spoken.count("Paragraph2has") == 1


def test_countries_leave_the_contents_before_these_are_refused(edition: Edition) -> None:
    news = next(each for each in edition.sections if each.layout == "cards")
    groups = tuple(
        replace(news.groups[0], label=f"A country with a rather long name of number {number}")
        for number in range(26)
    )
    crowded = tuple(
        replace(each, groups=groups) if each.layout == "cards" else each
        for each in edition.sections
    )
    paper = printed(replace(edition, sections=crowded))
    assert "number25" not in paper.words(1)
    assert "Newsbycountry2" in paper.spoken


def test_more_contents_than_page_one_holds_are_refused(edition: Edition) -> None:
    brief = next(each for each in edition.sections if each.layout == "brief")
    many = tuple(replace(brief, heading=f"A section with heading {each}") for each in range(60))
    with pytest.raises(InputRefused) as refused:
        printed(replace(edition, sections=(*edition.sections, *many)))
    (finding,) = refused.value.findings
    assert "too long for page one" in finding.message
    assert "fewer sections" in finding.remedy


def test_an_issue_without_lead_editorial_and_quotation_begins_with_its_first_section(
    edition: Edition,
) -> None:
    paper = printed(without(edition, "lead", "editorial", "quote"))
    assert "TripartiteseminaronlabourinspectionheldinYerevan" in paper.words(1)
    assert "Continued" not in paper.words()


def test_a_lead_without_a_picture_begins_with_its_words(edition: Edition) -> None:
    paper = printed(having(edition, "lead", image=None))
    assert squeezed("Murmansk hosts the first international") in paper.words(1)
    assert len(paper.structure.all("Figure")) == len(printed(edition).structure.all("Figure")) - 1


def test_a_last_page_of_a_few_lines_is_saved_where_that_is_possible() -> None:
    theme, composition = opened(ROOT, "2015-2")
    edition = composition.editions["en"]
    paper = print_edition(theme, edition, composition.pictures)
    loose = replace(edition, sections=(*edition.sections, edition.sections[-2]))
    assert paper.pages == 5
    assert print_edition(theme, loose, composition.pictures).pages == 6


def test_words_that_stand_in_for_missing_ones_are_said_to(edition: Edition) -> None:
    changed = having(
        edition,
        "lead",
        title="Школа в Мурманске",
        fallback_language="ru",
        fallback_direction="ltr",
        fallback_fields=("title",),
        fallback_note="In Russian only",
    )
    paper = printed(changed)
    assert "InRussianonly" in paper.words(1)


@pytest.mark.parametrize("number", [1, 2, 4, 5])
def test_any_number_of_announcements_stand_in_rows_and_none_is_lost(
    edition: Edition, number: int
) -> None:
    alone = without(edition, *({each.layout for each in edition.sections} - {"announcements"}))
    (section,) = alone.sections
    one = section.items[0]
    items = tuple(replace(one, title=f"Call {each}") for each in range(1, number + 1))
    many = replace(section, items=items, groups=(replace(section.groups[0], items=items),))
    paper = printed(replace(alone, sections=(many,)))
    titles = [f"Call {each}" for each in range(1, number + 1)]
    places = [paper.spoken.index(squeezed(title)) for title in titles]
    assert places == sorted(places)
    assert all(paper.spoken.count(squeezed(title)) == 1 for title in titles)
