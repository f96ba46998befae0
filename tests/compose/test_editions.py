"""Putting an issue into words: names, dates, typography, pictures, groups, for each language."""

from pathlib import Path

import pytest
from PIL import Image

from newsletter.compose.compose import Composition, compose
from newsletter.compose.workspace import Folder
from newsletter.model.edition import Edition, EditionItem
from tests.workspace import ITEM, edit, run_check, write

SCHOOL = "issues/items/school.yaml"
SPRING = "issues/spring/issue.yaml"


def composed(office: Path) -> Composition:
    return compose(Folder(office), "spring")


def edition(office: Path, language: str) -> Edition:
    return composed(office).editions[language]


def only_item(office: Path, language: str) -> EditionItem:
    (section,) = edition(office, language).sections
    (item,) = section.items
    return item


def _spaced(text: str) -> str:
    return text.replace("\u00a0", "~")


def test_numbers_and_dates_stand_in_the_words_of_the_language(small: Path) -> None:
    english, russian = edition(small, "en"), edition(small, "ru")
    assert _spaced(english.number_text) == "No.~1 (60), March 2015"
    assert _spaced(russian.number_text) == "№~1 (60), март 2015~г."
    assert _spaced(only_item(small, "ru").date_text) == "17~марта 2015~г."


def test_countries_and_topics_have_their_names(small: Path) -> None:
    assert only_item(small, "en").countries == ("Russian Federation",)
    assert only_item(small, "ru").topics == ("Охрана труда",)


def test_each_edition_knows_the_others_and_its_place_on_the_web(small: Path) -> None:
    russian = edition(small, "ru")
    assert russian.view_url == "https://news.example.org/issues/spring/ru/"
    (other,) = russian.others
    assert (other.language, other.name, other.url) == (
        "en",
        "English",
        "https://news.example.org/issues/spring/en/",
    )


def test_words_are_set_and_addresses_are_not(small: Path) -> None:
    edit(small, SCHOOL, "Школа для молодых", "'\"Школа\" - в Москве'")
    edit(small, SCHOOL, "label: О школе", "label: О школе - коротко")
    item = only_item(small, "ru")
    assert _spaced(item.title) == "«Школа»~— в~Москве"
    assert _spaced(item.links[0].label) == "О~школе~— коротко"
    assert item.links[0].url == "https://www.example.org/school"


def test_addresses_of_cyrillic_letters_become_those_of_the_web(small: Path) -> None:
    edit(
        small, SCHOOL, "url: https://www.example.org/school", "url: https://пример.example/путь?a=б"
    )
    edit(small, "newsletter.yaml", "https://www.example.org/", "https://пример.example/")
    english = edition(small, "en")
    assert english.sections[0].items[0].links[0].url == (
        "https://xn--e1afmkfd.example/%D0%BF%D1%83%D1%82%D1%8C?a=%D0%B1"
    )
    assert english.publisher.website == "https://xn--e1afmkfd.example"


def test_a_field_that_is_named_stays_as_it_was_typed(small: Path) -> None:
    edit(small, SCHOOL, "Школа для молодых", "'\"Школа\" - в Москве'")
    edit(small, SCHOOL, "text: Говорили", 'text: В "зале" - говорили')
    edit(small, SCHOOL, "ru:\n", "ru:\n  verbatim: [title, text]\n")
    item = only_item(small, "ru")
    assert item.title == '"Школа" - в Москве'
    assert item.text is not None
    assert item.text.plain.startswith('В "зале" - говорили')


def test_markdown_becomes_html_and_plain_text(small: Path) -> None:
    text = only_item(small, "en").text
    assert text is not None
    assert text.html == (
        '<p>They spoke about <em>work</em> and <a href="https://www.example.org/rights">rights</a>.</p>'
    )
    assert text.plain == "They spoke about work and rights (https://www.example.org/rights)."


def test_what_looks_like_code_is_kept_as_text(small: Path) -> None:
    edit(small, SCHOOL, "A school for the young", "'{{7*7}} {% x %} <mj-raw> </mj-text> [[name]]'")
    assert only_item(small, "en").title == "{{7*7}} {% x %} <mj-raw> </mj-text> [[name]]"


