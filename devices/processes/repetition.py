"""What is done again until it is answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from devices.link.patience import Patience


class Repetition:
    """Does something until that is answered: again as a link sends its frames again."""

    def __init__(self, do: Callable[[], None], patience: Patience) -> None:
        """`do` is done once `start` is called."""
        self._do = do
        self._patience = patience
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        #: When it was done, if no more than once.
        self._since: float | None = None

    def start(self) -> None:
        """Does it, as something new."""
        self.stop()
        self._since = self._loop.time()
        self._go()

    def answered(self) -> None:
        """There is the answer."""
        if self._since is not None:
            self._patience.measure(self._loop.time() - self._since)
        self.stop()

    def stop(self) -> None:
        """It is not done any more."""
        self._since = None
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _go(self) -> None:
        self._do()
        self._timer = self._loop.call_later(self._patience.seconds, self._again)

    def _again(self) -> None:
        self._since = None
        self._patience.double()
        self._go()
