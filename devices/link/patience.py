"""How long what was sent may stay unanswered before it is sent again (RFC 6298)."""

from __future__ import annotations


class Patience:
    """Seconds to wait for an answer: by how long answers took, and twice as many every time that there was none.

    Attributes:
        seconds: how many now.
    """

    __slots__ = ("_deviation", "_first", "_last", "_least", "_round_trip", "seconds")

    def __init__(self, first: float, least: float, last: float) -> None:
        """`first` counts as long as no answer was timed; then it is no fewer than `least`, and no more than `last`."""
        self.seconds = self._first = first
        self._least = least
        self._last = last
        #: Seconds until an answer comes, smoothed, and how far from that.
        self._round_trip: float | None = None
        self._deviation = 0.0

    def measure(self, taken: float) -> None:
        """An answer took so many seconds. Of what was sent twice nobody knows which one is answered."""
        if self._round_trip is None:
            self._round_trip, self._deviation = taken, taken / 2
        else:
            self._deviation += (abs(taken - self._round_trip) - self._deviation) / 4
            self._round_trip += (taken - self._round_trip) / 8
        self._first = min(max(self._round_trip + 4 * self._deviation, self._least), self._last)
        self.renew()

    def double(self) -> None:
        """There was no answer in that time."""
        self.seconds = min(2 * self.seconds, self._last)

    def renew(self) -> None:
        """What comes now has nothing to do with what was not answered."""
        self.seconds = self._first
