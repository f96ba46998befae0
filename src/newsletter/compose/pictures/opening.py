"""Open a picture of any readable kind: upright, in screen colours, 8 bits, nothing hidden in it.

What comes out is RGB, or RGBA when something in it is transparent. Files that lie about
themselves, end too early or would fill the memory are refused.
"""

import io
import struct
import warnings
from dataclasses import dataclass

from PIL import Image, ImageCms, ImageFile, ImageOps, UnidentifiedImageError

from newsletter.compose.pictures.refuse import PictureRefused, damaged, foreign_content

MAX_PIXELS = 60_000_000
MAX_BYTES = 50 * 1024**2
ENOUGH = 2400
"""Pixels of each side that are enough for all we make: a larger JPEG is not decoded in full."""

_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "AVIF")
_SMALLER = "make it smaller: 2000 pixels on the longer side are plenty"
_DAMAGED = (  # what Pillow raises on odd octets
    OSError,
    SyntaxError,
    ValueError,
    RuntimeError,
    EOFError,
    LookupError,
    ArithmeticError,
    TypeError,
    struct.error,
)


@dataclass(frozen=True, slots=True)
class Opened:
    """A picture in memory; `moving` says that the file holds more than this first frame."""

    image: Image.Image
    moving: bool


def open_picture(data: bytes) -> Opened:
    """Return the picture in `data`; raises PictureRefused with what is wrong with it."""
    if len(data) > MAX_BYTES:
        raise PictureRefused(f"has {len(data) // 1024**2} MB", _SMALLER)
    try:
        with warnings.catch_warnings():  # Pillow warns of bombs and odd EXIF; both are seen to here
            warnings.simplefilter("ignore")
            return _open(data)
    except UnidentifiedImageError:
        raise foreign_content(data) from None
    except Image.DecompressionBombError:
        raise PictureRefused("has far too many pixels", _SMALLER) from None
    except PictureRefused:
        raise
    except _DAMAGED as fault:
        if "MAX_TEXT" in str(fault):  # a note inside a PNG that unfolds into megabytes
            message = "holds a hidden text that is far too long"
            raise PictureRefused(message, "export it once more, without comments") from None
        raise damaged(fault) from None


def _open(data: bytes) -> Opened:
    ImageFile.LOAD_TRUNCATED_IMAGES = False  # WeasyPrint, once imported, lets half a picture pass
    with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
        if image.width * image.height > MAX_PIXELS:
            raise PictureRefused(f"has {image.width} x {image.height} pixels", _SMALLER)
        # A phone's JPEG may carry a second picture beside the first (MPO); that does not move.
        still = image.format in ("JPEG", "MPO")
        moving = not still and getattr(image, "n_frames", 1) > 1
        if still:
            image.draft(None, (ENOUGH, ENOUGH))
        image.load()
        upright = ImageOps.exif_transpose(image)
        return Opened(_without_needless_alpha(_screen_colours(upright)), moving)


def _screen_colours(image: Image.Image) -> Image.Image:
    """Return `image` as RGB or RGBA of 8 bits in sRGB, which is what mail programs assume."""
    profile = image.info.get("icc_profile")
    if image.mode in ("P", "PA", "LA", "La", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
    elif image.mode.startswith("I"):  # 16 bits of grey: Pillow would cut off what is bright
        image = image.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    if not profile:
        return image if image.mode in ("RGB", "RGBA") else image.convert("RGB")
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    image = _from_profile(image.convert("RGB") if alpha else image, profile)
    if alpha:
        image.putalpha(alpha)
    return image


def _from_profile(image: Image.Image, profile: bytes) -> Image.Image:
    """Return the colours that `profile` means; one that does not fit its picture is passed over."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(source):
            return image.convert("RGB")
        turned = ImageCms.profileToProfile(
            image, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        turned = None  # viewers too show such a picture without its profile
    return turned or image.convert("RGB")


def _without_needless_alpha(image: Image.Image) -> Image.Image:
    """Return `image` in RGB when it is opaque all over: only then can it be a JPEG."""
    if image.mode == "RGBA" and image.getchannel("A").getextrema() == (255, 255):
        return image.convert("RGB")
    return image
