"""Pictures are made fit for a mail: upright, small, without hidden data; fakes are refused."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from newsletter.compose import pictures
from newsletter.compose.pictures import MAX_WIDTH, fit_picture
from tests.workspace import edit, png_of, run_check, write

RED, BLUE = (200, 0, 0), (0, 0, 200)


def _file(path: Path, image: Image.Image, **options: Any) -> Path:
    image.save(path, **options)
    return path


def _two_colours(size: tuple[int, int] = (40, 20), mode: str = "RGB") -> Image.Image:
    """Return a picture that is red on the left and blue on the right."""
    image = Image.new("RGB", size, RED)
    image.paste(BLUE, (size[0] // 2, 0, *size))
    return image.convert(mode)


def _opened(path: Path) -> Image.Image:
    image = Image.open(io.BytesIO(fit_picture(path).picture.data))
    image.load()
    return image


def test_place_and_camera_are_taken_out(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0110] = "Camera 4711"
    exif[0x8825] = {1: "N", 2: (55.0, 45.0, 7.0)}  # GPS
    for name in ("a.jpg", "a.png"):
        path = _file(tmp_path / name, _two_colours(), exif=exif, comment=b"secret note")
        assert b"Camera 4711" in path.read_bytes()
        fitted = fit_picture(path).picture
        assert b"Camera 4711" not in fitted.data
        assert b"secret note" not in fitted.data
        assert not Image.open(io.BytesIO(fitted.data)).getexif()


def test_a_picture_taken_sideways_is_turned_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by a quarter to the right
    path = _file(tmp_path / "a.jpg", _two_colours(), exif=exif)
    fitted = fit_picture(path)
    assert (fitted.width, fitted.height) == (20, 40)
    top = _opened(path).convert("RGB").getpixel((10, 5))
    assert isinstance(top, tuple)
    assert top[0] > 150 > top[2]


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L", "LA", "1", "I;16"])
def test_a_wide_picture_is_made_narrower_in_proportion(tmp_path: Path, mode: str) -> None:
    image = Image.new("L", (2400, 60)) if mode == "I;16" else _two_colours((2400, 60))
    fitted = fit_picture(_file(tmp_path / "a.png", image.convert(mode)))
    assert (fitted.width, fitted.height) == (MAX_WIDTH, 30)


def test_a_picture_as_thin_as_a_line_stays_a_picture(tmp_path: Path) -> None:
    fitted = fit_picture(_file(tmp_path / "a.png", Image.new("L", (9000, 2))))
    assert (fitted.width, fitted.height) == (1200, 1)


def test_a_small_picture_keeps_its_size(tmp_path: Path) -> None:
    fitted = fit_picture(_file(tmp_path / "a.png", _two_colours()))
    assert (fitted.width, fitted.height) == (40, 20)


@pytest.mark.parametrize(
    ("name", "kind"), [("a.png", "image/png"), ("a.gif", "image/gif"), ("a.jpg", "image/jpeg")]
)
def test_the_kind_is_that_of_the_content_whatever_the_name(
    tmp_path: Path, name: str, kind: str
) -> None:
    path = _file(tmp_path / name, _two_colours())
    other = path.rename(tmp_path / "school.png")
    picture = fit_picture(other).picture
    assert picture.content_type == kind
    assert picture.name == "school" + path.suffix


@pytest.mark.parametrize("ending", ["png", "gif"])
@pytest.mark.parametrize("width", [50, 1500])
def test_what_is_transparent_stays_transparent(tmp_path: Path, ending: str, width: int) -> None:
    image = Image.new("P", (width, 50), 1)
    image.putpalette([*RED, *BLUE])
    path = _file(tmp_path / f"a.{ending}", image, transparency=1)
    assert _opened(path).convert("RGBA").getpixel((5, 5))[3] == 0  # type: ignore[index]


def test_a_colour_that_stands_for_none_stays_transparent(tmp_path: Path) -> None:
    for width in (50, 1500):
        image = Image.new("RGB", (width, 50), RED)
        path = _file(tmp_path / f"{width}.png", image, transparency=RED)
        assert _opened(path).convert("RGBA").getpixel((5, 5))[3] == 0  # type: ignore[index]


def test_print_colours_become_screen_colours(tmp_path: Path) -> None:
    assert _opened(_file(tmp_path / "a.jpg", _two_colours(mode="CMYK"))).mode == "RGB"


@pytest.mark.parametrize("ending", ["png", "jpg", "gif"])
def test_the_same_file_gives_the_same_bytes(tmp_path: Path, ending: str) -> None:
    path = _file(tmp_path / f"a.{ending}", _two_colours((1300, 50)))
    first = fit_picture(path).picture
    pictures._fit.cache_clear()
    assert fit_picture(path).picture == first


def test_a_file_that_changed_is_read_again(tmp_path: Path) -> None:
    path = _file(tmp_path / "a.png", _two_colours())
    assert fit_picture(path).width == 40
    _file(path, _two_colours((60, 20)))
    assert fit_picture(path).width == 60


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
FAKES: dict[str, tuple[Callable[[], bytes], str]] = {
    "a page": (lambda: b"<!doctype html><p>not a picture", "is not a PNG, JPEG or GIF picture"),
    "a drawing with a script": (lambda: SVG, "is not a PNG, JPEG or GIF picture"),
    "nothing": (lambda: b"", "is not a PNG, JPEG or GIF picture"),
    "large": (lambda: png_of(9000, 9000), "has 9000 x 9000 pixels; make it smaller"),
    "larger": (lambda: png_of(11000, 11000), "has 11000 x 11000 pixels; make it smaller"),
    "a bomb": (lambda: png_of(60000, 60000), "has far too many pixels; make it smaller"),
    "cut off": (lambda: png_of(400, 400), "cannot be read: "),
}


@pytest.mark.parametrize("fake", FAKES)
def test_a_file_that_is_no_fit_picture_is_refused(tmp_path: Path, fake: str) -> None:
    content, message = FAKES[fake]
    (tmp_path / "a.png").write_bytes(content())
    with pytest.raises(ValueError, match=message):
        fit_picture(tmp_path / "a.png")


def test_a_refusal_names_the_line_of_the_item(small: Path) -> None:
    write(small, "issues/images/a.png", SVG)
    edit(small, "issues/items/school.yaml", "topics:", "image: {file: images/a.png}\ntopics:")
    assert run_check(small) == (
        "issues/items/school.yaml:4:9: the picture “images/a.png” is not a PNG, JPEG or GIF "
        "picture, whatever its name says - save it anew as PNG or JPEG"
    )


def _examples() -> list[bytes]:
    whole: list[bytes] = []
    for kind in ("PNG", "JPEG", "GIF"):
        stream = io.BytesIO()
        _two_colours().save(stream, kind)
        whole.append(stream.getvalue())
    return whole


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(_examples()),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=6),
    st.integers(0, 1000),
)
def test_any_octets_are_fitted_or_refused(
    tmp_path: Path, octets: bytes, changes: list[tuple[int, int]], length: int
) -> None:
    damaged = bytearray(octets)
    for position, value in changes:
        damaged[position % len(damaged)] = value
    path = tmp_path / "a.png"
    path.write_bytes(damaged[:length])
    try:
        fitted = pictures._fit.__wrapped__(path, 0)
    except ValueError:
        return  # refused; any other error fails the test
    assert fitted.width <= MAX_WIDTH