@pytest.mark.parametrize(
    "words",
    [
        "Ұлы Өмір Ңұр",
        "Ўзбек Ғулом",
        "Ӣсмоил Ҷӯраев",
        "Əliyev Rəşad",
        "Zoë 👩🏽‍🔬 𐍃",
        "е\u0301",
        "Ёж",
    ],
)
def test_letters_of_all_languages_come_through(small: Path, words: str) -> None:
    edit(small, SCHOOL, "A school for the young", words)
    assert only_item(small, "en").title == words


def test_a_quotation_is_put_into_the_marks_of_the_language(small: Path) -> None:
    words = "{title: a, person: b, position: c, quote: "
    write(
        small,
        SCHOOL,
        "kind: interview\ndate: 2015-03-17\n"
        f"en: {words}'We say \"yes\"'}}\nru: {words}'Мы говорим \"да\"'}}\n",
    )
    assert only_item(small, "en").quote == "“We say ‘yes’”"
    assert only_item(small, "ru").quote == "«Мы говорим „да“»"


def test_the_full_stop_of_a_quoted_sentence_stands_where_the_language_wants_it(
    small: Path,
) -> None:
    words = "{title: a, person: b, position: c, quote: "
    item = f"kind: interview\ndate: 2015-03-17\nen: {words}So do we.}}\nru: {words}Мы тоже.}}\n"
    write(small, "issues/items/school.yaml", item)
    assert only_item(small, "en").quote == "“So do we.”"
    assert only_item(small, "ru").quote == "«Мы тоже»."


def test_events_and_vacancies_have_their_days_in_words(small: Path) -> None:
    write(
        small,
        SCHOOL,
        "kind: event\ndate: 2015-03-17\nstarts: 2015-04-02\nends: 2015-04-05\n"
        "en: {title: a, place: Minsk - centre}\nru: {title: а, place: Минск}\n",
    )
    assert _spaced(only_item(small, "en").period_text) == "2–5~April 2015"
    assert _spaced(only_item(small, "en").place) == "Minsk~– centre"
    write(
        small,
        SCHOOL,
        "kind: vacancy\ndate: 2015-03-17\ndeadline: 2015-04-02\n"
        "en: {title: a, place: Minsk}\nru: {title: а, place: Минск}\n",
    )
    assert _spaced(only_item(small, "ru").deadline_text) == "2~апреля 2015~г."


def test_a_picture_has_its_size_its_words_and_one_address_in_all_editions(small: Path) -> None:
    (small / "issues/images").mkdir()
    Image.new("RGB", (600, 300)).save(small / "issues/images/a.png")
    edit(
        small,
        SCHOOL,
        "en:\n",
        "image: {file: images/a.png, credit: A. B.}\nen:\n  image_alt: Hall\n",
    )
    edit(small, SCHOOL, "ru:\n", "ru:\n  image_alt: Зал\n  image_credit: А. Б.\n")
    english, russian = only_item(small, "en").image, only_item(small, "ru").image
    assert english is not None
    assert russian is not None
    assert (english.width, english.height, english.alt, english.credit) == (
        600,
        300,
        "Hall",
        "A. B.",
    )
    assert (russian.alt, _spaced(russian.credit)) == ("Зал", "А.~Б.")
    assert english.src == russian.src
    pictures = composed(small).pictures
    assert english.src == f"cid:{pictures[english.src].cid}"


def test_hosted_pictures_have_an_address_that_changes_with_the_picture(small: Path) -> None:
    (small / "issues/images").mkdir()
    edit(small, SCHOOL, "en:\n", "image: {file: images/a.png}\nen:\n")
    edit(small, "newsletter.yaml", "time_zone", "pictures: hosted\ntime_zone")
    addresses = set()
    for colour in ("red", "blue"):
        Image.new("RGB", (600, 300), colour).save(small / "issues/images/a.png")
        wide_and_narrow = set(composed(small).pictures)
        for address in wide_and_narrow:
            assert address.startswith("https://news.example.org/issues/spring/images/a-")
        addresses |= wide_and_narrow
    assert len(addresses) == 4


