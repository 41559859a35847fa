"""The COSEM server by itself."""

from __future__ import annotations

import pytest

from devices.cosem.instances import Attribute
from devices.cosem.server import CosemServer
from devices.cosem.values import least
from devices.electricity.esme import Esme
from devices.electricity.sapc import Sapc
from devices.errors import AccessFailed
from devices.settings import Settings
from devices.store import Store
from devices.trust_anchors import TrustAnchors
from devices.variant import Variant, is_for
from gbcs.cosem import objects as o
from gbcs.cosem.results import AccessResult
from gbcs.cosem.types import Value
from gbcs.device_type import DeviceType
from gbcs.errors import UseCaseError
from gbcs.usecases.access import action, get, protected, put
from gbcs.usecases.access_list import AccessList
from gbcs.usecases.catalogue import USE_CASES
from gbcs.usecases.model import Item, Payload
from smki.keystore import Keystore
from tests.devices.rig import METER, NOW

FORM = AccessList(
    put(o.SUPPLIER_MESSAGE, "value"),
    get(o.ACTIVE_EXPORT_REGISTER, "value"),
    action(o.SUPPLY_STATE_SCRIPTS, "execute"),
    get(o.FIRMWARE_VERSION, "value"),
)
REQUEST = FORM.request({"supplier_message": "Hello", "supply_state_scripts_execute": 7})


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def server(store: Store) -> CosemServer:
    return CosemServer(
        store,
        (
            Attribute(o.SUPPLIER_MESSAGE, "value", ""),
            Attribute(o.ACTIVE_EXPORT_REGISTER, "value", 11),
            Attribute(o.REACTIVE_EXPORT_REGISTER, "value", 12),
            Attribute(o.FIRMWARE_VERSION, "value", b"\1\2\3\4"),
        ),
    )


def test_accesses_are_performed_in_order(server: CosemServer) -> None:
    scripts: list[Value] = []
    server.handle(o.SUPPLY_STATE_SCRIPTS, "execute", scripts.append)
    done = server.execute(FORM.accesses, REQUEST)
    assert [(item.value, item.result) for item in done.items_in_order] == [
        (None, 0),
        (11, 0),
        (None, 0),
        (b"\1\2\3\4", 0),
    ]
    assert scripts == [7]
    assert server.get(o.SUPPLIER_MESSAGE, "value") == "Hello"


def test_an_object_that_is_not_there_ends_the_list(server: CosemServer) -> None:
    done = server.execute(FORM.accesses, REQUEST)
    assert done.failures == {
        "supply_state_scripts_execute": AccessResult.OBJECT_UNDEFINED,
        "firmware_version": AccessResult.OTHER_REASON,
    }
    assert server.get(o.SUPPLIER_MESSAGE, "value") == "Hello"


def test_nothing_is_executed_after_a_failure(server: CosemServer) -> None:
    form = AccessList(get(o.TIME, "time"), *FORM.accesses)
    server.handle(o.SUPPLY_STATE_SCRIPTS, "execute", lambda script: pytest.fail("executed"))
    done = server.execute(form.accesses, Payload((Item("time"), *REQUEST.items_in_order)))
    assert [item.result for item in done.items_in_order] == [4, 250, 250, 250, 250]
    assert server.get(o.SUPPLIER_MESSAGE, "value") == ""


def test_what_a_protected_read_names_is_read(server: CosemServer) -> None:
    one = protected(o.IMPORT_REGISTER_COLLECTION_PROTECTION, (o.ACTIVE_EXPORT_REGISTER, "value"))
    two = protected(
        o.IMPORT_REGISTER_COLLECTION_PROTECTION,
        (o.REACTIVE_EXPORT_REGISTER, "value"),
        (o.ACTIVE_EXPORT_REGISTER, "value"),
    )
    done = server.execute((one, two), Payload((Item(one.name), Item(two.name))))
    assert done[one.name] == 11
    assert done[two.name] == {"reactive_export_register": 12, "active_export_register": 11}


def test_a_computed_attribute_may_refuse(server: CosemServer) -> None:
    def refuse() -> Value:
        raise AccessFailed(AccessResult.TEMPORARY_FAILURE)

    server.compute(o.ACTIVE_EXPORT_REGISTER, "value", refuse)
    with pytest.raises(AccessFailed, match="temporary-failure"):
        server.get(o.ACTIVE_EXPORT_REGISTER, "value")
    assert server.execute(FORM.accesses, REQUEST).failures["active_export_register"] == AccessResult.TEMPORARY_FAILURE


def test_only_values_of_the_type_are_taken(server: CosemServer) -> None:
    with pytest.raises(UseCaseError):
        server.set(o.ACTIVE_EXPORT_REGISTER, "value", 2**32)
    with pytest.raises(AccessFailed, match="object-undefined"):
        server.set(o.SUPPLY_STATE, "control_state", 1)
    with pytest.raises(UseCaseError):
        CosemServer(Store(), [Attribute(o.FIRMWARE_VERSION, "value", b"")])


def test_what_was_set_is_in_the_store_and_outlives_the_server(server: CosemServer, store: Store) -> None:
    server.set(o.ACTIVE_EXPORT_REGISTER, "value", 99)
    again = CosemServer(
        store, (Attribute(o.ACTIVE_EXPORT_REGISTER, "value", 0), Attribute(o.FIRMWARE_VERSION, "value", b"\0\0\0\5"))
    )
    assert again.get(o.ACTIVE_EXPORT_REGISTER, "value") == 99
    assert again.get(o.FIRMWARE_VERSION, "value") == b"\0\0\0\5"


@pytest.mark.parametrize("variant", [*Variant, None], ids=str)
def test_every_access_of_every_use_case_does_something(keystore: Keystore, variant: Variant | None) -> None:
    """No attribute of a device is without a value, and no method without a behaviour. None is the SAPC."""
    device_type = DeviceType.ESME if variant else DeviceType.SAPC
    anchors = TrustAnchors.from_keystore(keystore, METER, device_type)
    settings = Settings(sapc_variant=True)
    device = Esme(anchors, now=NOW, variant=variant) if variant else Sapc(anchors, now=NOW, settings=settings)
    tried = 0
    for use_case in USE_CASES.values():
        form = use_case.payload
        if not isinstance(form, AccessList) or not is_for(use_case, device_type, variant or Variant.SINGLE):
            continue
        for access in form.accesses:
            # A value that no command carries: what is asked is whether the device knows what to do at all.
            parameter = least(access.data_type, optional=variant is Variant.TWIN)
            request = Payload((Item(access.name, None if access.selective else parameter),))
            result = device.cosem.execute([access], request).item(access.name).result
            unknown = (AccessResult.OBJECT_UNDEFINED, AccessResult.OBJECT_UNAVAILABLE)
            is_script = access.member.object.interface.class_id == 9
            assert result not in unknown or is_script, f"{use_case.code} {access.name}"
            tried += 1
    assert tried > 20
