"""Rules about pictures."""

import random
import re
from pathlib import Path

import pytest
from PIL import Image

from newsletter.checks import pictures
from newsletter.checks.checked import Checked
from newsletter.checks.rule import Rule, rules_of
from newsletter.model.finding import Severity
from tests.checks.samples import SCHOOL, found, found_in, lines
from tests.workspace import edit, take_the_way

WORDS = "{file: images/a.png, credit: A. B., rights: own work}"


@pytest.fixture
def with_picture(small: Path) -> Path:
    """Return an office whose item has a picture without fault."""
    (small / "issues/images").mkdir()
    Image.new("RGB", (1200, 600)).save(small / "issues/images/a.png")
    edit(small, SCHOOL, "en:\n", f"image: {WORDS}\nen:\n  image_alt: Hall\n")
    edit(small, SCHOOL, "ru:\n", "ru:\n  image_alt: Зал\n")
    return small


def test_a_picture_with_all_its_words_is_welcome(with_picture: Path) -> None:
    for rule in rules_of(pictures):
        assert lines(rule, with_picture) == []


def test_a_picture_without_words_in_a_language_is_an_error(with_picture: Path) -> None:
    edit(with_picture, SCHOOL, "  image_alt: Зал\n", "")
    (finding,) = found(pictures.alt_text, with_picture)
    assert finding.severity is Severity.ERROR
    assert str(finding) == (
        f"{SCHOOL}:14:1: the picture has no `image_alt` in the block `ru:` - "
        "say in one sentence what it shows"
    )


@pytest.mark.parametrize(
    "name", ["a.png", "IMG_1234.JPG", "arctic-school.png", "DSC00012", "image 1"]
)
def test_the_name_of_a_file_describes_nothing(with_picture: Path, name: str) -> None:
    edit(with_picture, SCHOOL, "image_alt: Hall", f"image_alt: {name}")
    findings = found(pictures.alt_text, with_picture)
    assert [(each.severity, str(each.place)) for each in findings] == [
        (Severity.ERROR, f"{SCHOOL}:7:3")
    ]


def test_a_description_can_be_listened_to(with_picture: Path) -> None:
    edit(with_picture, SCHOOL, "image_alt: Hall", f"image_alt: {'a' * 125}")
    assert lines(pictures.alt_length, with_picture) == []
    edit(with_picture, SCHOOL, "image_alt: a", "image_alt: aa")
    (finding,) = found(pictures.alt_length, with_picture)
    assert finding.severity is Severity.WARNING
    assert "`image_alt` has 126 characters; 125 can be listened to" in str(finding)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("Picture of a hall", "begins with “Picture of”"),
        ("На фото изображён зал", "begins with “На фото изображён”"),
        ("Фотография зала", "begins with “Фотография”"),
        ("A school for the young", "repeats the headline"),
        ("Photographs hang in a hall", ""),
        ("Фотографы в зале", ""),
    ],
)
def test_a_description_begins_with_what_is_seen(with_picture: Path, words: str, told: str) -> None:
    edit(with_picture, SCHOOL, "image_alt: Hall", f"image_alt: {words}")
    findings = lines(pictures.alt_idle, with_picture)
    assert [told in finding for finding in findings] == ([True] if told else [])


def test_a_picture_without_credit_is_an_error(with_picture: Path) -> None:
    edit(with_picture, SCHOOL, " credit: A. B.,", "")
    edit(with_picture, SCHOOL, "  image_alt: Зал\n", "  image_alt: Зал\n  image_credit: А. Б.\n")
    (finding,) = found(pictures.picture_credit, with_picture)
    assert finding.severity is Severity.ERROR
    assert str(finding).startswith(
        f"{SCHOOL}:5:1: nobody is named as the maker of the picture (en)"
    )


def test_a_picture_that_nobody_allowed_is_an_error(with_picture: Path) -> None:
    edit(with_picture, SCHOOL, ", rights: own work", "")
    (finding,) = found(pictures.picture_rights, with_picture)
    assert finding.severity is Severity.ERROR
    assert str(finding).startswith(
        f"{SCHOOL}:5:1: nothing says why the office may print “images/a.png” - add `rights:`"
    )


def test_an_editor_is_told_that_a_picture_will_not_move(with_picture: Path) -> None:
    frames = [Image.new("RGB", (600, 300), "red")]
    first = Image.new("RGB", (600, 300))
    first.save(with_picture / "issues/images/a.gif", save_all=True, append_images=frames)
    edit(with_picture, SCHOOL, "images/a.png", "images/a.gif")
    (finding,) = found(pictures.picture_moving, with_picture)
    assert finding.severity is Severity.NOTE
    assert str(finding).startswith(f"{SCHOOL}:5:9: “images/a.gif” moves; its first frame is sent")


def test_a_small_picture_looks_blurred(with_picture: Path) -> None:
    Image.new("RGB", (559, 300)).save(with_picture / "issues/images/a.png")
    (told,) = lines(pictures.picture_blurred, with_picture)
    assert told.startswith(
        f"{SCHOOL}:5:9: the picture is only 559 pixels wide and will look blurred"
    )
    Image.new("RGB", (560, 300)).save(with_picture / "issues/images/a.png")
    assert lines(pictures.picture_blurred, with_picture) == []
    Image.new("RGB", (1, 1)).save(with_picture / "issues/images/a.png")
    assert "is only 1 pixel wide" in lines(pictures.picture_blurred, with_picture)[0]


def _told(rule: Rule, tag: str) -> str:
    """Return what a rule says of a page that has `tag` in it."""
    return "; ".join(each.message for each in found_in(rule, html=("", tag)))


def _noise(width: int, height: int) -> Image.Image:
    octets = random.Random(1).randbytes(width * height * 3)
    return Image.frombytes("RGB", (width, height), octets)


