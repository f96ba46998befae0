"""Colours: what CSS and old attributes mean, and how far two of them are apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.render.colours import (
    BLACK,
    WHITE,
    Colour,
    attribute_colour,
    contrast,
    parse_colour,
    readable,
)

COLOURS = st.builds(
    lambda red, green, blue: Colour(red / 255, green / 255, blue / 255),
    *[st.integers(0, 255)] * 3,
)


def colour(text: str) -> Colour:
    found = parse_colour(text)
    assert found is not None, text
    return found


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("#abc", "#aabbcc"),
        ("#AABBCC80", "rgba(170,187,204,0.502)"),
        ("RebeccaPurple", "#663399"),
        ("transparent", "rgba(0,0,0,0)"),
        ("rgb(10 20 30 / 50%)", "rgba(10,20,30,0.5)"),
        ("rgba(300, -5, 0, 1)", "#ff0000"),
        ("hsl(120, 50%, 25%)", "#206020"),
        ("oklch(60% 0.1 200)", "#0d9298"),
        ("lab(50% 40 30)", "#bb5846"),
    ],
)
def test_css_is_read_as_browsers_read_it(written: str, shown: str) -> None:
    assert str(colour(written)) == shown


@pytest.mark.parametrize("written", ["", "currentcolor", "#ab", "red blue", "var(--x)", "color()"])
def test_what_is_no_colour_is_none(written: str) -> None:
    assert parse_colour(written) is None


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("red", "#ff0000"),
        ("ffeedd", "#ffeedd"),
        ("#abc", "#aabbcc"),
        ("chucknorris", "#c00000"),
        ("  #0B5CAD ", "#0b5cad"),
    ],
)
def test_an_old_attribute_always_means_some_colour(written: str, shown: str) -> None:
    assert str(attribute_colour(written)) == shown


def test_an_empty_attribute_means_nothing() -> None:
    assert attribute_colour(" ") is None
    assert attribute_colour("transparent") is None


def test_contrast_is_that_of_wcag() -> None:
    assert contrast(BLACK, WHITE) == pytest.approx(21)
    assert contrast(colour("#1e2dbe"), WHITE) == pytest.approx(9.67, abs=0.02)
    assert contrast(colour("#767676"), WHITE) == pytest.approx(4.54, abs=0.01)
    assert contrast(colour("#777777"), WHITE) < 4.5


def test_a_veil_is_blended_with_what_lies_under_it() -> None:
    assert str(colour("rgba(0,0,0,.5)").over(WHITE)) == "#808080"
    assert str(WHITE.faded(0.25).over(BLACK)) == "#404040"


def test_a_colour_that_can_be_read_keeps_its_tint() -> None:
    better = readable(colour("#8a94a0"), [WHITE], 4.5)
    assert better is not None
    assert 4.5 <= contrast(better, WHITE) < 5
    assert better.blue > better.red


def test_no_lightness_is_enough_on_black_and_white_at_once() -> None:
    assert readable(colour("#808080"), [BLACK, WHITE], 7) is None


@given(COLOURS)
def test_lightness_changes_nothing_when_it_stays(given_colour: Colour) -> None:
    same = given_colour.with_lightness(given_colour.lightness)
    assert same.rgb == given_colour.rgb


@given(COLOURS, COLOURS)
def test_contrast_has_no_order(one: Colour, other: Colour) -> None:
    assert contrast(one, other) == contrast(other, one)
    assert 1 <= contrast(one, other) <= 21.0001


@given(st.text(max_size=40))
def test_any_text_is_a_colour_or_none(text: str) -> None:
    parse_colour(text)
    attribute_colour(text)


@given(
    st.sampled_from(["rgb", "hsl", "lab", "oklch", "color", "hwb"]),
    st.lists(st.sampled_from(["none", "1", "50%", "/", ",", "red", "2deg", "srgb"]), max_size=7),
)
def test_any_function_is_a_colour_or_none(name: str, arguments: list[str]) -> None:
    parse_colour(f"{name}({' '.join(arguments)})")
