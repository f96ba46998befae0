"""Draw docs/pictures/newsletter.png: the top of both editions of a sample issue, side by side.

`python tools/pictures.py` builds the issue as `newsletter build` does, takes a picture of each
edition in the system's Chromium at twice the size, puts them on one sheet and saves that with few
colours. The picture changes with the fonts of the system, so no test compares it.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from newsletter.checks.proof import proof
from newsletter.compose.workspace import Folder
from newsletter.render.build import build

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "docs" / "pictures" / "newsletter.png"
ISSUE = "2015-1"
SCALE = 2
MAIL = (640, 1353)  # what is seen of each edition: down to the picture of the lead story
MARGIN = 24
GROUND = "#dfe6ee"
SHOWN_WIDTH = 880  # of the column in which README is read
COLOURS = 256
MOST_OCTETS = 400_000


def main() -> int:
    """Draw the picture and say how large it is."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        ready = proof(Folder(ROOT), ISSUE).require_no_errors()
        build(ready.composition, ready.renderings, folder)
        browser = playwright.chromium.launch(executable_path=_chromium())
        editions = [_take(browser, folder, language) for language in ready.renderings]
        browser.close()
    sheet = _side_by_side(editions)
    TARGET.parent.mkdir(exist_ok=True)
    sheet.save(TARGET, optimize=True)
    size = TARGET.stat().st_size
    print(f"{TARGET.relative_to(ROOT)}: {sheet.width} x {sheet.height}, {size:,} octets")
    return 0 if size < MOST_OCTETS else 1


def _chromium() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    sys.exit("tools/pictures.py needs Chromium on the PATH")


def _take(browser: Browser, folder: Path, language: str) -> Image.Image:
    """Return the top of an edition as a mail program shows it on a desktop."""
    page = browser.new_page(
        viewport={"width": MAIL[0], "height": MAIL[1]}, device_scale_factor=SCALE
    )
    page.goto((folder / language / "newsletter.html").as_uri())
    page.wait_for_function("Array.from(document.images).every(image => image.complete)")
    shot = folder / f"{language}.png"
    page.screenshot(path=shot)
    page.close()
    with Image.open(shot) as opened:
        return opened.convert("RGB")


def _side_by_side(editions: list[Image.Image]) -> Image.Image:
    """Return the editions on one sheet, as wide as README shows it at twice the size."""
    margin = MARGIN * SCALE
    width = sum(each.width for each in editions) + margin * (len(editions) + 1)
    sheet = Image.new("RGB", (width, editions[0].height + margin), GROUND)
    left = margin
    for each in editions:
        sheet.paste(each, (left, margin))
        left += each.width + margin
    size = (SHOWN_WIDTH * 2, round(sheet.height * SHOWN_WIDTH * 2 / width))
    scaled = sheet.resize(size, Image.Resampling.LANCZOS)
    return scaled.quantize(COLOURS, kmeans=1, dither=Image.Dither.NONE)


if __name__ == "__main__":
    sys.exit(main())
