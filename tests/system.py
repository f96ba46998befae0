"""Programs of the system that tests call as witnesses; `./run test` installs them."""

import os
import shutil
from typing import NoReturn

import pytest


def do_without(message: str) -> NoReturn:
    """Skip a test whose witness is not there; in CI it fails, for there none may be missing."""
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


def program(name: str, package: str) -> str:
    """Return the path of a program; without it the test is skipped, but never in CI."""
    path = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    return path or do_without(f"needs {name}: apt-get install {package}")
