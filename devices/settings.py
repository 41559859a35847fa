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


class PowerEventValue(StrEnum):
    """What an entry of the power event log says beside the code of a voltage event."""

    VOLTAGE = "the voltage in V"
    DURATION = "for how many seconds it was as the code says"


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
        pin_length, pin_timeout: digits of the privacy PIN, and seconds for which it opens the display. No source has
            the numbers.
        pin_guards_commands: whether emergency credit and the button for the supply take the PIN as well as what is
            private on the display. Off by default: who stands in the dark may not know it.
        ppmid_user_commands: whether a PPMID's command is logged as one of a user (8161, 8162) rather than as one that
            came over the HAN (8154, 8155). Off by default: it has a message code, as these have.
        polyphase_plain_codes: whether a polyphase meter tells of an event on a phase by the code for any phase as well
            as by that of the phase. Off by default: one event, one code.
        phase_loss_alert: whether a polyphase meter that loses one phase tells the network operator at once (8F58 to
            8F5A), and not only when the phase is back (ECS80). Off by default: the reference data have these codes in
            the log alone.
        voltage_counters_by_period: whether the counters of average over and under voltage count every period that is
            out of its threshold, or only the first of several. On by default: alerts are of transitions, and a
            counter that counts as much again would say nothing more.
        power_event_value: the voltage by default; of outages it is always their seconds. No source says.
        outage_entries: whether half hours and days that end while a meter has no current, or does not run, are written
            down when it has it again, each with what was measured in it, and what is due by the day is charged. On by
            default: profiles then have an entry for every half hour. No source says.
        device_log_size: entries of a device's log of joined devices. No source has a number.
        gpf_tells_meter_time: whether a GPF stamps what it reads from its copy with the time at which the gas meter told
            it, status 04, and not with its own, status 00. On by default; the reference data have both and do not say
            when.
        gas_counter_for_known_party: whether a gas device adds a counter of its own to what it encrypts for a party that
            the broker names and that the device has in a cell as well. Off by default, as in the reference data (GCS61;
            GCS16b has one, to a stranger).
        backup_after_restore: whether a GPF tells its device log (GCS62) when that was restored from outside (GCS59).
            Off by default: whoever restores it knows it.
        delivery_time: seconds that a hub keeps a message for a device that does not take it; then the sender is told
            (8F84). A day by default: the sources have no number, and whoever sent it has an answer or none by then.
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
    pin_length: int = 4
    pin_timeout: int = 120
    pin_guards_commands: bool = False
    ppmid_user_commands: bool = False
    polyphase_plain_codes: bool = False
    phase_loss_alert: bool = False
    voltage_counters_by_period: bool = True
    power_event_value: PowerEventValue = PowerEventValue.VOLTAGE
    outage_entries: bool = True
    device_log_size: int = 16
    gpf_tells_meter_time: bool = True
    gas_counter_for_known_party: bool = False
    backup_after_restore: bool = False
    delivery_time: int = 86400
    former_key: FormerKey = FormerKey.HALVES
    install_code_refusal: Refusal = Refusal.TYPE_UNMATCHED
    short_install_codes: bool = False
    device_log_refusal: Refusal = Refusal.OTHER_REASON


DEFAULTS = Settings()