def test_a_picture_that_stays_heavy_is_told(with_picture: Path) -> None:
    _noise(1200, 600).save(with_picture / "issues/images/a.png")
    calmer = "- crop it, take a calmer one, or raise `picture_kb`"
    told = _weight_told(with_picture)
    assert told == f"2xx KB, 1200 pixels wide, in the mail; `picture_kb` is 150 {calmer}"
    part = "templates/plain/parts/brief.mjml.j2"
    edit(with_picture, part, "item.image.src", "item.image.at(300).src")
    edit(with_picture, "newsletter.yaml", "time_zone", "pictures: hosted\ntime_zone")
    told = _weight_told(with_picture)
    assert told == (
        "2xx KB, 1200 pixels wide, on the website; in the mail it has less; `picture_kb` is 150 "
        f"{calmer}"
    )
    clear = _noise(1200, 600)
    clear.putalpha(128)
    clear.save(with_picture / "issues/images/a.png")
    told = _weight_told(with_picture)
    assert told == (
        "1xx KB, 600 pixels wide, in the mail; `picture_kb` is 150 - crop it, save it as JPEG, or "
        "raise `picture_kb`"
    )
    edit(with_picture, "newsletter.yaml", "time_zone", "picture_kb: 1000\ntime_zone")
    assert lines(pictures.picture_size, with_picture) == []


def _weight_told(office: Path) -> str:
    """Return what the rule says of the picture, but for the last figures of its weight."""
    (told,) = lines(pictures.picture_size, office)
    begin = f"{SCHOOL}:5:9: the picture has "
    assert told.startswith(begin)
    return re.sub(r"^(\d)\d\d", r"\1xx", told.removeprefix(begin))


def test_all_pictures_together_fit_into_a_mail(with_picture: Path) -> None:
    _noise(1200, 600).save(with_picture / "issues/images/a.png")
    assert lines(pictures.pictures_together, with_picture) == []
    (told,) = _together(with_picture)
    assert told.startswith(
        "issues/spring/issue.yaml:13:1: the pictures of the issue have 0.3 MB together"
    )
    edit(with_picture, "newsletter.yaml", "time_zone", "pictures: hosted\ntime_zone")
    assert _together(with_picture) == []


def _together(office: Path) -> list[str]:
    """Return what is said when a tenth of a megabyte is too much."""
    way = take_the_way(office)
    checked = Checked(way.composition, way.renderings)
    return [str(each) for each in pictures.pictures_together(checked, {"megabytes": 0.1})]


@pytest.mark.parametrize(
    ("tag", "told"),
    [
        ('<img src="a.png" width="9">', "a picture has no alt"),
        ('<img src="a.png" alt="a.png">', "the alt “a.png” is the name of a file"),
        ('<img src="a.png" alt="">', ""),
        ('<div style="display:none"><img src="a.png"></div>', ""),
    ],
)
def test_every_picture_of_a_page_has_alt(tag: str, told: str) -> None:
    assert _told(pictures.img_alt, tag) == told


@pytest.mark.parametrize(
    ("width", "told"),
    [
        ("", "a picture has no width in pixels (“”)"),
        ("100%", "a picture has no width in pixels (“100%”)"),
        ("641", "a picture is 641 pixels wide; the mail is 640"),
        ("640", ""),
    ],
)
def test_every_picture_of_a_page_says_its_width(width: str, told: str) -> None:
    tag = f'<img src="a.png" alt="" width="{width}">'
    assert _told(pictures.img_width, tag) == told


@pytest.mark.parametrize(
    ("src", "told"),
    [
        ("", "a picture has no src"),
        ("data:image/png;base64,AA==", "a picture stands in the HTML itself (data:)"),
        ("https://www.example.org/a.webp", "a picture is in the format WEBP"),
        ("https://www.example.org/a.svg?v=2", "a picture is in the format SVG"),
        ("https://www.example.org/a.png", ""),
    ],
)
def test_a_page_shows_only_what_every_mail_program_draws(src: str, told: str) -> None:
    tag = f'<img src="{src}" alt="" width="9">'
    assert _told(pictures.img_format, tag) == told


@pytest.mark.parametrize(
    ("src", "fault"),
    [
        (r"C:\Users\x\a.png", "it lies on somebody's own computer"),
        ("c:/users/x/a.png", "it lies on somebody's own computer"),
        (r"\\server\share\a.png", "it lies on somebody's own computer"),
        ("file:///home/x/a.png", "it lies on somebody's own computer"),
        ("cid:image001.png@01D0", "it does not come with the mail"),
        ("images/a.png", "the address is not whole"),
        ("//www.example.org/a.png", "the address is not whole"),
        ("https:///a.png", "the address names no host"),
        ("https://[a/b.png", "the address names no host"),
        ("http://intranet/a.png", "intranet cannot be reached from outside"),
        ("http://192.168.0.9/a.png", "192.168.0.9 cannot be reached from outside"),
        ("https://www.example.org/a.png", ""),
        ("HTTPS://www.example.org/a.png", ""),
        ("[[picture]]", ""),  # tokens
        ("", ""),  # img-format
        ("data:image/png;base64,AA==", ""),
    ],
)
def test_a_picture_stands_where_readers_can_fetch_it(src: str, fault: str) -> None:
    told = f"readers cannot load the picture “{src}”: {fault}" if fault else ""
    assert _told(pictures.img_address, f'<img src="{src}" alt="" width="9">') == told
    assert _told(pictures.img_address, f'<table background="{src}"><tr><td>x</table>') == told


def test_nobody_misses_a_picture_that_is_hidden() -> None:
    tag = '<div style="display:none"><img src="a.png" alt="" width="9"></div>'
    assert _told(pictures.img_address, tag) == ""
