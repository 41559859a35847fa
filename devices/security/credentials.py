"""The credentials of remote parties, told and replaced (use cases CS02a, CS02b, CS02f, CS02g).

Every replacement of a command is judged by itself, against the root that is there by then: a cell that cannot be
replaced keeps what it holds, and the others are replaced all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from enum import IntEnum
from functools import partial
from typing import NamedTuple

from devices.alerts import AlertCode
from devices.device import Device
from devices.errors import AnchorRefused
from devices.security.dated import DatedCommands
from devices.trust_anchors import CELLS, Cell
from gbcs.cosem.types import Value
from gbcs.errors import DecodeError, SecurityError
from gbcs.eui64 import Eui64
from gbcs.message import Message
from gbcs.roles import KeyUse, RemotePartyRole
from gbcs.security.keys import Keys
from gbcs.usecases.catalogue import USE_CASES
from gbcs.usecases.model import Context, Payload
from smki import chain
from smki.certificate import Certificate
from smki.contingency import contingency_key
from smki.errors import CertificateError, Check, VerificationError

_R = RemotePartyRole
_DIGITAL_SIGNATURE, _KEY_AGREEMENT, _CERTIFICATE_SIGNING = "digitalSignature", "keyAgreement", "keyCertSign"
_MANAGEMENT, _TOP_UP = 0, 1
_DISAPPLY = 1


class Status(IntEnum):
    """Outcome for one cell or role (RFC 5934)."""

    SUCCESS = 0
    BAD_CERTIFICATE = 5
    NO_TRUST_ANCHOR = 10
    TRUST_ANCHOR_NOT_FOUND = 25
    OTHER = 127


#: Key use to the key usage and cell usage that say the same on the wire.
_USAGES: Mapping[KeyUse | None, tuple[str, int]] = {
    KeyUse.DS: (_DIGITAL_SIGNATURE, _MANAGEMENT),
    KeyUse.KA: (_KEY_AGREEMENT, _MANAGEMENT),
    KeyUse.PP: (_KEY_AGREEMENT, _TOP_UP),
    None: (_CERTIFICATE_SIGNING, _MANAGEMENT),
}
_USES: Mapping[tuple[str | int, ...], KeyUse | None] = {usages: use for use, usages in _USAGES.items()}


class _Mode(NamedTuple):
    """A credentials replacement mode: who orders it, and whose cells it may replace.

    A root has to be certified by the one before, but where it may be abnormal.
    """

    authority: RemotePartyRole
    targets: frozenset[RemotePartyRole]
    abnormal_root: bool = False


def _by_itself(role: RemotePartyRole) -> _Mode:
    return _Mode(role, frozenset({role}))


_ANY = frozenset(_R)
_FIRST_CODE, _BY_CONTINGENCY = 0x0100, 0x0109
_CODES_OF_LOAD_CONTROLLERS = {10: 0x0125, 11: 0x0126}
#: By number.
_MODES: Mapping[int, _Mode] = {
    0: _Mode(_R.SUPPLIER, frozenset({_R.ROOT})),
    1: _Mode(_R.WAN_PROVIDER, frozenset({_R.ROOT})),
    2: _by_itself(_R.SUPPLIER),
    3: _by_itself(_R.NETWORK_OPERATOR),
    4: _by_itself(_R.ACCESS_CONTROL_BROKER),
    5: _by_itself(_R.WAN_PROVIDER),
    6: _by_itself(_R.TRANSITIONAL_COS),
    7: _Mode(_R.TRANSITIONAL_COS, frozenset({_R.SUPPLIER})),
    8: _Mode(_R.RECOVERY, _ANY),
    9: _Mode(_R.ROOT, _ANY, abnormal_root=True),
    10: _by_itself(_R.LOAD_CONTROLLER),
    11: _Mode(_R.SUPPLIER, frozenset({_R.LOAD_CONTROLLER})),
}
#: Roles that a replacing certificate may have besides the cell's: in the reference data a supplier is load controller.
_ALSO_IN = {_R.LOAD_CONTROLLER: (_R.SUPPLIER,)}
#: Use case to that of the alert which tells how a future-dated command went.
_ALERTS = {"CS02b": "FDUSCA", "CS02g": "FDULCSCA"}


class Credentials:
    """The cells of one device, for remote parties.

    Attributes:
        on_supplier_change: called with the supplier that has gone and the floor of the top-up counters, if any.
    """

    def __init__(self, device: Device) -> None:
        self._device = device
        self._cells = CELLS[device.device_type]
        self.on_supplier_change: list[Callable[[Eui64 | None, int | None], None]] = []
        device.functions |= {"CS02a": self._tell, "CS02f": self._tell}
        device.authorities |= {"CS02a": self._may_ask, "CS02f": self._may_ask}
        for code in _ALERTS:
            dated = DatedCommands(device, code, partial(self._execute, code))
            device.functions[code] = partial(self._update, dated)
            device.authorities[code] = _may_update
        device.strangers[_BY_CONTINGENCY] = self._contingency

    # CS02a, CS02f.

    def _may_ask(self, command: Message, request: Payload) -> frozenset[RemotePartyRole]:
        """The role of the cell that is named, if the originator sits there and protected the command by its key."""
        cell = _cell(request["authorising_remote_party_ta_cell_identifier"])
        certificate = self._device.anchors.cells.get(cell) if cell else None
        wanted = KeyUse.DS if command.signature else KeyUse.KA
        if cell is None or certificate is None or certificate.eui != command.originator or cell.use is not wanted:
            return frozenset()
        return frozenset({cell.role})

    def _tell(self, command: Message, request: Payload) -> dict[str, Value]:  # noqa: ARG002
        roles = request["remote_party_roles_credentials_required"]
        return {"remote_party_details": [self._details(role) for role in roles]}

    def _details(self, role_code: int) -> dict[str, Value]:
        details = []
        for use in self._cells.get(_role(role_code), ()):
            certificate = self._device.anchors.cells.get(Cell(_role(role_code), use))
            if certificate:
                subject, key = _identity(certificate)
                key_usage, cell_usage = _USAGES[use]
                details.append(
                    {
                        "key_usage": [key_usage],
                        "cell_usage": cell_usage,
                        "existing_subject_unique_id": Eui64(subject or bytes(8)),
                        "existing_subject_key_identifier": key,
                    }
                )
        if not details:
            return {"remote_party_role": role_code, "status_code": Status.TRUST_ANCHOR_NOT_FOUND}
        return {
            "remote_party_role": role_code,
            "status_code": Status.SUCCESS,
            "current_seq_number": self._sequence_number(_role(role_code)),
            "trust_anchor_cells_details": details,
        }

    def _sequence_number(self, role: RemotePartyRole) -> int:
        return int.from_bytes(self._device.store.get(f"sequence/{role.label}", b""), "big")

    # CS02b, CS02g.

    def _contingency(self, command: Message) -> tuple[RemotePartyRole, Keys]:
        """The contingency key signs: that of the root, by the symmetric key that the command tells."""
        try:
            request = USE_CASES["CS02b"].form().decode(Context(command))
            told = request["authorising_remote_party_control"].get("plaintext_symmetric_key")
            root = self._device.anchors.cells.get(Cell(_R.ROOT, None))
            if told is None or root is None:
                raise SecurityError("signature", "no root, or no symmetric key for its contingency key")
            return _R.ROOT, self._device.anchors.for_verifier(contingency_key(root, told))
        except (DecodeError, CertificateError) as error:
            raise SecurityError("signature", str(error)) from error

    def _update(self, dated: DatedCommands, command: Message, request: Payload) -> dict[str, Value]:
        if dated.is_put_off(command, request.get("execution_date_time")):
            return {"command_accepted": None}
        return {"command_accepted": None, "execution_outcome": self._replace_all(command, request)}

    def _execute(self, code: str, command: Message, time: datetime) -> None:
        form = USE_CASES[code].form()
        outcome = self._replace_all(command, form.decode(Context(command)))
        failed = any(each["status_code"] for each in outcome["replacement_outcomes"])
        alert = AlertCode.FUTURE_DATED_NOT_ACTIONED if failed else AlertCode.FUTURE_DATED_ACTIONED
        self._device.log_event(alert)
        self._device.alert(
            _ALERTS[code], alert, to=command.originator, execution_date_time=time, execution_outcome=outcome
        )

    def _replace_all(self, command: Message, request: Payload) -> dict[str, Value]:
        control = request["authorising_remote_party_control"]
        mode = _MODES[control["credentials_replacement_mode"]]
        device = self._device
        suppliers = device.anchors.party_in(_R.SUPPLIER)
        included = list(_readable(request["certification_path_certificates"]))
        is_timed = control.get("apply_time_based_cpv_checks") != _DISAPPLY and (
            device.time_is_reliable or device.settings.dates_by_unreliable_clock
        )
        outcomes, changed = [], set()
        for replacement in request["replacements"]:
            outcome = self._replace(replacement, mode, included, is_timed=is_timed)
            outcomes.append(outcome)
            if outcome["status_code"] == Status.SUCCESS:
                changed.add(_role(replacement["target_trust_anchor_cell"]["remote_party_role"]))
        changes = _changes(control, mode)
        device.store[f"sequence/{mode.authority.label}"] = command.originator_counter.to_bytes(8, "big")
        for change in changes:
            role = _role(change["remote_party_role"])
            if role in changed:
                device.replay.set_floor(role, change["floor_seq_number"], device.anchors.party_in(role))
                device.store[f"sequence/{role.label}"] = change["floor_seq_number"].to_bytes(8, "big")
        device.log_security(AlertCode.CREDENTIALS_UPDATED)
        if _R.SUPPLIER in changed and device.anchors.party_in(_R.SUPPLIER) != suppliers:
            for follow in self.on_supplier_change:
                follow(suppliers, _top_up_floor(changes))
        return {
            "authorising_remote_party_seq_number": command.originator_counter,
            "credentials_replacement_mode": control["credentials_replacement_mode"],
            "remote_party_seq_number_changes": changes,
            "replacement_outcomes": outcomes,
        }

    def _replace(
        self, replacement: Mapping[str, Value], mode: _Mode, included: list[Certificate], *, is_timed: bool
    ) -> dict[str, Value]:
        target = replacement["target_trust_anchor_cell"]
        cell = _cell(target)
        existing = self._device.anchors.cells.get(cell) if cell else None
        status, replacing = self._judge(replacement["replacement_certificate"], cell, mode, included, is_timed=is_timed)
        if status is Status.SUCCESS and cell and replacing:
            self._device.anchors.install(cell, replacing)
        before = _identity(existing)
        after = _identity(self._device.anchors.cells.get(cell) if cell else None)
        return {
            "affected_trust_anchor_cell": target,
            "status_code": status,
            "existing_subject_unique_id": before[0],
            "existing_subject_key_identifier": before[1],
            "replacing_subject_unique_id": after[0],
            "replacing_subject_key_identifier": after[1],
        }

    def _judge(
        self, der: bytes, cell: Cell | None, mode: _Mode, included: list[Certificate], *, is_timed: bool
    ) -> tuple[Status, Certificate | None]:
        if cell is None or cell.use not in self._cells.get(cell.role, ()):
            return Status.TRUST_ANCHOR_NOT_FOUND, None
        if cell.role not in mode.targets:
            return Status.OTHER, None
        if cell.role is _R.ROOT and mode.authority is _R.RECOVERY and not self._device.settings.root_by_recovery:
            return Status.OTHER, None
        root = self._device.anchors.cells.get(Cell(_R.ROOT, None))
        try:
            certificate = Certificate.load(der)
            if cell.role is _R.ROOT and mode.abnormal_root:
                if not certificate.is_signed_by(certificate.public_key):
                    return Status.BAD_CERTIFICATE, None
                root = certificate
            if root is None:
                return Status.NO_TRUST_ANCHOR, None
            at = self._device.time if is_timed else max(each.not_before for each in (certificate, root, *included))
            chain.verify(certificate, [root], at, included)
            if certificate.role is not cell.role and certificate.role not in _ALSO_IN.get(cell.role, ()):
                return Status.BAD_CERTIFICATE, None
            self._device.anchors.check(cell, certificate)
        except VerificationError as error:
            by_nobody = error.check is Check.ISSUER or (
                error.check is Check.SIGNATURE and not _names_its_issuers([certificate, *included], root)
            )
            return Status.NO_TRUST_ANCHOR if by_nobody else Status.BAD_CERTIFICATE, None
        except (CertificateError, AnchorRefused):
            return Status.BAD_CERTIFICATE, None
        return Status.SUCCESS, certificate


def _may_update(command: Message, request: Payload) -> frozenset[RemotePartyRole]:
    """The role that the mode belongs to. The message code has to be the mode's, the named cell one of that role's."""
    control = request["authorising_remote_party_control"]
    number = control["credentials_replacement_mode"]
    mode = _MODES.get(number)
    named = control.get("authorising_remote_party_ta_cell_identifier")
    if mode is None or command.message_code != _CODES_OF_LOAD_CONTROLLERS.get(number, _FIRST_CODE + number):
        return frozenset()
    if named is not None and named["remote_party_role"] != mode.authority:
        return frozenset()
    return frozenset({mode.authority})


def _cell(wire: Mapping[str, Value]) -> Cell | None:
    """The cell that a command names; None where no device has such a one."""
    usages = (*wire["key_usage"], wire.get("cell_usage", _MANAGEMENT))
    return Cell(_role(wire["remote_party_role"]), _USES[usages]) if usages in _USES else None


def _role(code: int) -> RemotePartyRole:
    """The role of that number; of one that is unknown, the role that has no cells anywhere."""
    try:
        return _R(code)
    except ValueError:
        return _R.OTHER


def _identity(certificate: Certificate | None) -> tuple[bytes, bytes]:
    """Subject unique id (zeros of a root, which has none) and subject key identifier; empty where the cell is."""
    if certificate is None:
        return b"", b""
    return bytes(certificate.eui or bytes(8)), certificate.subject_key_identifier or b""


def _names_its_issuers(path: Iterable[Certificate], root: Certificate | None) -> bool:
    """Whether every issuer is there by its key; authorities of two estates may have the same names."""
    path = list(path)
    held = {each.subject_key_identifier for each in (root, *path[1:]) if each}
    return all((each.authority_key_identifier or each.subject_key_identifier) in held for each in path)


def _changes(control: Mapping[str, Value], mode: _Mode) -> list[dict[str, Value]]:
    """The new floors that a command sets."""
    changes: list[dict[str, Value]] = []
    if "new_remote_party_floor_seq_number" in control:
        change = {
            "remote_party_role": mode.authority,
            "floor_seq_number": control["new_remote_party_floor_seq_number"],
        }
        if "new_remote_party_specialist_floor_seq_number" in control:
            change["specialist_floor_seq_numbers"] = control["new_remote_party_specialist_floor_seq_number"]
        changes.append(change)
    return [*changes, *control.get("other_remote_party_seq_number_changes", [])]


def _readable(path: Iterable[bytes]) -> Iterator[Certificate]:
    """The certificates of a path, but for octets that are none."""
    for der in path:
        with suppress(CertificateError):
            yield Certificate.load(der)


def _top_up_floor(changes: list[dict[str, Value]]) -> int | None:
    for change in changes:
        for special in change.get("specialist_floor_seq_numbers", ()):
            return int(special["seq_number"])
    return None
