"""Rules about pictures."""

import random
from pathlib import Path

import pytest
from PIL import Image

from newsletter.checks import pictures
from newsletter.model.finding import Severity
from tests.checks.samples import SCHOOL, found, lines
from tests.workspace import edit


@pytest.fixture
def with_picture(small: Path) -> Path:
    """Return an office whose item has a picture without fault."""
    (small / "issues/images").mkdir()
    Image.new("RGB", (1200, 600)).save(small / "issues/images/a.png")
    edit(
        small,
        SCHOOL,
        "en:\n",
        "image: {file: images/a.png, credit: A. B.}\nen:\n  image_alt: Hall\n",
    )
    edit(small, SCHOOL, "ru:\n", "ru:\n  image_alt: Зал\n")
    return small


def test_a_picture_with_all_its_words_is_welcome(with_picture: Path) -> None:
    for rule in (pictures.alt_text, pictures.picture_credit, pictures.picture_size):
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
    assert lines(pictures.alt_text, with_picture) == []
    edit(with_picture, SCHOOL, "image_alt: a", "image_alt: aa")
    (finding,) = found(pictures.alt_text, with_picture)
    assert finding.severity is Severity.WARNING
    assert "`image_alt` has 126 characters; 125 can be listened to" in str(finding)


def test_a_picture_without_credit_is_told(with_picture: Path) -> None:
    edit(with_picture, SCHOOL, ", credit: A. B.", "")
    edit(with_picture, SCHOOL, "  image_alt: Зал\n", "  image_alt: Зал\n  image_credit: А. Б.\n")
    (finding,) = found(pictures.picture_credit, with_picture)
    assert finding.severity is Severity.WARNING
    assert str(finding).startswith(
        f"{SCHOOL}:5:1: nobody is named as the maker of the picture (en)"
    )


def test_a_small_picture_looks_blurred(with_picture: Path) -> None:
    Image.new("RGB", (559, 300)).save(with_picture / "issues/images/a.png")
    (told,) = lines(pictures.picture_size, with_picture)
    assert told.startswith(
        f"{SCHOOL}:5:9: the picture is only 559 pixels wide and will look blurred"
    )
    Image.new("RGB", (560, 300)).save(with_picture / "issues/images/a.png")
    assert lines(pictures.picture_size, with_picture) == []


def test_a_heavy_picture_is_told(with_picture: Path) -> None:
    noise = random.Random(1).randbytes(600 * 300 * 3)
    Image.frombytes("RGB", (600, 300), noise).save(with_picture / "issues/images/a.png")
    (told,) = lines(pictures.picture_size, with_picture)
    assert told.startswith(
        f"{SCHOOL}:5:9: the picture has 528 KB; 200 KB are plenty - save it as JPEG"
    )


def test_all_pictures_together_fit_into_a_mail(
    with_picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "ALL_PICTURES_SIZE", 100)
    (told,) = lines(pictures.picture_size, with_picture)
    assert told.startswith("issues/spring/issue.yaml:13:1: the pictures of the issue have 0.0 MB")
    edit(with_picture, "newsletter.yaml", "time_zone", "pictures: hosted\ntime_zone")
    assert lines(pictures.picture_size, with_picture) == []
