"""Premises in one process: a Communications Hub and the devices on its HAN, without sockets and without a clock."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta

from devices.electricity.auxiliary import ALCS
from devices.electricity.esme import Esme
from devices.hub.chf import Chf
from devices.hub.routing import Delivery, Hub
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
    """A hub and an ESME that has joined it, to be driven from a test.

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
        settings: Settings = DEFAULTS,
    ) -> None:
        """The keystore holds the private keys of hub and ESME and the certificates of their remote parties.

        Raises:
            MissingKeyError: a key that a device needs is not there.
            DeviceError: several suppliers are, and `supplier` does not say which.
        """
        self.now = now
        parties = {} if supplier is None else {RemotePartyRole.SUPPLIER: supplier}
        anchors = TrustAnchors.from_keystore(keystore, esme, DeviceType.ESME, parties)
        self.esme = Esme(anchors, now=now, variant=variant, load=load, controllers=controllers, settings=settings)
        chf = Chf(TrustAnchors.from_keystore(keystore, hub, DeviceType.CHF), now=now, settings=settings)
        self.hub: Hub[str | Esme] = Hub(chf, [esme])
        self.hub.attach(_WAN)
        self.hub.associate(esme, self.esme)

    def advance(self, by: timedelta) -> list[bytes]:
        """Lets time pass for all devices; gives the alerts that come over the WAN because of it."""
        self.now += by
        sent = [delivery.octets for delivery in self.hub.advance(self.now)]
        for alert in self.esme.advance(self.now):
            sent += (delivery.octets for delivery in self.hub.from_han(self.esme.eui, alert))
        return sent

    def send(self, octets: bytes) -> list[bytes]:
        """Sends a message over the WAN; gives what comes back, responses and alerts."""
        sent: list[bytes] = []
        waiting: deque[Delivery[str | Esme]] = deque(self.hub.from_wan(_WAN, octets, self.now))
        while waiting:
            link, message = waiting.popleft()
            if isinstance(link, str):
                sent.append(message)
            else:
                for answer in link.receive(message, self.now):
                    waiting += self.hub.from_han(link.eui, answer)
        return sent
