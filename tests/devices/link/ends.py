"""Two ends of a link with a faulty line between them, in time that a test drives; either end can be killed."""

from __future__ import annotations

from random import Random

from devices.link.faults import NONE, Faults, Line, Rates
from devices.link.reliable import DEFAULTS, Link, LinkOptions
from devices.store import Store


class Disk(Store):
    """A store of which what was committed outlives the process, and nothing else."""

    def __init__(self, kept: dict[str, bytes] | None = None) -> None:
        super().__init__()
        self.update(kept or {})
        self.kept = dict(self.data)

    def commit(self) -> None:
        super().commit()
        self.kept = dict(self.data)


class End:
    """A process with one end of a link: it writes down in its store what it takes."""

    def __init__(self, random: Random, options: LinkOptions, greeting: bytes = b"") -> None:
        self._random = random
        self._options = options
        self._greeting = greeting
        self.disk = Disk()
        self.room = 1 << 30
        self._start()

    def _start(self) -> None:
        self.link = Link(self.disk, "link", self._options, self._random.randbytes)

    def send(self, octets: bytes) -> None:
        self.link.send(octets)
        self.disk.commit()

    @property
    def taken(self) -> list[bytes]:
        """All that has come, in order, as the store has it."""
        return [self.disk[name] for name in sorted(self.disk) if name.startswith("taken/")]

    def receive(self, frame: bytes) -> None:
        self.link.receive(frame, self._take)

    def _take(self, octets: bytes) -> bool:
        if self.room <= 0:
            return False
        self.room -= 1
        self.disk[f"taken/{len(self.taken):08}"] = octets
        return True

    def resume(self, room: int) -> None:
        self.room = room
        self.link.resume(self._take)

    def kill(self) -> None:
        """Ends the process without warning and starts it again on what was committed."""
        self.disk = Disk(self.disk.kept)
        self._start()

    def forget(self) -> None:
        """Starts again without its state."""
        self.disk = Disk()
        self._start()

    def restore(self, snapshot: dict[str, bytes]) -> None:
        """Starts again with a state of earlier."""
        self.disk = Disk(snapshot)
        self._start()

    def connect(self) -> None:
        self.link.connect(self._greeting)


class Pair:
    """Both ends, and time."""

    def __init__(self, seed: int = 0, rates: Rates = NONE, options: LinkOptions = DEFAULTS) -> None:
        self.random = Random(seed)
        self.now = 0.0
        self.faults = Faults(rates, self.random)
        self.ends = (End(self.random, options), End(self.random, options))
        self.breaks = False
        self.connect()

    def connect(self) -> None:
        """A new connection: nothing of the old one arrives any more."""
        self.breaks = False
        self._lines = [Line(self.faults, self._cut) for _ in self.ends]
        for end in self.ends:
            end.connect()

    def _cut(self) -> None:
        self.breaks = True

    def step(self, killed: int | None = None, committed: bool = False) -> bool:
        """One instant: what is due is sent and arrives. `killed` is an end that is killed on the way, once it has taken
        something, after or before it has committed that. Gives whether anything happened."""
        happened = False
        for number, end in enumerate(self.ends):
            arriving = self._lines[1 - number].take(self.now)
            for frame in arriving:
                end.receive(frame)
            if arriving and number == killed:
                if committed:
                    end.disk.commit()
                end.kill()
                self.connect()
                return True
            frames = end.link.frames(self.now)
            for frame in frames:
                self._lines[number].put(frame, self.now)
            happened |= bool(arriving or frames)
            if self.breaks:
                self.connect()
        return happened

    def settle(self, limit: int = 5000) -> None:
        """Goes on until nothing is under way any more, past every time that something waits for."""
        for _ in range(limit):
            if self.step():
                continue
            times = [end.link.due() for end in self.ends] + [line.due() for line in self._lines]
            later = [time for time in times if time is not None]
            if not later:
                return
            self.now = max(self.now, min(later))
        raise AssertionError("it never comes to rest")
