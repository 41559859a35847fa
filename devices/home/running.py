"""A process that consists of premises: clock, store, record, control plane and signals around them."""

from __future__ import annotations

import argparse
import asyncio

from devices.home.plan import Plan
from devices.home.process import PremisesProcess
from devices.processes import shell, stepping
from devices.processes.clock import AdjustableClock
from devices.processes.control import controlled
from devices.recorder import recorder
from devices.store import Store
from smki.keystore import Keystore


def run(plan: Plan, clock: AdjustableClock, keystore: Keystore, options: argparse.Namespace) -> None:
    """Runs premises until a signal ends the process in good order.

    Args:
        plan: what there is.
        clock: of the process.
        keystore: with the keys of all of it.
        options: those of a process, by their destinations (`devices.options.PROCESS`).

    Raises:
        DeviceError, MissingKeyError, StoreError, OSError: why it could not start or go on.
    """
    store = Store(options.state, f"CHF {plan.hub.eui}")
    with store, recorder(options.record, clock) as record:
        premises = PremisesProcess(plan, keystore, clock, store, record)
        addresses: dict[str, shell.Address] = {}

        async def work() -> None:
            here = await premises.start()
            shell.announce(plan.hub.eui, **here, **addresses)
            steps = [stepping.attend(clock, premises.advance, record.event)] if options.clock.stepped else []
            await asyncio.gather(premises.run(), *steps)

        shell.run(controlled(work, options, addresses, premises.plane))
        premises.advance()
        record.event("stop")
