"""The sample office of the tests of commands."""

from tests.cli.conftest import made_once as made_once
from tests.cli.conftest import peopled as peopled
