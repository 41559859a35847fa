"""Faults of a link: what happens to frames between one end and its socket. No I/O, no clock.

All of it is drawn from one source of randomness, so that a seed repeats it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from heapq import heappop, heappush
from random import Random, SystemRandom

from devices.errors import DeviceError

#: Seconds that a reordered frame is late: up to this, so that those behind it overtake.
_LATE = 0.05


class FaultError(DeviceError):
    """Faults that there are not; says which."""


@dataclass(frozen=True, slots=True)
class Delay:
    """How late frames are, in seconds: `least`, and beyond it an exponentially distributed time of that mean."""

    least: float = 0.0
    mean: float = 0.0

    def __post_init__(self) -> None:
        if not (0 <= self.least <= 3600 and 0 <= self.mean <= 3600):
            raise FaultError(f"delay: {self.least}+{self.mean} is not within 0 to 3600 seconds")

    def draw(self, random: Random) -> float:
        """One delay."""
        return self.least + (random.expovariate(1 / self.mean) if self.mean else 0.0)


@dataclass(frozen=True, slots=True)
class Rates:
    """How often what happens to a frame: probabilities from 0 to 1, and its delay.

    Attributes:
        loss: it does not arrive.
        duplication: it arrives twice.
        corruption: one of its bits arrives changed.
        reordering: those behind it overtake.
        disconnection: the connection breaks, and the frame is lost.
    """

    loss: float = 0.0
    duplication: float = 0.0
    corruption: float = 0.0
    reordering: float = 0.0
    disconnection: float = 0.0
    delay: Delay = Delay()

    def __post_init__(self) -> None:
        for name in PROBABILITIES:
            if not 0 <= getattr(self, name) <= 1:
                raise FaultError(f"{name}: {getattr(self, name)} is not within 0 to 1")


PROBABILITIES = tuple(field.name for field in fields(Rates) if field.name != "delay")
NONE = Rates()


def parse(texts: Sequence[str], rates: Rates = NONE) -> Rates:
    """Rates from texts such as ``loss=0.01`` and ``delay=0.1`` or ``delay=0.1+0.05`` (least and mean), upon `rates`.

    Raises:
        FaultError: a name or value that there is not.
    """
    values: dict[str, float | Delay] = {}
    for text in texts:
        name, _, value = text.partition("=")
        if name not in (*PROBABILITIES, "delay"):
            raise FaultError(f"{name}: no such fault; there is {', '.join((*PROBABILITIES, 'delay'))}")
        try:
            numbers = [float(part) for part in value.split("+")]
        except ValueError:
            numbers = []
        if len(numbers) not in ((1, 2) if name == "delay" else (1,)):
            raise FaultError(f"{name}: {value!r} is no value of it")
        values[name] = Delay(*numbers) if name == "delay" else numbers[0]
    return replace(rates, **values)  # type: ignore[arg-type]


class Faults:
    """The faults of one side's connections; `rates` may be changed at any time.

    Attributes:
        rates: what happens from now on.
        counts: what has happened, by the names of `Rates`.
    """

    def __init__(self, rates: Rates = NONE, random: Random | None = None) -> None:
        """`random` is the one source; without it, a system's, which nobody can repeat."""
        self.rates = rates
        self.random = random or SystemRandom()
        self.counts = dict.fromkeys(PROBABILITIES, 0)

    def happens(self, name: str) -> bool:
        """Draws whether a fault happens, and counts it."""
        probability = getattr(self.rates, name)
        if not probability or self.random.random() >= probability:
            return False
        self.counts[name] += 1
        return True


def faults_from(texts: Sequence[str], seed: int | None = None) -> Faults:
    """Faults from texts (`parse`) and a seed, as command lines have them.

    Raises:
        FaultError: see `parse`.
    """
    return Faults(parse(texts), None if seed is None else Random(seed))  # noqa: S311 - not for keys


class Line:
    """One connection's way out: frames go in, and come out with the faults of their time."""

    def __init__(self, faults: Faults, cut: Callable[[], None]) -> None:
        """`cut` breaks the connection."""
        self._faults = faults
        self._cut = cut
        #: What goes out at once because no faults are set, and what has a time.
        self._prompt: list[bytes] = []
        self._late: list[tuple[float, int, bytes]] = []
        self._count = 0
        self._last = 0.0

    def put(self, frame: bytes, now: float) -> None:
        """Takes a frame (times in seconds of any clock)."""
        faults = self._faults
        if not self._late and faults.rates == NONE:
            self._prompt.append(frame)
        elif faults.happens("disconnection"):
            self._late.clear()
            self._prompt.clear()
            self._cut()
        elif not faults.happens("loss"):
            for _ in range(1 + faults.happens("duplication")):
                self._put_late(self._damaged(frame) if faults.happens("corruption") else frame, now)

    def take(self, now: float) -> list[bytes]:
        """The frames whose time has come."""
        frames, self._prompt = self._prompt, []
        while self._late and self._late[0][0] <= now:
            frames.append(heappop(self._late)[2])
        return frames

    def due(self) -> float | None:
        """When the next frame comes out."""
        return self._late[0][0] if self._late else None

    def _put_late(self, frame: bytes, now: float) -> None:
        random = self._faults.random
        at = now + self._faults.rates.delay.draw(random)
        if self._faults.happens("reordering"):
            at += random.uniform(0, _LATE)
        else:
            at = self._last = max(at, self._last)
        self._count += 1
        heappush(self._late, (at, self._count, frame))

    def _damaged(self, frame: bytes) -> bytes:
        octets = bytearray(frame)
        if octets:
            bit = self._faults.random.randrange(8 * len(octets))
            octets[bit // 8] ^= 1 << bit % 8
        return bytes(octets)
