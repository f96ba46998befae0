"""What every command works with: the workspace it was called for."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.config import Config, find_workspace, read_config

if TYPE_CHECKING:
    from newsletter.compose.workspace import Folder


@dataclass
class Desk:
    """Looks for the workspace when a command needs one."""

    given: Path | None

    @cached_property
    def config(self) -> Config:
        """Where everything is; raises WrongUsage when there is no workspace."""
        return read_config(find_workspace(self.given, Path.cwd()))

    @cached_property
    def folder(self) -> "Folder":
        """The files of the workspace."""
        from newsletter.compose.pictures import PictureShelf
        from newsletter.compose.workspace import Folder

        return Folder(self.config.root, pictures=PictureShelf(self.config.picture_cache))


pass_desk = click.make_pass_decorator(Desk)
