"""How many messages may be in flight on a connection to a relay that takes several at once.

The window is also the most that can become unknown when a connection is lost, so it begins small,
grows while answers come, and is halved whenever the relay is in trouble. All connections to a relay
share it: what one has learned holds for the next.
"""


class Window:
    """A number of messages from 1 to `most`."""

    def __init__(self, most: int) -> None:
        self.size = 1
        self._most = most
        self._good = 0

    def grow(self) -> None:
        """Note an answer; after as many as are in flight together there is room for one more."""
        self._good += 1
        if self._good >= self.size:
            self._good = 0
            self.size = min(self._most, self.size + 1)

    def shrink(self) -> None:
        """Note trouble: 421, out of resources, a time-out, a lost connection."""
        self._good = 0
        self.size = max(1, self.size // 2)
