"""The commands of a fleet, built and protected ahead of being sent: octets by the hub that they go to."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from devices.errors import DeviceError
from devices.fleet.plan import Order, Plan
from gbcs.bulk import TestKey, protect_many
from gbcs.eui64 import Eui64
from gbcs.message import Message
from gbcs.roles import KeyUse
from gbcs.security.category import Category
from gbcs.usecases.catalogue import USE_CASES
from smki.authority import PARTIES
from smki.keystore import Keystore

#: The use case that changes what can be counted at the end, and its field.
ADJUSTMENT, _AMOUNT = "ECS04a", "meter_balance_update_amount"


class Command(NamedTuple):
    """One command, ready to be sent.

    Attributes:
        premises: the number of the premises that it is for.
        originator, recipient, counter: its identifier.
        order: what kind it is.
        amount: millipence that it adds to a meter's balance.
        octets: the message.
    """

    premises: int
    originator: Eui64
    recipient: Eui64
    counter: int
    order: Order
    amount: int
    octets: bytes


class Traffic:
    """Makes commands of a plan's orders, by turns and weights in an order that its seed says."""

    def __init__(self, plan: Plan, keys: Keystore, first_counter: int) -> None:
        """Counters go on from `first_counter`.

        Raises:
            DeviceError: the values of an order make no command of its use case.
        """
        self._plan = plan
        self._keys = keys
        self._random = random.Random(f"traffic {plan.seed}")  # noqa: S311 - not for keys
        self._weights = [order.weight for order in plan.orders]
        self._counter = first_counter
        self._turn = 0
        self._signers = {
            party: TestKey(entry.private_key)
            for role, party in PARTIES.items()
            for entry in keys.entries(party, KeyUse.DS, role=role)[:1]
            if entry.private_key
        }
        self._templates: dict[int, Message | None] = {}
        for order in plan.orders:
            self._templates[id(order)] = self._template(order)

    def take(self, count: int) -> list[Command]:
        """So many commands more, to each of the premises that are addressed in turn."""
        addressed = self._plan.addressed
        numbers = [(self._turn + step) % addressed for step in range(count)]
        self._turn = (self._turn + count) % addressed
        return self.make(zip(numbers, self._random.choices(self._plan.orders, self._weights, k=count), strict=True))

    def make(self, orders: Iterable[tuple[int, Order]]) -> list[Command]:
        """A command of each order to the premises of that number; in the same order."""
        made = [self._build(number, order) for number, order in orders]
        kinds: dict[Category, list[int]] = {}
        for item, (_, message) in enumerate(made):
            use_case = USE_CASES[made[item][0].order.use_case]
            kinds.setdefault(use_case.category_of(message.message_code), []).append(item)
        for category, items in kinds.items():
            result = protect_many(
                [made[item][1].encode() for item in items], category, self._keys, signers=self._signers
            )
            for error in result.errors.values():
                raise error
            for item, octets in zip(items, result.messages, strict=True):
                command, message = made[item]
                made[item] = command._replace(octets=octets), message
        return [command for command, _ in made]

    def _build(self, number: int, order: Order) -> tuple[Command, Message]:
        originator, recipient = PARTIES[order.by], self._plan.eui(number, order.to)
        counter, self._counter = self._counter, self._counter + 1
        template = self._templates.get(id(order))
        if template is None:
            message = _message(order, originator, recipient, counter)
        else:
            message = replace(template, recipient=recipient, originator_counter=counter)
        amount = order.values.get(_AMOUNT, 0) if order.use_case == ADJUSTMENT else 0
        return Command(number, originator, recipient, counter, order, amount, b""), message

    def _template(self, order: Order) -> Message | None:
        """What all commands of an order have in common, where that is their content."""
        party, recipient = PARTIES[order.by], self._plan.eui(0, order.to)
        one, other = _message(order, party, recipient, 1), _message(order, party, party, 2)
        return one if one.content == other.content else None


def _message(order: Order, originator: Eui64, recipient: Eui64, counter: int) -> Message:
    use_case = USE_CASES[order.use_case]
    try:
        return use_case.command(originator, recipient, counter, **order.values)
    except (TypeError, ValueError, AttributeError) as error:
        raise DeviceError(f"{order.use_case}: {error}") from error


def adjusted(plan: Plan) -> bool:
    """Whether the plan's commands adjust balances."""
    return any(order.use_case == ADJUSTMENT for order in plan.orders)
