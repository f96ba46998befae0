"""What is raised when nothing came from an address."""

from newsletter.errors import NewsletterError


class FetchFailed(NewsletterError):
    """Nothing usable came: no such host, no answer in time, a broken connection or body.

    `url` is the address that was asked for, without user name and password.
    """

    def __init__(self, url: str, message: str, remedy: str = "") -> None:
        self.url = url
        self.reason = message
        super().__init__(f"{url}: {message}", remedy)


class FetchRefused(FetchFailed):
    """The guard forbids it: nothing was asked, or what came was thrown away.

    `inner` tells that it may be one of the office's own network, for which somebody can vouch.
    """

    def __init__(self, url: str, message: str, remedy: str = "", *, inner: bool = False) -> None:
        self.inner = inner
        super().__init__(url, message, remedy)
