"""Premises in one process: a Communications Hub and the devices on its HAN, without sockets and without a clock."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from devices.electricity.auxiliary import ALCS
from devices.electricity.esme import Esme
from devices.han.association import Authenticator
from devices.han.install_code import default_install_code
from devices.han.member import Member
from devices.hub.chf import Chf
from devices.hub.routing import Delivery, Hub
from devices.invariants import Invariants
from devices.metering import NO_LOAD, Load, LoadProfile
from devices.settings import DEFAULTS, Settings
from devices.trust_anchors import TrustAnchors
from devices.variant import Variant
from gbcs.device_type import DeviceType
from gbcs.eui64 import Eui64
from gbcs.roles import RemotePartyRole
from smki.keystore import Keystore

_WAN = "WAN"


class Premises:
    """A hub and an ESME that has joined it, to be driven from a test; `devices.invariants` hold for all they send.

    ::

        premises = Premises(keystore, hub=HUB, esme=METER, now=datetime.now(UTC))
        [response] = premises.send(command.encode())
        premises.esme.cosem.get(objects.SUPPLIER_MESSAGE, "value")

    Attributes:
        now: the time that every device is told.
        esme: the meter; registers are read and set through its `cosem`.
        hub: the hub; its own functions are in `chf`.
    """

    def __init__(
        self,
        keystore: Keystore,
        *,
        hub: Eui64,
        esme: Eui64,
        now: datetime,
        supplier: Eui64 | None = None,
        variant: Variant = Variant.SINGLE,
        load: Load | LoadProfile = NO_LOAD,
        controllers: Sequence[bytes] = (ALCS,),
        dual_band: bool = False,
        whitelisted: bool = True,
        settings: Settings = DEFAULTS,
    ) -> None:
        """The keystore holds the private keys of hub and ESME and the certificates of their remote parties.

        The ESME is on the hub's device log and joins it with its default install code; if not `whitelisted`, a CCS01
        and `join` do both.

        Raises:
            MissingKeyError: a key that a device needs is not there.
            DeviceError: several suppliers are, and `supplier` does not say which.
        """
        self.now = now
        parties = {} if supplier is None else {RemotePartyRole.SUPPLIER: supplier}
        chf = Chf(
            TrustAnchors.from_keystore(keystore, hub, DeviceType.CHF), now=now, dual_band=dual_band, settings=settings
        )
        if whitelisted:
            chf.han.whitelist(esme)
        self.hub: Hub[str | Esme] = Hub(chf)
        self.hub.attach(_WAN)
        self.esme = Esme(
            TrustAnchors.from_keystore(keystore, esme, DeviceType.ESME, parties),
            now=now,
            variant=variant,
            load=load,
            controllers=controllers,
            hub_time=chf.han_time,
            settings=settings,
        )
        for device in (chf, self.esme):
            device.observers.append(Invariants())
        self._member = Member(self.esme, default_install_code(esme))
        if whitelisted:
            self.join()

    def join(self) -> list[bytes]:
        """The ESME joins its hub, or comes back to it; gives what comes over the WAN because of it.

        Raises:
            AssociationRefused: one does not accept the other.
        """
        hub = Authenticator(self.hub.chf.han)
        body: bytes | None = self._member.begin()
        while body is not None:
            body = self._member.proceed(hub.proceed(body, self.now))
        held = self.hub.associate(self.esme.eui, self.esme)
        return self._carry([*held, *self.hub.advance(self.now)])

    def leave(self) -> None:
        """The ESME loses its hub, until it joins again."""
        self._member.lose()
        self.hub.dissociate(self.esme.eui, self.esme)

    def advance(self, by: timedelta) -> list[bytes]:
        """Lets time pass for all devices; gives the alerts that come over the WAN because of it."""
        self.now += by
        sent = [delivery.octets for delivery in self.hub.advance(self.now)]
        for alert in self.esme.advance(self.now):
            sent += (delivery.octets for delivery in self.hub.from_han(self.esme.eui, alert))
        return sent

    def send(self, octets: bytes) -> list[bytes]:
        """Sends a message over the WAN; gives what comes back, responses and alerts."""
        return self._carry(self.hub.from_wan(_WAN, octets, self.now))

    def _carry(self, deliveries: Iterable[Delivery[str | Esme]]) -> list[bytes]:
        """Carries messages to and fro until there are none; gives those that leave over the WAN."""
        sent: list[bytes] = []
        waiting = deque(deliveries)
        while waiting:
            link, message = waiting.popleft()
            if isinstance(link, str):
                sent.append(message)
            else:
                for answer in link.receive(message, self.now):
                    waiting += self.hub.from_han(link.eui, answer)
        return sent