def test_a_picture_is_shown_by_the_file_of_twice_its_width(small: Path) -> None:
    (small / "issues/images").mkdir()
    Image.new("RGB", (1300, 650)).save(small / "issues/images/a.png")
    words = "{file: images/a.png, rights: CC BY 4.0, focus: top left}"
    edit(small, SCHOOL, "en:\n", f"image: {words}\nen:\n")
    image = only_item(small, "en").image
    assert image is not None
    assert [image.at(width).width for width in (100, 150, 151, 300, 301, 640)] == [
        *(300, 300, 600, 600, 1200, 1200)
    ]
    assert (image.file, image.rights, image.focus) == ("images/a.png", "CC BY 4.0", (0.0, 0.0))
    pictures = composed(small).pictures
    assert {each.src for each in image.files} == set(pictures)


@pytest.mark.parametrize("focus", ["[0.4, 0.3]", "[0, 1]", "bottom right", "centre"])
def test_a_focus_is_a_point_of_the_picture(small: Path, focus: str) -> None:
    edit(small, SCHOOL, "en:\n", f"image: {{file: images/a.png, focus: {focus}}}\nen:\n")
    assert "focus" not in run_check(small)


@pytest.mark.parametrize(
    "focus", ["[0.4]", "[1.1, 0]", "[true, 0]", "above", "{x: 1}", "0.5", "[a, b]"]
)
def test_a_focus_that_is_no_point_is_refused_at_its_place(small: Path, focus: str) -> None:
    edit(small, SCHOOL, "en:\n", f"image: {{file: images/a.png, focus: {focus}}}\nen:\n")
    assert f"{SCHOOL}:5:29: `focus` does not name a point of the picture - write two" in run_check(
        small
    )


def test_groups_follow_the_order_of_the_settings_and_several_countries_come_last(
    small: Path,
) -> None:
    several = {"a": "[uz, kz]", "b": "[kz, uz]", "c": "[kz, ru]", "none": "[]"}
    for name, countries in {"u": "[uz]", "k": "[kz]", **several}.items():
        write(small, f"issues/items/{name}.yaml", ITEM.replace("[ru]", countries))
    edit(small, SPRING, "items: [school]", "pick: { group_by: country }")
    (section,) = edition(small, "en").sections
    assert [(group.label, [item.id for item in group.items]) for group in section.groups] == [
        ("Kazakhstan", ["k"]),
        ("Russian Federation", ["school"]),
        ("Uzbekistan", ["u"]),
        ("Kazakhstan, Russian Federation", ["c"]),
        ("Kazakhstan, Uzbekistan", ["a", "b"]),
        ("", ["none"]),
    ]
    assert sorted(item.id for item in section.items) == ["a", "b", "c", "k", "none", "school", "u"]


def test_a_section_without_grouping_is_one_group_without_label(small: Path) -> None:
    (section,) = edition(small, "en").sections
    assert [(group.label, len(group.items)) for group in section.groups] == [("", 1)]
    assert section.heading == ""


def test_an_editorial_stands_in_its_own_language(small: Path) -> None:
    words = "  editorial: {{ title: {}, text: '{}', signed: {} }}\n"
    edit(small, SPRING, "ru:\n", words.format("A year", "*One* year.", "Office") + "ru:\n")
    assert edition(small, "ru").editorial is None
    editorial = edition(small, "en").editorial
    assert editorial is not None
    assert (editorial.title, editorial.text.html, editorial.signed) == (
        "A year",
        "<p><em>One</em> year.</p>",
        "Office",
    )


def test_an_issue_in_one_language_needs_only_that_one(small: Path) -> None:
    edit(small, SPRING, "languages: [en, ru]", "languages: [ru]")
    edit(small, SCHOOL, ITEM[ITEM.index("en:\n") : ITEM.index("ru:\n")], "")
    assert set(composed(small).editions) == {"ru"}
    assert edition(small, "ru").others == ()


def test_both_sample_issues_are_whole_in_all_their_languages(office: Path) -> None:
    folder = Folder(office)
    for slug in folder.slugs():
        english, *others = compose(folder, slug).editions.values()
        assert len(english.sections) > 6
        for edition in others:
            for one, other in zip(english.sections, edition.sections, strict=True):
                assert [item.id for item in one.items] == [item.id for item in other.items]
