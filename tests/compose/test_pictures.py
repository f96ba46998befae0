"""Pictures are made fit for a mail: upright, small, without hidden data; fakes are refused."""

import io
import os
import random
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageDraw, ImageFile, PngImagePlugin

from newsletter.compose.pictures import FittedPicture, PictureRefused, PictureShelf
from newsletter.compose.pictures import shelf as shelf_module
from newsletter.compose.pictures.shelf import WIDTHS, Recipe, make
from tests.workspace import edit, png_of, run_check, write

RED, BLUE = (200, 0, 0), (0, 0, 200)
MAX_WIDTH = max(WIDTHS)
BUDGET = 150 * 1024
SHELF = PictureShelf()


def fit_picture(path: Path, budget: int = BUDGET) -> FittedPicture:
    """Return the widest of the files made of a picture."""
    return SHELF.fit(path, budget).widest


def _file(path: Path, image: Image.Image, **options: Any) -> Path:
    image.save(path, **options)
    return path


def _two_colours(size: tuple[int, int] = (40, 20), mode: str = "RGB") -> Image.Image:
    """Return a picture that is red on the left and blue on the right."""
    image = Image.new("RGB", size, RED)
    image.paste(BLUE, (size[0] // 2, 0, *size))
    return image.convert(mode)


def _photograph(size: tuple[int, int] = (1600, 1000), grain: float = 0.06) -> Image.Image:
    """Return soft colours with grain over them, as a camera sees them; always the same."""
    chance = random.Random(5)
    soft = Image.frombytes("RGB", (20, 12), chance.randbytes(20 * 12 * 3))
    noise = Image.frombytes("RGB", size, chance.randbytes(size[0] * size[1] * 3))
    return Image.blend(soft.resize(size, Image.Resampling.BICUBIC), noise, grain)


def _opened(path: Path) -> Image.Image:
    image = Image.open(io.BytesIO(fit_picture(path).picture.data))
    image.load()
    return image


def _at(path: Path, x: int, y: int) -> tuple[int, ...]:
    """Return the colour of one point of what was made, as red, green, blue and opacity."""
    colour = _opened(path).convert("RGBA").getpixel((x, y))
    assert isinstance(colour, tuple)
    return colour


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


def test_a_profile_with_the_name_of_a_screen_is_taken_out(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    path = _file(tmp_path / "a.jpg", _two_colours(), icc_profile=profile)
    assert "icc_profile" not in _opened(path).info


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


def test_a_photograph_becomes_a_jpeg_and_a_drawing_a_png_whatever_they_were(
    tmp_path: Path,
) -> None:
    drawing = _two_colours((800, 400))
    ImageDraw.Draw(drawing).ellipse((100, 50, 400, 350), fill=(250, 220, 90), width=4)
    for ending in ("png", "webp"):
        photo = _file(tmp_path / f"photo.{ending}", _photograph(), lossless=True)
        assert fit_picture(photo).picture.content_type == "image/jpeg"
        assert fit_picture(photo).picture.name == "photo.jpg"
    for ending in ("png", "gif", "jpg", "webp"):
        made = fit_picture(_file(tmp_path / f"drawing.{ending}", drawing)).picture
        assert (made.content_type, made.name) == ("image/png", "drawing.png")


def test_all_widths_of_a_picture_are_of_one_kind(tmp_path: Path) -> None:
    for image in (_photograph(), _two_colours((1600, 700))):
        path = _file(tmp_path / "a.png", image)
        kinds = {each.picture.content_type for each in SHELF.fit(path, BUDGET).files}
        assert len(kinds) == 1


def test_the_kind_is_that_of_the_content_whatever_the_name(tmp_path: Path) -> None:
    path = _file(tmp_path / "a.jpg", _photograph()).rename(tmp_path / "school.png")
    assert fit_picture(path).picture.name == "school.jpg"


@pytest.mark.parametrize(
    ("width", "widths"),
    [
        (40, [40]),
        (340, [340]),
        (500, [300, 500]),
        (700, [300, 700]),
        (800, [300, 600, 800]),
        (1300, [300, 600, 1200]),
        (5000, [300, 600, 1200]),
    ],
)
def test_a_picture_is_made_at_one_and_two_times_and_never_larger(
    tmp_path: Path, width: int, widths: list[int]
) -> None:
    path = _file(tmp_path / "a.png", _two_colours((width, width // 2)))
    made = SHELF.fit(path, BUDGET).files
    assert [each.width for each in made] == widths
    assert [abs(each.height - each.width / 2) <= 0.5 for each in made] == [True] * len(made)
    for each in made:
        assert Image.open(io.BytesIO(each.picture.data)).size == (each.width, each.height)


def test_a_photograph_goes_down_in_quality_until_it_keeps_to_the_budget(tmp_path: Path) -> None:
    path = _file(tmp_path / "a.png", _photograph(grain=0.2))
    sizes = [len(fit_picture(path, budget).picture.data) for budget in (10**6, 150_000, 100_000)]
    assert sizes[0] > 150_000 >= sizes[1] > 100_000 >= sizes[2]


def test_what_cannot_keep_to_the_budget_stays_recognisable(tmp_path: Path) -> None:
    path = _file(tmp_path / "a.png", _photograph(grain=0.5))
    least = fit_picture(path, 1).picture.data
    assert len(least) > 1
    assert least == fit_picture(path, 2).picture.data


def test_a_transparent_picture_of_many_colours_keeps_to_the_budget(tmp_path: Path) -> None:
    image = _photograph((1200, 600))
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    path = _file(tmp_path / "a.png", image)
    freely, within = fit_picture(path, 10**7), fit_picture(path, BUDGET)
    assert len(within.picture.data) < len(freely.picture.data) / 3
    assert _at(path, 600, 5)[3] < 64
    assert _at(path, 600, 595)[3] > 190


@pytest.mark.parametrize("ending", ["png", "gif", "webp", "avif"])
@pytest.mark.parametrize("width", [50, 1500])
def test_what_is_transparent_stays_transparent(tmp_path: Path, ending: str, width: int) -> None:
    image = Image.new("RGBA", (width, 50), (*RED, 0))
    path = _file(tmp_path / f"a.{ending}", image)
    assert _at(path, 5, 5)[3] == 0


def test_a_colour_that_stands_for_none_stays_transparent(tmp_path: Path) -> None:
    for width in (50, 1500):
        image = Image.new("RGB", (width, 50), RED)
        path = _file(tmp_path / f"{width}.png", image, transparency=RED)
        assert _at(path, 5, 5)[3] == 0


def test_transparency_of_which_nothing_is_seen_does_not_forbid_a_jpeg(tmp_path: Path) -> None:
    path = _file(tmp_path / "a.png", _photograph().convert("RGBA"))
    assert fit_picture(path).picture.content_type == "image/jpeg"


def _near(found: tuple[int, ...], expected: tuple[int, ...], by: int = 12) -> bool:
    return all(abs(one - other) <= by for one, other in zip(found, expected, strict=False))


def test_print_colours_become_screen_colours(tmp_path: Path) -> None:
    path = _file(tmp_path / "a.jpg", _two_colours((80, 40), "CMYK"))
    assert _opened(path).mode in ("RGB", "P")
    assert _near(_at(path, 10, 10), RED)


def _swapped_profile() -> bytes:
    """Return the profile of a strange screen that shows red where others show blue."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    red, blue = profile.index(b"rXYZ"), profile.index(b"bXYZ")
    strange = bytearray(profile.replace("sRGB".encode("utf-16-be"), "odd!".encode("utf-16-be")))
    strange[red : red + 4], strange[blue : blue + 4] = b"bXYZ", b"rXYZ"
    return bytes(strange)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
def test_colours_are_those_that_the_profile_means(tmp_path: Path, mode: str) -> None:
    image = _two_colours((80, 40), mode)
    path = _file(tmp_path / "a.png", image, icc_profile=_swapped_profile())
    red, _, blue, opacity = _at(path, 5, 5)
    assert red < 20 < 150 < blue
    assert opacity == 255


def test_a_profile_that_does_not_fit_its_picture_is_passed_over(tmp_path: Path) -> None:
    for number, profile in enumerate((b"nonsense", b"\0" * 128)):
        path = _file(tmp_path / f"{number}.png", _two_colours(), icc_profile=profile)
        assert _at(path, 5, 5) == (*RED, 255)


def test_sixteen_bits_of_grey_keep_their_brightness(tmp_path: Path) -> None:
    image = Image.new("I;16", (40, 20), 0x8080)
    assert _near(_at(_file(tmp_path / "a.png", image), 5, 5), (128, 128, 128), by=1)


@pytest.mark.parametrize("ending", ["webp", "avif", "gif"])
def test_kinds_that_mail_programs_do_not_show_are_converted(tmp_path: Path, ending: str) -> None:
    path = _file(tmp_path / f"a.{ending}", _two_colours((200, 100)))
    assert fit_picture(path).picture.content_type in ("image/png", "image/jpeg")
    assert _near(_at(path, 50, 50), RED)
    assert _near(_at(path, 150, 50), BLUE)


@pytest.mark.parametrize("ending", ["gif", "webp", "png"])
def test_of_a_moving_picture_the_first_frame_is_kept(tmp_path: Path, ending: str) -> None:
    frames = [Image.new("RGB", (20, 20), BLUE)]
    still = _file(tmp_path / f"still.{ending}", Image.new("RGB", (20, 20), RED))
    moving = _file(
        tmp_path / f"moving.{ending}",
        Image.new("RGB", (20, 20), RED),
        save_all=True,
        append_images=frames,
    )
    assert not SHELF.fit(still, BUDGET).moving
    assert SHELF.fit(moving, BUDGET).moving
    assert _near(_at(moving, 5, 5), RED)


def test_the_second_picture_in_a_phones_file_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    two = [_two_colours((60, 40))]
    _two_colours((80, 40)).save(path, "MPO", save_all=True, append_images=two)
    made = SHELF.fit(path, BUDGET)
    assert (made.widest.width, made.moving) == (80, False)


def test_a_crop_keeps_what_the_editor_points_at(tmp_path: Path) -> None:
    image = _two_colours((1000, 400))
    path = _file(tmp_path / "a.png", image)
    for focus, colour in (((0.1, 0.5), RED), ((0.9, 0.5), BLUE)):
        made = SHELF.crop(path, focus, (300, 300))
        shown = Image.open(io.BytesIO(made.picture.data)).convert("RGB")
        assert shown.size == (made.width, made.height) == (300, 300)
        assert shown.getcolors() == [(300 * 300, colour)]
    middle = SHELF.crop(path, (0.5, 0.5), (300, 300))
    shown = Image.open(io.BytesIO(middle.picture.data)).convert("RGB")
    assert (shown.getpixel((10, 10)), shown.getpixel((290, 10))) == (RED, BLUE)


def test_a_crop_is_never_larger_than_the_picture(tmp_path: Path) -> None:
    path = _file(tmp_path / "a.png", _two_colours((400, 400)))
    made = SHELF.crop(path, (0.0, 1.0), (1200, 630))
    assert (made.width, made.height) == (400, 210)


def test_print_gets_more_pixels_than_a_mail(tmp_path: Path) -> None:
    path = _file(tmp_path / "a.png", _two_colours((2400, 1200)))
    assert SHELF.sized(path, 1800).width == 1800
    small = _file(tmp_path / "b.png", _two_colours((700, 300)))
    assert SHELF.sized(small, 1800).width == 700


@pytest.mark.parametrize("ending", ["png", "jpg", "gif", "webp", "avif"])
def test_the_same_file_gives_the_same_bytes(tmp_path: Path, ending: str) -> None:
    data = _file(tmp_path / f"a.{ending}", _photograph((1300, 50))).read_bytes()
    recipe = Recipe(WIDTHS, BUDGET)
    assert make(data, recipe) == make(data, recipe)


def test_what_was_made_once_is_taken_from_the_disk(tmp_path: Path) -> None:
    source = _file(tmp_path / "a.png", _photograph((700, 300)))
    kept = tmp_path / "state/cache/pictures"
    first = PictureShelf(kept).fit(source, BUDGET)
    (entry,) = kept.iterdir()
    assert first == SHELF.fit(source, BUDGET)  # the same as without a cache
    copy = tmp_path / "other/a.png"  # a name that this process has not met
    copy.parent.mkdir()
    copy.write_bytes(source.read_bytes())
    written = entry.stat().st_ino
    assert PictureShelf(kept).fit(copy, BUDGET) == first
    assert [each.stat().st_ino for each in kept.iterdir()] == [written]


@pytest.mark.parametrize("left", [0, 1, 70, -1])
def test_a_spoilt_entry_is_made_anew(
    tmp_path: Path, left: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = _file(tmp_path / "a.png", _two_colours((700, 300)))
    kept = tmp_path / "pictures"
    first = PictureShelf(kept).fit(source, BUDGET)
    (entry,) = kept.iterdir()
    whole = entry.read_bytes()
    entry.write_bytes(whole[:left])
    _forget_all(monkeypatch)
    assert PictureShelf(kept).fit(source, BUDGET) == first
    assert entry.read_bytes() == whole


def test_an_entry_belongs_to_its_source_and_its_budget(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = PictureShelf(tmp_path / "pictures")
    source = _file(tmp_path / "a.png", _photograph())
    loose, tight = shelf.fit(source, 10**6), shelf.fit(source, 50_000)
    _forget_all(monkeypatch)
    assert (shelf.fit(source, 10**6), shelf.fit(source, 50_000)) == (loose, tight)
    assert loose != tight


def test_a_folder_that_cannot_be_written_to_only_costs_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = _file(tmp_path / "a.png", _two_colours())
    (tmp_path / "file").write_text("no folder")
    assert PictureShelf(tmp_path / "file" / "pictures").fit(source, BUDGET).widest.width == 40


def test_what_nobody_asked_for_in_months_is_forgotten(tmp_path: Path) -> None:
    kept = tmp_path / "pictures"
    kept.mkdir()
    for name, days in (("old", 91), ("newer", 89)):
        (kept / name).write_bytes(b"")
        then = time.time() - days * 86400
        os.utime(kept / name, (then, then))
    PictureShelf(kept).fit(_file(tmp_path / "a.png", _two_colours()), BUDGET)
    assert not (kept / "old").exists()
    assert (kept / "newer").exists()


def _forget_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make this process forget every picture, as a new one would."""
    monkeypatch.setattr(shelf_module, "_recent", OrderedDict())


def test_a_file_that_changed_is_read_again(tmp_path: Path) -> None:
    path = _file(tmp_path / "a.png", _two_colours())
    assert fit_picture(path).width == 40
    _file(path, _two_colours((60, 20)))
    assert fit_picture(path).width == 60


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def _iso(brand: bytes) -> bytes:
    return b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0" + brand + b"\0" * 100


def _with_note() -> bytes:
    stream, note = io.BytesIO(), PngImagePlugin.PngInfo()
    note.add_text("Comment", "a" * 3_000_000, zip=True)
    _two_colours().save(stream, "PNG", pnginfo=note)
    return stream.getvalue()


FAKES: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "a page": (
        lambda: b"<!doctype html><p>not a picture",
        "is a web page and not a picture",
        "open the picture itself",
    ),
    "a drawing with a script": (lambda: SVG, "is a drawing in SVG", "export it as PNG"),
    "a drawing with a head": (
        lambda: b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- made by hand -->\n' + SVG,
        "is a drawing in SVG",
        "export it as PNG",
    ),
    "HEIC": (lambda: _iso(b"heic"), "is an HEIC picture", "export it as JPEG"),
    "HEIF": (lambda: _iso(b"mif1"), "is an HEIC picture", "export it as JPEG"),
    "a video": (lambda: _iso(b"isom"), "is a video", "take a still picture"),
    "TIFF": (lambda: _saved("TIFF"), "is a TIFF picture", "save it as JPEG"),
    "BMP": (lambda: _saved("BMP"), "is a BMP picture", "save it as JPEG"),
    "PDF": (lambda: _saved("PDF"), "is a PDF document", "save its page"),
    "JPEG 2000": (lambda: _saved("JPEG2000"), "is a JPEG 2000 picture", "save it as JPEG"),
    "a text": (lambda: b"PK\3\4 word/document.xml", "an office document", "inside it"),
    "a stand-in": (
        lambda: b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n",
        "the stand-in of a file",
        "git lfs pull",
    ),
    "nothing": (lambda: b"", "is an empty file", "copy it here once more"),
    "anything": (lambda: b"anything", "is not a PNG, JPEG, GIF, WebP or AVIF picture", "save"),
    "large": (lambda: png_of(9000, 9000), "has 9000 x 9000 pixels", "make it smaller"),
    "larger": (lambda: png_of(11000, 11000), "has 11000 x 11000 pixels", "make it smaller"),
    "a bomb": (lambda: png_of(60000, 60000), "has far too many pixels", "make it smaller"),
    "heavy": (lambda: bytes(51 * 1024**2), "has 51 MB", "make it smaller"),
    "cut off": (lambda: png_of(400, 400), "is damaged or cut off", "once more"),
    "a note": (_with_note, "holds a hidden text that is far too long", "comments"),
}


def _saved(kind: str) -> bytes:
    stream = io.BytesIO()
    _two_colours().save(stream, kind)
    return stream.getvalue()


@pytest.mark.parametrize("fake", FAKES)
def test_a_file_that_is_no_fit_picture_is_refused(tmp_path: Path, fake: str) -> None:
    content, message, remedy = FAKES[fake]
    (tmp_path / "a.png").write_bytes(content())
    with pytest.raises(PictureRefused, match=message) as refused:
        fit_picture(tmp_path / "a.png")
    assert remedy in refused.value.remedy


@pytest.mark.parametrize("ending", ["png", "jpg", "gif", "webp", "avif"])
def test_a_picture_that_was_copied_in_part_is_refused(tmp_path: Path, ending: str) -> None:
    path = _file(tmp_path / f"a.{ending}", _photograph((300, 200)))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(PictureRefused, match="is damaged or cut off"):
        fit_picture(path)


def test_half_a_picture_is_refused_though_another_library_lets_it_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    test_a_picture_that_was_copied_in_part_is_refused(tmp_path, "jpg")


def test_a_refusal_names_the_line_of_the_item(small: Path) -> None:
    write(small, "issues/images/a.png", SVG)
    edit(small, "issues/items/school.yaml", "topics:", "image: {file: images/a.png}\ntopics:")
    assert run_check(small) == (
        "issues/items/school.yaml:4:9: the picture “images/a.png” is a drawing in SVG, which mail "
        "programs do not show - export it as PNG, 1200 pixels wide (in Inkscape: File, Export)"
    )


def test_a_file_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(PictureRefused, match="cannot be read: Is a directory"):
        fit_picture(tmp_path)


def _examples() -> list[bytes]:
    whole: list[bytes] = []
    profile = _swapped_profile()
    exif = Image.Exif()
    exif[0x0112] = 6
    for kind in ("PNG", "JPEG", "GIF", "WEBP", "AVIF"):
        stream = io.BytesIO()
        options = {} if kind == "GIF" else {"icc_profile": profile, "exif": exif}
        _two_colours().save(stream, kind, **options)
        whole.append(stream.getvalue())
    return whole


@given(
    st.sampled_from(_examples()),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=6),
    st.integers(0, 5000),
)
def test_any_octets_are_fitted_or_refused(
    octets: bytes, changes: list[tuple[int, int]], length: int
) -> None:
    damaged = bytearray(octets)
    for position, value in changes:
        damaged[position % len(damaged)] = value
    try:
        _, files = make(bytes(damaged[:length]), Recipe(WIDTHS, BUDGET))
    except PictureRefused:
        return  # any other error fails the test
    assert [each.width for each in files] == sorted({each.width for each in files})
