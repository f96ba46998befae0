"""Puts the starter workspace, which is the root of this repository, into the wheel.

`newsletter init` copies it out again. An editable build gets none of it: the program then finds
the files themselves at the repository's root. (`force-include` in pyproject.toml would leave a
copy in site-packages there, which ages.) A source that is missing fails the build.
"""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# Subscribers go in file by file: a forced folder heeds no .gitignore, and a real export may lie
# beside the sample.
STARTER = (
    "newsletter.yaml",
    "templates",
    "issues",
    "subscribers/lists.yaml",
    "subscribers/segments.yaml",
    "subscribers/sample.csv",
    "subscribers/sample-media.csv",
)


class StarterWorkspace(BuildHookInterface[Any]):
    """Maps each part of the starter workspace to a path below newsletter/_data."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the starter to what a standard wheel holds."""
        if version == "standard":
            for path in STARTER:
                build_data["force_include"][path] = f"newsletter/_data/{path}"
