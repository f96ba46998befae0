"""Where this run of the program works: the workspace, its state, and what the environment says.

The environment goes over `newsletter.yaml`, so that one workspace serves a laptop and a server.
"""

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from newsletter.errors import WrongUsage

SETTINGS_FILE = "newsletter.yaml"

ENVIRONMENT: dict[str, str] = {
    "NEWSLETTER_RELAY": "The mail server, with its password: "
    "smtp://user:secret@host:port?tls=none|starttls|implicit; several with a space between them. "
    "Goes over `relay`, `relay_file` and `relays`.",
    "NEWSLETTER_RETURNS": "Where bounces and complaints come to, with the password: "
    "imaps://user:secret@host/INBOX; several with a space between them. Goes over "
    "`returns: mailboxes`.",
    "NEWSLETTER_DATABASE": "URL of the database; by default the file state.db in the state folder.",
    "NEWSLETTER_STATE": "Folder for the database and the keys; by default .newsletter in the "
    "workspace.",
    "NEWSLETTER_SECRET_KEY_FILE": "File with the keys that sign links; by default keys in the "
    "state folder. Keep a copy of it: links in past issues need it.",
    "NEWSLETTER_RETURNS_MAILGUN_KEY": "The key by which posts of Mailgun are known; goes over "
    "`key_file` below `returns`, `webhooks`.",
    "NEWSLETTER_RETURNS_POSTMARK_KEY": "The password of the webhook at Postmark, likewise.",
    "NEWSLETTER_RETURNS_BREVO_KEY": "The token of the webhook at Brevo, likewise.",
}
"""Every variable the program reads."""

RETURNS_KEYS: dict[str, str] = {
    "mailgun": "NEWSLETTER_RETURNS_MAILGUN_KEY",
    "postmark": "NEWSLETTER_RETURNS_POSTMARK_KEY",
    "brevo": "NEWSLETTER_RETURNS_BREVO_KEY",
}
"""The variables with the secrets of the providers that post what comes back."""


@dataclass(frozen=True, slots=True)
class Config:
    """Where everything is."""

    root: Path
    state: Path
    database_url: str
    key_file: Path
    relay: str | None = field(default=None, repr=False)  # may hold a password
    returns_keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    returns: str | None = field(default=None, repr=False)  # likewise

    @property
    def picture_cache(self) -> Path:
        """Folder of the pictures that were made before; it may be deleted at any time."""
        return self.state / "cache" / "pictures"

    @property
    def paper_cache(self) -> Path:
        """Folder of what was printed before; it may be deleted at any time."""
        return self.state / "cache" / "papers"


def find_workspace(given: Path | None, start: Path) -> Path:
    """Return the workspace: `given`, or the nearest folder from `start` up with newsletter.yaml.

    Raises WrongUsage when there is none.
    """
    if given is not None:
        if not (given / SETTINGS_FILE).is_file():
            raise WrongUsage(
                f"{given} is not a workspace: it has no {SETTINGS_FILE}",
                f"name another folder, or make one with: newsletter init {shlex.quote(str(given))}",
            )
        return given.resolve()
    for folder in (start.resolve(), *start.resolve().parents):
        if (folder / SETTINGS_FILE).is_file():
            return folder
    raise WrongUsage(
        f"there is no {SETTINGS_FILE} here or in a folder above",
        "go to your workspace, name it with -C FOLDER, or make one with: newsletter init FOLDER",
    )


def read_config(root: Path, environment: Mapping[str, str] = os.environ) -> Config:
    """Return where the workspace at `root` keeps its state, and what the environment says."""
    state = Path(environment.get("NEWSLETTER_STATE") or root / ".newsletter").expanduser()
    return Config(
        root=root,
        state=state,
        database_url=environment.get("NEWSLETTER_DATABASE") or f"sqlite:///{state / 'state.db'}",
        key_file=Path(environment.get("NEWSLETTER_SECRET_KEY_FILE") or state / "keys").expanduser(),
        relay=environment.get("NEWSLETTER_RELAY") or None,
        returns_keys={
            provider: environment.get(name, "") for provider, name in RETURNS_KEYS.items()
        },
        returns=environment.get("NEWSLETTER_RETURNS") or None,
    )
