"""What the sources leave open about a device's behaviour, by name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ReplayScope(StrEnum):
    """Which earlier commands a counter has to exceed."""

    MESSAGE_CODE = "the originator's earlier commands of the same message code"
    ORIGINATOR = "all earlier commands of the originator"


class VariantRefusal(StrEnum):
    """What an ESME answers to a use case that its type has and its variant has not."""

    ALERT = "the alert that the command is not supported (ECS100)"
    RESULTS = "a response, in which the first object that is not there is undefined"


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of one device.

    Attributes:
        replay_scope: per message code by default, for the DCC may deliver parallel commands out of order.
        refusal_alerts: whether a command that is not authorised or not authentic makes an alert, beside the entry in
            the security log. On by default: the reference data have such an alert, to the supplier.
        arm_enabled_supply: whether an enabled supply may be armed, which interrupts it. Off by default: arming is there
            to let the consumer restore a supply that was disabled.
        variant_refusal: the alert by default, as for use cases of another type of device; the sources leave it open.
        undated_activation: whether future-dated commands are executed at their time while the device does not trust
            its clock. Off by default: then they wait until the clock has been set (ECS70).
        cancel_on_supplier_change: whether a new supplier's credentials cancel what the former one has pending. On by
            default; no source says.
        dates_by_unreliable_clock: whether a certificate's dates are checked, where the command asks for it, by a clock
            that the device does not trust. Off by default: such a check says nothing.
        sign_with_new_key: whether the response that a new signature certificate is installed (CS02d) is signed with
            the new key. On by default: it is the key in force when the response is made.
        sapc_variant: whether a SAPC knows a meter variant and a supply tamper state (ECS26m). Off by default: SMETS 9
            gives it neither, so that this read fails at its first access.
        enable_without_credit: whether the supplier can enable a supply that was disabled for want of credit (ECS42).
            Off by default: SMETS lets it happen only while nothing stands against it.
        keypad_attempts, keypad_suspension: wrong tokens in a row after which the keypad takes none, and for how many
            seconds. No source has the numbers.
        device_log_size: entries of a device's log of joined devices. No source has a number.
        gpf_tells_meter_time: whether a GPF stamps what it reads from its copy with the time at which the gas meter told
            it, status 04, and not with its own, status 00. On by default; the reference data have both and do not say
            when.
        gas_counter_for_known_party: whether a gas device adds a counter of its own to what it encrypts for a party that
            the broker names and that the device has in a cell as well. Off by default, as in the reference data (GCS61;
            GCS16b has one, to a stranger).
        backup_after_restore: whether a GPF tells its device log (GCS62) when that was restored from outside (GCS59).
            Off by default: whoever restores it knows it.
    """

    replay_scope: ReplayScope = ReplayScope.MESSAGE_CODE
    refusal_alerts: bool = True
    arm_enabled_supply: bool = False
    variant_refusal: VariantRefusal = VariantRefusal.ALERT
    undated_activation: bool = False
    cancel_on_supplier_change: bool = True
    dates_by_unreliable_clock: bool = False
    sign_with_new_key: bool = True
    sapc_variant: bool = False
    enable_without_credit: bool = False
    keypad_attempts: int = 5
    keypad_suspension: int = 300
    device_log_size: int = 16
    gpf_tells_meter_time: bool = True
    gas_counter_for_known_party: bool = False
    backup_after_restore: bool = False


DEFAULTS = Settings()
