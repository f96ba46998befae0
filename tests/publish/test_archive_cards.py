"""The cards that social networks show."""

import io
from pathlib import Path

import pytest
from PIL import Image, ImageFont

from newsletter.compose.pictures import PictureShelf
from newsletter.compose.workspace import Folder
from newsletter.model.edition import EditionImage
from newsletter.publish.cards import draw_card
from newsletter.publish.contents import items_of
from newsletter.publish.fill import CARD_FONT
from newsletter.render.theme import Theme
from tests.publish.archive_site import WebPage, page, publish, sample, sample_issues
from tests.workspace import ROOT, edit

FONT = ROOT / "templates" / "ilo-moscow" / CARD_FONT
BAND = (18, 60, 105)
WORDS = ("No. 1 (60)", "A headline")


def theme() -> Theme:
    return sample_issues()[0].theme


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image.convert("RGB")


def picture_for_card() -> tuple[PictureShelf, Path, EditionImage]:
    issue = sample_issues()[0]
    items = items_of(issue.editions["en"])
    image = next(item.image for item in items if item.image)
    return Folder(ROOT).pictures, ROOT / "issues" / image.file, image


def is_band(image: Image.Image, place: tuple[int, int]) -> bool:
    found = image.getpixel(place)
    assert isinstance(found, tuple)
    return all(abs(a - b) < 8 for a, b in zip(found, BAND, strict=True))


def brightest(image: Image.Image) -> int:
    """Return how bright the brightest point is, from 0 to 255."""
    return max(value for value, many in enumerate(image.convert("L").histogram()) if many)


def test_every_edition_has_a_card_of_the_size_and_weight_networks_want() -> None:
    cards = {name: data for name, data in sample().files.items() if "/card-" in name}
    assert len(cards) == sum(len(issue.editions) for issue in sample_issues())
    for data in cards.values():
        image = Image.open(io.BytesIO(data))
        assert (image.format, image.size) == ("JPEG", (1200, 630))
        assert len(data) < 300_000


def test_languages_have_cards_of_their_own() -> None:
    shown = {
        tag["content"]
        for language in ("en", "ru")
        for tag in page(f"issues/2015-1/{language}/index.html").all("meta", property="og:image")
    }
    assert len(shown) == 2


def test_a_card_has_the_picture_above_and_words_on_the_band_below() -> None:
    image = opened(draw_card(theme(), FONT, WORDS, picture_for_card()))
    assert not is_band(image, (600, 100))
    assert is_band(image, (1190, 600))
    assert brightest(image.crop((60, 372, 1140, 630))) > 240  # white letters


def test_a_card_without_a_picture_is_all_band() -> None:
    image = opened(draw_card(theme(), FONT, WORDS, None))
    assert is_band(image, (600, 20))
    assert is_band(image, (1190, 620))


@pytest.mark.slow
def test_a_theme_without_a_font_has_a_card_without_words(office: Path) -> None:
    image = opened(draw_card(theme(), None, WORDS, None))
    assert brightest(image) < 200  # no white letter, only the rule
    (office / "templates/ilo-moscow" / CARD_FONT).unlink()
    drawn = publish(office, ["2015-1"])
    found = WebPage("", drawn.files["issues/2015-1/en/index.html"].decode())
    assert found.all("meta", property="og:image")


@pytest.mark.parametrize("length", [1, 5, 20, 60, 400])
@pytest.mark.parametrize("with_picture", [True, False])
def test_a_headline_of_any_length_stays_on_the_card(length: int, with_picture: bool) -> None:
    words = (WORDS[0], " ".join(["Достоинство"] * length))
    picture = picture_for_card() if with_picture else None
    image = opened(draw_card(theme(), FONT, words, picture))
    edges = [(0, 620, 1200, 630), (0, 400, 40, 630), (1160, 400, 1200, 630)]
    for box in edges:
        assert brightest(image.crop(box)) < 120, box


def test_the_font_has_the_letters_of_all_our_languages_and_its_licence_beside_it() -> None:
    font = ImageFont.truetype(FONT, 40)
    missing = font.getmask("\ufffe").getbbox(), font.getlength("\ufffe")
    for letter in "AZéüЖёЪ№«»—…ӘәҒғҚқҢңӨөҰұҮүҺһІіЎўҚқҒғҲҳ":
        assert (font.getmask(letter).getbbox(), font.getlength(letter)) != missing, letter
    licence = FONT.with_name("card-licence.txt").read_text(encoding="utf-8")
    assert "ParaType" in licence
    assert "bundling with commercial and non commercial products" in licence


@pytest.mark.slow
def test_a_picture_that_is_changed_changes_the_name_of_the_card(office: Path) -> None:
    before = {name for name in publish(office, ["2015-1"]).files if "/card-" in name}
    edit(
        office,
        "issues/items/2015/2015-03-17-arctic-school.yaml",
        "  title: Murmansk hosts",
        "  title: Murmansk saw",
    )
    after = {name for name in publish(office, ["2015-1"]).files if "/card-" in name}
    assert len(before & after) == 1  # the Russian one stays
    assert len(before | after) == 3
