"""A Communications Hub and a meter that has joined it, in one process, without sockets and without a clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from devices.electricity.auxiliary import ALCS
from devices.electricity.esme import Esme
from devices.home.in_process import Home
from devices.hub.chf import Chf
from devices.metering import NO_LOAD, Load, LoadProfile
from devices.settings import DEFAULTS, Settings
from devices.trust_anchors import TrustAnchors
from devices.variant import Variant
from gbcs.device_type import DeviceType
from gbcs.eui64 import Eui64
from gbcs.roles import RemotePartyRole
from smki.keystore import Keystore


class Premises(Home):
    """A hub and an ESME that has joined it.

    ::

        premises = Premises(keystore, hub=HUB, esme=METER, now=datetime.now(UTC))
        [response] = premises.send(command.encode())
        premises.esme.cosem.get(objects.SUPPLIER_MESSAGE, "value")

    Attributes:
        esme: the meter; registers are read and set through its `cosem`.
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
        parties = {} if supplier is None else {RemotePartyRole.SUPPLIER: supplier}
        chf = Chf(
            TrustAnchors.from_keystore(keystore, hub, DeviceType.CHF), now=now, dual_band=dual_band, settings=settings
        )
        super().__init__(chf, now)
        self.esme = Esme(
            TrustAnchors.from_keystore(keystore, esme, DeviceType.ESME, parties),
            now=now,
            variant=variant,
            load=load,
            controllers=controllers,
            hub_time=chf.han_time,
            settings=settings,
        )
        self.add(self.esme)
        if whitelisted:
            chf.han.whitelist(esme)
            self.join()

    def join(self, device: Eui64 | None = None) -> list[bytes]:
        """See `Home`; the ESME, if nobody else is named."""
        return super().join(device or self.esme.eui)

    def leave(self, device: Eui64 | None = None) -> None:
        """See `Home`; the ESME, if nobody else is named."""
        super().leave(device or self.esme.eui)
