"""Write a picture as PNG or JPEG: decided by what is on it, and kept within so many bytes.

A drawing or a screenshot has few colours and sharp edges, which JPEG blurs; a photograph has
thousands of colours, with which a PNG grows large. What is transparent can only be a PNG.
"""

import io
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageStat

QUALITIES = (85, 80, 75, 70, 65, 60)
"""Steps that a JPEG goes down until it keeps to the budget; below 60 faces suffer."""

PALETTE = 256
_UNSEEN = 3.0
_TAKEN = 6.0
"""Mean differences, of 255, between a picture and its 256 colours. Nobody sees the first; the
second is what a drawing comes to whose edges grew soft when it was made narrower."""

_WORTH = 1.5
"""How much larger than the JPEG a PNG may be for the sake of its sharp edges."""


@dataclass(frozen=True, slots=True)
class Written:
    """A picture as a file: its content type, size in pixels and bytes."""

    content_type: str
    width: int
    height: int
    data: bytes


def is_drawing(image: Image.Image) -> bool:
    """Whether `image` belongs into a PNG."""
    if image.mode == "RGBA":
        return True
    if image.getcolors(PALETTE) is None and _loss(image, _palette(image)) > _UNSEEN:
        return False
    return len(_png(_palette(image))) <= _WORTH * len(_jpeg(image, QUALITIES[0]))


def write(image: Image.Image, *, drawing: bool, budget: int | None) -> Written:
    """Return `image` as PNG if it is a `drawing`, else as JPEG, in at most `budget` bytes.

    What cannot be had within the budget is as small as it may become without being spoilt.
    """
    if drawing:
        return Written("image/png", *image.size, _small_png(image, budget))
    return Written("image/jpeg", *image.size, _small_jpeg(image, budget))


def _small_png(image: Image.Image, budget: int | None) -> bytes:
    """Return 256 colours if they lose little, all colours if they fit, else 256 all the same."""
    few = _palette(image)
    if _loss(image, few) <= _TAKEN:
        return _png(few)
    all_colours = _png(image)
    fits = budget is None or len(all_colours) <= budget
    return all_colours if fits else min(all_colours, _png(few), key=len)


def _small_jpeg(image: Image.Image, budget: int | None) -> bytes:
    data = b""
    for quality in QUALITIES:
        data = _jpeg(image, quality)
        if budget is None or len(data) <= budget:
            break
    return data


def _palette(image: Image.Image) -> Image.Image:
    """Return `image` in at most 256 colours; the very same ones if it has no more."""
    exact = image.mode == "RGB" and image.getcolors(PALETTE) is not None
    method = Image.Quantize.MEDIANCUT if exact else Image.Quantize.FASTOCTREE
    return image.quantize(PALETTE, method=method, dither=Image.Dither.NONE)


def _loss(image: Image.Image, few: Image.Image) -> float:
    difference = ImageChops.difference(image, few.convert(image.mode))
    return max(ImageStat.Stat(difference).rms)


def _png(image: Image.Image) -> bytes:
    stream = io.BytesIO()
    _bare(image).save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _jpeg(image: Image.Image, quality: int) -> bytes:
    stream = io.BytesIO()
    _bare(image).save(stream, "JPEG", quality=quality, optimize=True, progressive=True)
    return stream.getvalue()


def _bare(image: Image.Image) -> Image.Image:
    """Return `image` without what came with its file: place, camera, comments, profiles."""
    image.info = {}
    return image
