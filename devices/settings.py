"""What the sources leave open about a device's behaviour, by name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class ReplayScope(StrEnum):
    """Which earlier commands a counter has to exceed."""

    MESSAGE_CODE = "the originator's earlier commands of the same message code"
    ORIGINATOR = "all earlier commands of the originator"


class VariantRefusal(StrEnum):
    """What an ESME answers to a use case that its type has and its variant has not."""

    ALERT = "the alert that the command is not supported (ECS100)"
    RESULTS = "a response, in which the first object that is not there is undefined"


class Refusal(IntEnum):
    """Result of a method that a hub does not execute (DLMS, action-result)."""

    HARDWARE_FAULT = 1
    TEMPORARY_FAILURE = 2
    OBJECT_UNAVAILABLE = 11
    TYPE_UNMATCHED = 12
    OTHER_REASON = 250


class FormerKey(StrEnum):
    """When a hub accepts the former link key of a device that was removed and is added again (CCS01)."""

    HALVES = "in the first half of the time for joining; in the second its install code"
    TURNS = "in the time for joining; after it, for as long again, its install code"


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
        delivery_time: seconds that a hub keeps a message for a device that does not take it; then the sender is told
            (8F84). A day by default: the sources have no number, and whoever sent it has an answer or none by then.
        device_log_size: entries of a device's log of joined devices. No source has a number.
        former_key: halves by default, as GBCS has it since 4.1; turns before.
        install_code_refusal: result of a CCS01 with an install code of a wrong length (12, type-unmatched, or 250). No
            source says; the DCC lets no such command pass.
        short_install_codes: whether a hub takes install codes of 6, 8 and 12 octets, which ZigBee has. Off by default:
            the use case table says 16.
        device_log_refusal: result of a CCS01 to a full device log, and of a CCS02 for a device that is not there
            (250, other-reason, by default). No source says.
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
    delivery_time: int = 86400
    device_log_size: int = 16
    former_key: FormerKey = FormerKey.HALVES
    install_code_refusal: Refusal = Refusal.TYPE_UNMATCHED
    short_install_codes: bool = False
    device_log_refusal: Refusal = Refusal.OTHER_REASON


DEFAULTS = Settings()
