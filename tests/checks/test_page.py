"""The page as a tree: what browsers forgive is forgiven, and every element has its number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.checks.page import DEEPEST, NestedTooDeep, read_page


def test_a_page_is_read_as_people_see_it() -> None:
    page = read_page(
        '<html lang="ru"><head><title> A\n b </title><style>c</style></head><body>'
        '<div style="display:none">hidden<p>too</p><br></div>one<b>two</b><p>three</p>'
        "<script>d</script><!-- e -->four&nbsp;\u00a0five</i></body></html>"
    )
    assert (page.language, page.title, page.words) == ("ru", "A b", "onetwo three four five")


def test_elements_are_numbered_by_their_start_tags_and_comments_do_not_count() -> None:
    page = read_page(
        "<!-- <i> --><html><body>\n<p>a<br>b<!--[if mso]><u>x</u><![endif]--></p><b>c</b>"
    )
    assert [each.tag for each in page.elements] == ["html", "body", "p", "br", "b"]
    assert page.places[page.elements[2]] == (2, 1)
    assert page.numbers[page.elements[4]] == 4
    assert page.root is page.elements[0]


def test_a_page_without_html_has_a_root_that_does_not_count() -> None:
    page = read_page("<p>a</p><p>b</p>")
    assert page.root.tag == "html"
    assert [each.tag for each in page.elements] == ["p", "p"]
    assert page.parents[page.elements[0]] is page.root


def test_what_nobody_closed_is_closed_where_browsers_do() -> None:
    page = read_page("<ul><li>a<li>b</ul><p>c<p>d<table><tr><td>e<td>f<tr><td>g</table>")
    assert [len(each) for each in page.all("ul", "tr")] == [2, 2, 1]
    assert [page.text(each) for each in page.all("p")] == ["c", "d"]
    assert [page.text(each) for each in page.all("td")] == ["e", "f", "g"]


def test_a_void_tag_holds_nothing_and_a_stray_end_tag_ends_nothing() -> None:
    page = read_page("<div></span><img alt='x'>a</br></div>b")
    (div,) = page.all("div")
    assert page.text(div) == "a"
    assert page.label(div) == "xa"
    assert page.words == "a b"


def test_links_have_the_words_and_the_pictures_in_them() -> None:
    page = read_page(
        '<a href=" https://a.example ">One <img src="a" alt="two"></a><a name="x">no link</a>'
        '<div style="color:red"></div><div style="display: none"><a href="y">z</a></div>'
    )
    assert [(link.href, link.label) for link in page.links] == [("https://a.example", "One two")]


def test_the_nearest_language_counts() -> None:
    page = read_page('<html lang="en"><p lang="ru"><b>a</b></p><i>c</i></html>')
    assert [page.language_of(each) for each in page.all("b", "i")] == ["ru", "en"]


@given(st.text(alphabet="<>/ab ='\"!-ptd\n", max_size=200))
def test_no_page_is_too_broken_to_be_read(html: str) -> None:
    page = read_page(html)
    assert len(set(page.elements)) == len(page.elements)
    assert all(page.text(each) is not None for each in page.elements)
    assert set(page.places) == set(page.elements)


def test_a_page_that_nests_without_end_is_refused_where_it_is_too_deep() -> None:
    assert read_page("<p>\n" + "<div>" * (DEEPEST - 2) + "deep").words == "deep"
    with pytest.raises(NestedTooDeep) as refused:
        read_page("<p>\n" + "<div>" * 20_000 + "deep")
    assert (refused.value.line, refused.value.column) == (2, 5 * (DEEPEST - 1) + 1)


def test_rows_and_columns_end_the_groups_before_them() -> None:
    page = read_page(
        "<table><colgroup><col><thead><tr><td>a<tbody><tr><td>b<tbody><tr><td>c</table>"
    )
    above = {each: [box.tag for box in page.above(each)] for each in page.all("td")}
    assert [tags[1] for tags in above.values()] == ["thead", "tbody", "tbody"]
    assert {tags[2] for tags in above.values()} == {"table"}


def test_the_element_begun_last_before_a_place_is_found() -> None:
    page = read_page("x<p>\na<b>b</b>")
    begun = [page.begun(*place) for place in ((1, 1), (1, 2), (2, 1), (2, 2), (9, 1))]
    assert [each if each is None else each.tag for each in begun] == [None, "p", "p", "b", "b"]
