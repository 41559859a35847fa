"""A process that consists of premises: clock, store, record, control plane and signals around them."""

from __future__ import annotations

import argparse
import asyncio

from devices.home.assembly import keystore_for
from devices.home.plan import Plan
from devices.home.process import PremisesProcess
from devices.processes import shell, stepping
from devices.processes.clock import clock_of
from devices.processes.control import controlled
from devices.recorder import recorder
from devices.store import Store


def run(plan: Plan, options: argparse.Namespace) -> None:
    """Runs premises until a signal ends the process in good order.

    Args:
        plan: what there is.
        options: those of a process, by their destinations (`devices.options.PROCESS`).

    Raises:
        DeviceError, KeystoreError, MissingKeyError, StoreError, OSError: why it could not start or go on.
    """
    clock = clock_of(options.clock, options.speed)
    keystore = keystore_for(plan, options.keystore, clock(), keeps_state=options.state is not None)
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
