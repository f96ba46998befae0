"""Make a Rendering fit for a browser: sample values in its slots, pictures from here, one scheme.

Nothing else is changed, so that what is seen is what is sent.
"""

import re
from typing import Literal

from newsletter.model.rendering import Picture
from newsletter.studio.ports import Draft

Scheme = Literal["light", "dark"]

_PREFERS = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(light|dark)\s*\)")
_WEB_LINK = re.compile(r'<a (?![^>]*\btarget=)(?=[^>]*\bhref="https?:)')
_ALWAYS, _NEVER = "(min-width: 0px)", "(max-width: 0px)"


def mail_html(draft: Draft, language: str, scheme: Scheme) -> str:
    """Return the HTML of an edition as a mail program with `scheme` shows it."""
    edition = draft.editions[language]
    html, _ = edition.rendering.filled(edition.values)
    for src, picture in draft.pictures.items():
        html = html.replace(src, picture_path(picture))
    html = _WEB_LINK.sub('<a target="_blank" rel="noreferrer" ', html)  # not into the small frame
    html = _PREFERS.sub(lambda asked: _ALWAYS if asked[1] == scheme else _NEVER, html)
    # what the browser itself draws (canvas, scroll bars) would follow the system
    own = f"<style>:root {{ color-scheme: {scheme} !important; }}</style></head>"
    return html.replace("</head>", own, 1)


def mail_text(draft: Draft, language: str) -> str:
    """Return the text of an edition."""
    edition = draft.editions[language]
    return edition.rendering.filled(edition.values)[1]


def picture_path(picture: Picture) -> str:
    """Return where the preview serves a picture; another content has another path."""
    return f"/picture/{picture.digest}"
