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
        unusual_commands, unusual_commands_window: how many commands that are malformed, out of order or unexpected,
            within how many seconds, are an unusual number (8F60); 0 is none. No source has the numbers.
        arm_enabled_supply: whether an enabled supply may be armed, which interrupts it. Off by default: arming is there
            to let the consumer restore a supply that was disabled.
        variant_refusal: the alert by default, as for use cases of another type of device; the sources leave it open.
        undated_activation: whether future-dated commands are executed at their time while the device does not trust
            its clock. Off by default: then they wait until the clock has been set (ECS70).
        commissioning_is_security: whether the security log has the entry of the commissioning (8F69), and not the event
            log. Off by default: no source says which.
        cancel_on_supplier_change: whether a new supplier's credentials cancel what the former one has pending. On by
            default; no source says.
        dates_by_unreliable_clock: whether a certificate's dates are checked, where the command asks for it, by a clock
            that the device does not trust. Off by default: such a check says nothing.
        root_by_recovery: whether the recovery key may replace the root by one that the root before certifies (CS02b
            mode 8). On by default: the mode's name excludes an abnormal root alone.
        sign_with_new_key: whether the response that a new signature certificate is installed (CS02d) is signed with
            the new key. On by default: it is the key in force when the response is made.
        sapc_variant: whether a SAPC knows a meter variant and a supply tamper state (ECS26m). Off by default: SMETS 9
            gives it neither, so that this read fails at its first access.
        enable_without_credit: whether the supplier can enable a supply that was disabled for want of credit (ECS42).
            Off by default: SMETS lets it happen only while nothing stands against it.
        top_up_by_token_alone: whether the counter of the token alone keeps a top-up (CS01a) from being replayed, as it
            does at the keypad. On by default: then a token sent twice is a duplicate (8F51), and one that another has
            overtaken still counts.
        keypad_attempts, keypad_suspension: wrong tokens in a row after which the keypad takes none, and for how many
            seconds. No source has the numbers.
        device_log_size: entries of a device's log of joined devices. No source has a number.
    """

    replay_scope: ReplayScope = ReplayScope.MESSAGE_CODE
    refusal_alerts: bool = True
    unusual_commands: int = 10
    unusual_commands_window: int = 3600
    arm_enabled_supply: bool = False
    variant_refusal: VariantRefusal = VariantRefusal.ALERT
    undated_activation: bool = False
    commissioning_is_security: bool = False
    cancel_on_supplier_change: bool = True
    dates_by_unreliable_clock: bool = False
    root_by_recovery: bool = True
    sign_with_new_key: bool = True
    sapc_variant: bool = False
    enable_without_credit: bool = False
    top_up_by_token_alone: bool = True
    keypad_attempts: int = 5
    keypad_suspension: int = 300
    device_log_size: int = 16


DEFAULTS = Settings()
