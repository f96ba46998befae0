"""Make pictures fit for a mail: right way up, no wider than shown at 2x, without hidden data.

A camera's position and serial number have no place in a newsletter, so every picture is written
anew; the same file always gives the same bytes.
"""

import io
import warnings
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from newsletter.model.rendering import Picture

MAX_WIDTH = 1200
"""Twice the 600 pixels of the widest picture in a mail."""

MAX_PIXELS = 60_000_000
_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif"}
_ENDINGS = {"PNG": "png", "JPEG": "jpg", "GIF": "gif"}


@dataclass(frozen=True, slots=True)
class FittedPicture:
    """A picture as it will travel, with its size in pixels."""

    picture: Picture
    width: int
    height: int


def fit_picture(path: Path) -> FittedPicture:
    """Return the picture in `path`, made fit; raises ValueError with what is wrong with it."""
    return _fit(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=200)
def _fit(path: Path, _changed: int) -> FittedPicture:
    try:
        with warnings.catch_warnings():  # Pillow warns of a bomb; here it is measured, and refused
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            opened = Image.open(path, formats=list(_TYPES))
        with opened as image:
            if image.width * image.height > MAX_PIXELS:
                raise ValueError(f"has {image.width} x {image.height} pixels; make it smaller")
            kind = str(image.format)
            upright = ImageOps.exif_transpose(image)
            data, size = _write(upright, kind)
    except UnidentifiedImageError:
        raise ValueError("is not a PNG, JPEG or GIF picture, whatever its name says") from None
    except Image.DecompressionBombError:
        raise ValueError("has far too many pixels; make it smaller") from None
    except (OSError, SyntaxError) as fault:
        raise ValueError(f"cannot be read: {fault}") from None
    name = f"{path.stem}.{_ENDINGS[kind]}"
    return FittedPicture(Picture(name=name, content_type=_TYPES[kind], data=data), *size)


def _write(image: Image.Image, kind: str) -> tuple[bytes, tuple[int, int]]:
    if image.width > MAX_WIDTH:
        height = max(round(image.height * MAX_WIDTH / image.width), 1)
        image = _full_colour(image).resize((MAX_WIDTH, height), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    transparency = image.info.get("transparency")
    image.info.clear()
    if transparency is not None:
        image.info["transparency"] = transparency
    match kind:
        case "JPEG":
            image.convert("RGB").save(stream, "JPEG", quality=85, optimize=True, progressive=True)
        case "GIF":
            image.save(stream, "GIF", optimize=True)
        case _:
            image.save(stream, "PNG", optimize=True)
    return stream.getvalue(), image.size


def _full_colour(image: Image.Image) -> Image.Image:
    """Palettes, and one colour that stands for none, cannot be scaled; colours can."""
    scalable = image.mode not in ("P", "LA", "PA") and "transparency" not in image.info
    return image if scalable else image.convert("RGBA")
