"""What every GBCS use case is: one row each, the facts that do not depend on its payload.

Sources: GBCS use case tables (2.1, 3.1 and 4.0) and section 20 (message codes); categories by 7.2.9.
"""

from __future__ import annotations

from dataclasses import dataclass

from gbcs.device_type import DeviceType
from gbcs.roles import RemotePartyRole
from gbcs.security.category import Category

# Category codes.
_CATEGORIES = {
    "CC": Category.CRITICAL,
    "NC": Category.NON_CRITICAL,
    "UT": Category.TOP_UP,
    "AC": Category.CRITICAL_ALERT,
    "AN": Category.NON_CRITICAL_ALERT,
    "PG": Category.PPMID_GSME,
    "PC": Category.PROVIDE_CREDENTIALS,
    "-": Category.NOT_A_MESSAGE,
}
# Who may send the command; 0 is the contingency key.
_ROLES = {
    "S": RemotePartyRole.SUPPLIER,
    "N": RemotePartyRole.NETWORK_OPERATOR,
    "A": RemotePartyRole.ACCESS_CONTROL_BROKER,
    "L": RemotePartyRole.LOAD_CONTROLLER,
    "T": RemotePartyRole.TRANSITIONAL_COS,
    "W": RemotePartyRole.WAN_PROVIDER,
    "R": RemotePartyRole.RECOVERY,
    "0": RemotePartyRole.ROOT,
}

#: Message codes whose category is not that of their use case (CS02b by the broker itself, by recovery, by contingency).
CATEGORY_OF_CODE = {
    0x0104: Category.CREDENTIALS_BY_BROKER,
    0x0108: Category.CREDENTIALS_BY_RECOVERY,
    0x0109: Category.CREDENTIALS_BY_RECOVERY,
}


@dataclass(frozen=True, slots=True)
class Facts:
    """One row of the table.

    Attributes:
        code: the specification's code, e.g. ``ECS17b``.
        message_codes: usually one; none where no GBCS message exists.
        payload_kind: dlms, gbz or asn1; None where no GBCS message exists.
        roles: who may send the command to a device that knows them.
        dated_response: whether the response's grouping header carries a date-time.
    """

    code: str
    message_codes: tuple[int, ...]
    category: Category
    payload_kind: str | None
    roles: frozenset[RemotePartyRole]
    replay_protected: bool
    future_dateable: bool
    dated_response: bool
    devices: frozenset[DeviceType]
    title: str


def _read(line: str) -> Facts:
    code, codes, category, payload, roles, flags, devices, title = (cell.strip() for cell in line.split("|"))
    return Facts(
        code=code,
        message_codes=tuple(_read_codes(codes)),
        category=_CATEGORIES[category],
        payload_kind=None if payload == "-" else payload,
        roles=frozenset(_ROLES[letter] for letter in roles if letter != "-"),
        replay_protected="r" in flags,
        future_dateable="f" in flags,
        dated_response="d" in flags,
        devices=frozenset(DeviceType(name) for name in devices.split() if name != "-"),
        title=title,
    )


def _read_codes(cell: str) -> range | tuple[int, ...]:
    if cell == "-":
        return ()
    first, _, last = cell.partition("-")
    return range(int(first, 16), int(last or first, 16) + 1)


# Flags: r protected against replay, f future dateable, d the response carries a date-time in its grouping header.
# code      | message   | category, payload, roles | flags | devices            | title
_TABLE = """
CCS01       | 0001      | NC | dlms | A       | r   | CHF                    | Add Device to CHF device log
CCS02       | 0002      | NC | dlms | A       | r   | CHF                    | Remove device from CHF device log
CCS03       | 0003      | NC | dlms | A       | r   | CHF                    | Restore CHF Device Log
CCS05CCS04  | 0004      | NC | dlms | A       | -   | CHF                    | Read CHF device log and check HAN communications (older form)
CCS06       | 010F      | NC | dlms | A       | -   | CHF                    | Read CHF device log and check HAN communications
CCS07       | 00FE      | NC | dlms | A       | -   | CHF                    | Read CHF Device Logs
CCS08       | 0128      | AC | asn1 | -       | -   | CHF                    | Firmware Transfer Alert
CS01a       | 0007      | UT | dlms | S       | rd  | ESME                   | Apply Prepayment Top Up to an ESME
CS01b       | 0097      | UT | gbz  | S       | rd  | GSME                   | Apply Prepayment Top Up to a GSME
CS02a       | 0008      | PC | asn1 | AT      | -   | ESME GSME CHF GPF      | Provide Security Credentials Details
CS02b       | 0100-0109 | CC | asn1 | SNATWR0 | rfd | ESME GSME CHF GPF      | Update Security Credentials
CS02c       | 000A      | CC | asn1 | S       | r   | ESME GSME CHF GPF      | Issue Security Credentials
CS02d       | 000B      | CC | asn1 | S       | r   | ESME GSME CHF GPF      | Update Device Certificates on Device
CS02e       | 000C      | CC | asn1 | S       | r   | ESME GSME CHF GPF      | Provide Device Certificates from Device
CS02f       | 011B      | PC | asn1 | SAT     | -   | ESME SAPC              | Provide Security Credential Details
CS02g       | 0125-0126 | CC | asn1 | SL      | rfd | ESME SAPC              | Update Load Controller Security Credentials
CS03A1      | 000D      | CC | asn1 | S       | r   | ESME                   | Method A Join (Meter)
CS03A2      | 00AB      | CC | asn1 | SA      | r   | PPMID HCALCS           | Method A Join (non Meter)
CS03B       | 000E      | NC | asn1 | SA      | -   | GSME GPF               | Method B Join
CS03C       | 00AF      | CC | asn1 | SA      | r   | GSME PPMID             | Method C Join
CS04AC      | 000F      | CC | asn1 | SA      | r   | ESME GSME PPMID HCALCS | Method A or C Unjoin
CS04B       | 0010      | NC | asn1 | S       | -   | GSME GPF               | Method B Unjoin
CS05a       | -         | -  | -    | -       | -   | CHF                    | Distribute Firmware to Communications Hub
CS05b       | -         | -  | -    | -       | -   | ESME GSME              | Distribute Firmware to ESME / GSME
CS05c       | -         | -  | -    | -       | -   | PPMID                  | Distribute Firmware to PPMID
CS06        | 0012      | CC | asn1 | S       | rfd | ESME GSME              | Activate Firmware
CS07        | 0013      | NC | asn1 | SA      | -   | ESME GSME GPF          | Read Device Join Details
CS08        | 0129      | NC | asn1 | A       | -   | PPMID HCALCS           | Read PPMID/HCALCS Firmware Version
CS09        | 012B      | AC | asn1 | -       | -   | PPMID                  | PPMID Firmware Activation Alert
CS10a       | 0014      | NC | gbz  | SNA     | -   | GSME GPF               | Read ZigBee Device Event Log
CS10b       | 00A1      | NC | gbz  | SNA     | -   | GSME GPF               | Read ZigBee Device Security Log
CS11        | 0015      | NC | gbz  | S       | -   | GSME GPF               | Clear ZigBee Device Event Log
CS14        | 0018      | AN | dlms | -       | -   | CHF                    | Device Addition To / Removal From HAN Whitelist Alerts
DBCH01      | 010A      | NC | dlms | A       | -   | CHF                    | Read CHF Sub GHz Channel
DBCH02      | 010B      | NC | dlms | A       | -   | CHF                    | Read CHF Sub GHz Channel Log
DBCH03      | 010C      | NC | dlms | A       | -   | CHF                    | Read CHF Sub GHz Configuration
DBCH04      | 010D      | NC | dlms | A       | r   | CHF                    | Set CHF Sub GHz Configuration
DBCH05      | 010E      | NC | dlms | A       | r   | CHF                    | Request CHF Sub GHz Channel Scan
DBCH06      | 0110      | AN | dlms | -       | -   | CHF                    | Limited Duty Cycle Action Taken Sub GHz Alert
DBCH07      | 0111      | AN | dlms | -       | -   | CHF                    | Sub GHz Sub GHz Channel Changed Sub GHz Alert
DBCH08      | 0112      | AN | dlms | -       | -   | CHF                    | Sub GHz Channel Scan Request Assessment Outcome Sub GHz Alert
DBCH09      | 0113      | AN | dlms | -       | -   | CHF                    | Sub GHz Configuration Changed Sub GHz Alert
DBCH10      | 0114      | AN | dlms | -       | -   | CHF                    | Message Discarded Due to Duty Cycle Management Sub GHz Alert
DBCH11      | 0115      | AN | dlms | -       | -   | CHF                    | No More Sub GHz Device Capacity Sub GHz Alert
ECS01a      | 0019      | CC | dlms | S       | rfd | ESME                   | Set Tariff and Price on ESME
ECS01b      | 00A2      | CC | dlms | S       | rfd | ESME                   | Set Price on ESME
ECS01c      | 00B7      | CC | dlms | S       | rfd | ESME                   | Set Tariff and Price on ESME secondary
ECS01d      | 00C7      | CC | dlms | S       | rfd | ESME                   | Set Price on ESME secondary
ECS02       | 001A      | CC | dlms | S       | rfd | ESME                   | Set ESME Payment Mode to Credit
ECS03       | 001B      | CC | dlms | S       | rfd | ESME                   | Set ESME Payment Mode to Prepayment
ECS04a      | 001C      | CC | dlms | S       | r   | ESME                   | Adjust Meter Balance on the ESME
ECS04b      | 00B3      | CC | dlms | S       | r   | ESME                   | Reset Meter Balance on the ESME
ECS05       | 001D      | CC | dlms | S       | r   | ESME                   | Reset Tariff Block Counter Matrix
ECS07       | 001E      | CC | dlms | S       | r   | ESME                   | Manage Debt on the ESME
ECS08       | 001F      | CC | dlms | S       | rfd | ESME                   | Update Prepayment Configuration on ESME
ECS08a      | 00DE      | CC | dlms | S       | rfd | ESME                   | Update Prepayment Configuration on ESME
ECS09       | 0020      | CC | dlms | S       | r   | ESME                   | Activate Emergency Credit Remotely on ESME
ECS10       | 0021      | NC | dlms | S       | -   | ESME                   | Send Message to ESME
ECS12       | 0022      | NC | dlms | S       | -   | ESME                   | Set Change of Tenancy date on ESME
ECS14       | 0023      | NC | dlms | S       | r   | ESME                   | Disable Privacy PIN Protection on ESME
ECS15a      | 0024      | NC | dlms | S       | -   | ESME SAPC              | Clear ESME Event Log
ECS15c      | 00C1      | NC | dlms | S       | -   | ESME SAPC              | Clear Auxiliary Controller Event Log
ECS16       | 0025      | NC | dlms | S       | -   | ESME                   | Write Supplier Contact Details on ESME
ECS17a      | 0026      | NC | dlms | NA      | d   | ESME                   | Read ESME Energy Registers (Export Energy)
ECS17b      | 0027      | NC | dlms | SN      | d   | ESME                   | Read ESME Energy Registers (Import Energy)
ECS17c      | 0028      | NC | dlms | SNA     | d   | ESME                   | Read ESME Energy Registers (Power)
ECS17d      | 0029      | NC | dlms | SN      | d   | ESME                   | Read ESME Energy Register (TOU)
ECS17e      | 002A      | NC | dlms | SN      | d   | ESME                   | Read ESME Energy Register (TOU with Blocks)
ECS18a      | 002B      | NC | dlms | NA      | d   | ESME                   | Read Maximum Demand Registers (export)
ECS18b      | 002C      | NC | dlms | SNA     | d   | ESME                   | Read Maximum Demand Registers (import)
ECS19       | 002D      | NC | dlms | S       | d   | ESME                   | Read ESME Prepayment Registers
ECS20a      | 002E      | NC | dlms | SA      | -   | ESME                   | Read ESME Billing Data Log (payment based debt payments)
ECS20b      | 002F      | NC | dlms | SA      | -   | ESME                   | Read ESME Billing Data Log (change of mode / tariff triggered exc export)
ECS20c      | 0030      | NC | dlms | SA      | -   | ESME                   | Read ESME Billing Data Log (billing calendar triggered exc export)
ECS20d      | 00C9      | NC | dlms | SA      | -   | ESME                   | Read ESME Billing Data Log (prepayment credits)
ECS21a      | 0033      | NC | dlms | SA      | -   | ESME                   | Read Electricity Daily Read Log (exc export)
ECS21b      | 0034      | NC | dlms | SA      | -   | ESME                   | Read Electricity (Prepayment) Daily Read Log
ECS21c      | 0035      | NC | dlms | A       | -   | ESME                   | Read Electricity Daily Read Log (export only)
ECS22a      | 0036      | NC | dlms | NA      | -   | ESME                   | Read Electricity Half Hour Profile Data (export)
ECS22b      | 0037      | NC | dlms | SNA     | -   | ESME                   | Read Electricity Half Hour Profile Data (active import)
ECS22c      | 0038      | NC | dlms | SNA     | -   | ESME                   | Read Electricity Half Hour Profile Data (reactive import)
ECS23       | 0039      | NC | dlms | SNA     | d   | ESME                   | Read Voltage Operational Data
ECS23b      | 00BC      | NC | dlms | SNA     | d   | ESME                   | Read Voltage Operational Data -3 Phase
ECS24       | 003A      | NC | dlms | SA      | -   | ESME                   | Read ESME Tariff Data
ECS24b      | 00BD      | NC | dlms | SA      | -   | ESME                   | Read ESME Tariff Data - second element
ECS25a      | 00AC      | NC | dlms | S       | -   | ESME                   | Set Alert Behaviours - ESME - Supplier
ECS25a1     | 00EA      | NC | dlms | S       | -   | ESME                   | Set Event Behaviours - ESME to HAN Device - Supplier
ECS25a2     | 00EB      | NC | dlms | S       | -   | ESME                   | Set Event Behaviours - ESME audible alarm - Supplier
ECS25a3     | 00EC      | NC | dlms | S       | -   | ESME                   | Set Event Behaviours - ESME logging - Supplier
ECS25b      | 00B0      | NC | dlms | N       | -   | ESME                   | Set Alert Behaviours - ESME - Network Operator
ECS25b3     | 00ED      | NC | dlms | N       | -   | ESME                   | Set Event Behaviours - ESME logging - Network Operator
ECS25r1     | 00EE      | NC | dlms | S       | -   | ESME                   | Read non-critical event and alert behaviours - ESME- Supplier
ECS25r2     | 00EF      | NC | dlms | N       | -   | ESME                   | Read non-critical event and alert behaviours - ESME- Network Operator
ECS26a      | 003B      | NC | dlms | S       | -   | ESME                   | Read ESME Configuration Data Prepayment
ECS26b      | 003C      | NC | dlms | SNA     | -   | ESME                   | Read ESME Configuration Voltage Data
ECS26c      | 003D      | NC | dlms | SNA     | -   | ESME SAPC              | Read ESME Configuration Data Device Information (randomisation)
ECS26d      | 003E      | NC | dlms | S       | -   | ESME                   | Read ESME Configuration Data Device Information (Billing Calendar)
ECS26e      | 003F      | NC | dlms | S       | -   | ESME                   | Read ESME Configuration Data Device Information (device identity exc MPAN)
ECS26f      | 0040      | NC | dlms | SA      | -   | ESME                   | Read ESME Configuration Data Device Information (instantaneous power thresholds)
ECS26i      | 0092      | NC | dlms | A       | -   | CHF                    | Read Configuration Data Device Information (CHF identity)
ECS26j      | 00BE      | NC | dlms | SA      | -   | ESME                   | Read ESME Configuration Data Device Information (Payment Mode)
ECS26k      | 00C6      | NC | dlms | SNA     | -   | ESME                   | Read ESME Configuration Voltage Data - 3 phase
ECS26l      | 00D9      | NC | dlms | SA      | -   | ESME                   | Read ESME Configuration Data Device Information (Billing Calendar - all periodicities)
ECS26m      | 00F9      | NC | dlms | SNA     | -   | ESME                   | Read ESME Configuration Data Device Information (identity, type and supply tamper state)
ECS26n      | 00FA      | NC | dlms | A       | -   | CHF                    | Read CHF Configuration Data Device Information (CH identity and type)
ECS27       | 0042      | NC | dlms | SNA     | -   | ESME                   | Read ESME Load Limit Data
ECS28a      | 0043      | CC | dlms | S       | rfd | ESME                   | Set Load Limit Configurations - General Settings
ECS28b      | 0044      | NC | dlms | S       | r   | ESME                   | Set Load Limit Configuration Counter Reset
ECS29a      | 0045      | NC | dlms | N       | r   | ESME                   | Set Voltage Configurations on ESME
ECS29b      | 00AE      | NC | dlms | N       | r   | ESME                   | Set Voltage Configurations on ESME - 3ph
ECS29c      | 00D1      | NC | dlms | N       | r   | ESME                   | Set Voltage Configurations on ESME without counter reset
ECS29d      | 00D2      | NC | dlms | N       | r   | ESME                   | Set Voltage Configurations on polyphase ESME without counter reset
ECS29e      | 00D3      | NC | dlms | N       | r   | ESME                   | Reset RMS Voltage Counters on ESME
ECS29f      | 00D4      | NC | dlms | N       | r   | ESME                   | Reset RMS Voltage Counters on polyphase ESME
ECS30       | 0046      | CC | dlms | S       | r   | ESME                   | Set Billing Calendar on the ESME
ECS30a      | 00D7      | CC | dlms | S       | r   | ESME                   | Set Billing Calendar on the ESME - all periodicities
ECS34       | 0047      | NC | dlms | S       | -   | ESME                   | Set Instantaneous Power Threshold Configuration
ECS35a      | 0048      | NC | dlms | SNA     | -   | ESME SAPC              | Read ESME Event Log
ECS35b      | 0049      | NC | dlms | SNA     | -   | ESME SAPC              | Read ESME Security Log
ECS35c      | 0093      | NC | dlms | A       | -   | CHF                    | Read CHF Event Log
ECS35d      | 0094      | NC | dlms | A       | -   | CHF                    | Read CHF Security Log
ECS35e      | 00B9      | NC | dlms | SNA     | -   | ESME                   | Read ESME Power Event Log
ECS35f      | 00BA      | NC | dlms | S       | -   | ESME                   | Read ALCS Event Log
ECS35g      | 00FD      | NC | dlms | SNL     | -   | ESME SAPC              | Read Auxiliary Controller Event Log
ECS37       | 004A      | NC | dlms | N       | r   | ESME                   | Set Maximum Demand Configurable Time Period
ECS38       | 004B      | CC | dlms | S       | r   | ESME SAPC              | Update Randomised Offset Limit
ECS39a      | 004C      | NC | dlms | S       | r   | ESME                   | Set MPAN Value on the ESME
ECS39b      | 004D      | NC | dlms | A       | r   | ESME                   | Set Export MPAN Value on the ESME
ECS40       | 004E      | NC | dlms | SNA     | -   | ESME                   | Read MPAN Value on the ESME
ECS42       | 004F      | CC | dlms | S       | r   | ESME                   | Remotely Close the Load Switch on the ESME
ECS43       | 0050      | CC | dlms | S       | r   | ESME                   | Remotely Open the Load Switch on the ESME
ECS44       | 0051      | CC | dlms | S       | r   | ESME                   | Arm Load Switch in ESME
ECS45       | 0052      | NC | dlms | SNA     | -   | ESME                   | Read Status of Load Switch in the ESME
ECS46a      | 0053      | CC | dlms | S       | -   | ESME SAPC              | Set Auxiliary Controller Descriptions
ECS46c      | 0054      | CC | dlms | S       | rfd | ESME                   | Set HC ALCS and ALCS configuration in ESME (excluding labels)
ECS46d      | 011A      | CC | dlms | S       | rfd | ESME SAPC              | Set Auxiliary Controller Calendar
ECS47       | 0055      | CC | dlms | S       | r   | ESME                   | Set or Reset HC ALCS or ALCS State
ECS47a      | 011E      | CC | dlms | S       | r   | ESME SAPC              | Set Auxiliary Controller [n] State
ECS47e      | 011F      | CC | dlms | L       | r   | ESME SAPC              | Limit APC [n] Level
ECS48       | 00DB      | CC | dlms | S       | r   | ESME                   | Configure daily resetting of Tariff Block Counter Matrix
ECS50       | 0058      | NC | dlms | A       | r   | ESME                   | Send CIN to ESME
ECS52       | 0059      | NC | dlms | SNA     | -   | ESME SAPC CHF          | Read ESME/SAPC/Comms Hub Firmware Version
ECS57       | 005A      | NC | dlms | N       | -   | ESME                   | Reset ESME Maximum Demand Registers
ECS61a      | 00BB      | NC | dlms | SA      | -   | ESME                   | Read HC ALCS and ALCS Data from ESME
ECS61c      | 005E      | NC | dlms | SA      | -   | ESME SAPC              | Read Boost Function Data
ECS61d      | 011C      | NC | dlms | SNAL    | -   | ESME SAPC              | Read Auxiliary Controller Configuration Data
ECS61e      | 011D      | NC | dlms | SNAL    | -   | ESME SAPC              | Read Auxiliary Controller Operational Data
ECS62       | 005F      | NC | dlms | S       | r   | ESME SAPC              | Set ALCS/APC and Boost Function Association
ECS66       | 0060      | NC | dlms | SNA     | -   | ESME                   | Read ESME Daily Consumption Log
ECS68       | 0061      | AC | dlms | -       | -   | ESME                   | ESME Critical Sensitive Alert (Billing Data Log)
ECS70       | 0062      | CC | dlms | S       | r   | ESME SAPC              | Set Clock on ESME
ECS80       | 0067      | AC | dlms | -       | -   | ESME                   | Supply Outage Restore Alert from ESME
ECS81       | 0068      | CC | dlms | S       | r   | ESME                   | Set Supply Tamper State on ESME
ECS82       | 0069      | NC | dlms | S       | -   | ESME                   | Read Meter Balance for ESME
ECS100      | 0120      | AC | dlms | -       | -   | ESME SAPC              | Command not supported by Device
ECS101      | 0121      | AC | dlms | -       | -   | ESME SAPC              | Limit APC [n] Level Command processed
ECS102      | 0122      | AC | dlms | -       | -   | ESME SAPC              | Limit APC [n] Level ended or cancelled
ECS200      | 0123      | AC | dlms | -       | -   | ESME SAPC              | Operational Update
FDEIA-DLMS  | 00CC      | AC | dlms | -       | -   | ESME SAPC              | Future Dated Execution Of Instruction Alert (DLMS COSEM)
FDEIA-ZigBee| 00CD      | AC | gbz  | -       | -   | GSME                   | Future Dated Execution Of Instruction Alert (GBZ)
FDFAA       | 00CA      | AC | asn1 | -       | -   | ESME GSME              | Future Dated Firmware Activation Alert
FDRA-DLMS   | 00CE      | AC | dlms | -       | -   | ESME                   | Firmware Distribution Receipt Alert (ESME)
FDRA-ZigBee | 00CF      | AC | gbz  | -       | -   | GSME                   | Firmware Distribution Receipt Alert (GSME)
FDULCSCA    | 0124      | AC | asn1 | -       | -   | ESME SAPC              | Future Dated Update Load Controller Security Credentials Alert
FDUSCA      | 00CB      | AC | asn1 | -       | -   | ESME GSME CHF GPF      | Future Dated Updated Security Credentials Alert
FTDRPM      | 00D5      | AN | dlms | -       | -   | CHF                    | Failure to Deliver Remote Party Message to ESME Alert
GCA-DLMS    | 1000      | AC | dlms | -       | -   | ESME SAPC CHF          | Generic Critical Alert (DLMS)
GCA-ZigBee  | 1000      | AC | gbz  | -       | -   | GSME GPF               | Generic Critical Alert (GBZ)
GCS01a      | 006B      | CC | gbz  | S       | rfd | GSME                   | Set Tariff and Price on GSME
GCS01b      | 00A3      | CC | gbz  | S       | rfd | GSME                   | Set Price on GSME
GCS02       | 006C      | CC | gbz  | S       | rfd | GSME                   | Set GSME Payment Mode to Credit
GCS03       | 006D      | CC | gbz  | S       | rfd | GSME                   | Set GSME Payment Mode to Prepayment
GCS04       | 006E      | CC | gbz  | S       | r   | GSME                   | Manage Debt on the GSME
GCS05       | 006F      | CC | gbz  | S       | rfd | GSME                   | Update Prepayment Configurations on GSME
GCS06       | 0070      | CC | gbz  | S       | r   | GSME                   | Activate Emergency Credit Remotely on GSME
GCS07       | 0071      | NC | gbz  | S       | -   | GSME                   | Send Message to GSME
GCS09       | 0072      | NC | gbz  | S       | -   | GPF                    | Set Change of Tenancy date on GPF
GCS11       | 0073      | NC | gbz  | S       | r   | GSME                   | Disable Privacy PIN Protection on GSME
GCS13a      | 0074      | NC | gbz  | SN      | d   | GSME GPF               | Read GSME Consumption Register
GCS13b      | 00B8      | NC | gbz  | S       | d   | GSME GPF               | Read GSME Block Counters
GCS13c      | 00B6      | NC | gbz  | SN      | d   | GSME GPF               | Read GSME Register (TOU)
GCS14       | 0075      | NC | gbz  | S       | d   | GSME GPF               | Read GSME Prepayment Register(s)
GCS15b      | 00C3      | NC | gbz  | SA      | -   | GSME GPF               | Read GSME Billing Data Log (change of mode / tariff triggered)
GCS15c      | 0076      | NC | gbz  | SA      | -   | GSME GPF               | Read GSME Billing Data Log (billing calendar triggered)
GCS15d      | 00C4      | NC | gbz  | SA      | -   | GSME GPF               | Read GSME Billing Data Log (payment-based debt payments)
GCS15e      | 00C5      | NC | gbz  | SA      | -   | GSME GPF               | Read GSME Billing Data Log (prepayment credits)
GCS16a      | 0077      | NC | gbz  | SA      | -   | GSME GPF               | Read GSME Daily Read log(s)
GCS16b      | 0096      | NC | gbz  | SA      | -   | GSME GPF               | Read GSME Daily Read log(s) (prepayment)
GCS17       | 0078      | NC | gbz  | SNA     | -   | GSME GPF               | Read GSME Profile Data Log
GCS18       | 0079      | NC | gbz  | SA      | -   | GSME                   | Read Gas Network Data Log
GCS20       | 00AD      | NC | gbz  | S       | -   | GSME                   | Set Alert Behaviours - GSME
GCS20r      | 00F1      | NC | gbz  | S       | -   | GSME                   | Read non-critical event and alert behaviours - GSME- Supplier
GCS21a      | 007B      | NC | gbz  | SNA     | -   | GSME                   | Read Gas Configuration Data Device Information
GCS21b      | 00B5      | NC | gbz  | S       | -   | GSME GPF               | Read GSME Configuration Data Prepayment
GCS21d      | 009D      | NC | gbz  | S       | -   | GSME                   | Read GSME Configuration Data Device Information (BillingCalendar)
GCS21e      | 009E      | NC | gbz  | S       | -   | GSME GPF               | Read GSME/GPF Configuration Data Device Information (device identity)
GCS21f      | 009F      | NC | gbz  | SA      | -   | GSME GPF               | Read GSME Tariff Data
GCS21j      | 00BF      | NC | gbz  | SA      | -   | GSME GPF               | Read GSME Configuration Data Device Information (Payment Mode)
GCS21k      | 00DA      | NC | gbz  | SA      | -   | GSME GPF               | Read GSME Configuration Data Device Information (BillingCalendar - all periodicities)
GCS21m      | 00FB      | NC | gbz  | SNA     | -   | GSME                   | Read GSME Configuration Data Device Information (identity, type and supply tamper / depletion state)
GCS23       | 007C      | CC | gbz  | S       | r   | GSME                   | Set CV and Conversion Factor Value(s) on the GSME
GCS24       | 007D      | CC | gbz  | S       | r   | GSME                   | Set Uncontrolled Gas Flow Rate and Supply Tamper State on the GSME
GCS24a      | 00FC      | CC | gbz  | S       | r   | GSME                   | Set Uncontrolled Gas Flow Rate at greater resolution and Supply Tamper State on the GSME
GCS25       | 007E      | CC | gbz  | S       | r   | GSME                   | Set Billing Calendar on the GSME
GCS25a      | 00D8      | CC | gbz  | S       | r   | GSME                   | Set Billing Calendar on the GSME - all periodicities
GCS28       | 007F      | CC | asn1 | S       | r   | GSME                   | Set Clock on GSME
GCS31       | 0080      | NC | gbz  | A       | r   | GSME                   | Start Network Data Log on GSME
GCS32       | 0081      | CC | gbz  | S       | r   | GSME                   | Remotely close the valve in the GSME
GCS33       | 0082      | NC | gbz  | SNA     | -   | GSME GPF               | Read GSME Valve Status
GCS36       | 0083      | NC | gbz  | A       | r   | GSME                   | Send CIN to GSME
GCS38       | 0084      | NC | gbz  | SNA     | -   | GSME GPF               | Read GSME Firmware Version
GCS39       | 0085      | CC | gbz  | S       | r   | GSME                   | Arm Valve in GSME
GCS40a      | 0086      | CC | gbz  | S       | r   | GSME                   | Adjust Prepayment Mode Meter Balance on the GSME
GCS40b      | 00B4      | CC | gbz  | S       | r   | GSME                   | Reset Prepayment Mode Meter Balance on the GSME
GCS40c      | 00C0      | CC | gbz  | S       | r   | GSME                   | Adjust Credit Mode Meter Balance on the GSME
GCS40d      | 00C2      | CC | gbz  | S       | r   | GSME                   | Reset Credit Mode Meter Balance on the GSME
GCS41       | 0087      | NC | gbz  | S       | r   | GSME                   | Set MPRN Value on the GSME
GCS44       | 0088      | NC | gbz  | S       | -   | GSME                   | Write Contact Details on GSME
GCS46       | 0089      | NC | gbz  | SNA     | -   | GSME GPF               | Read MPRN on the GSME
GCS53       | 008B      | AC | gbz  | -       | -   | GSME                   | Push Billing Data Log as an Alert
GCS59       | 008C      | NC | asn1 | A       | -   | GPF                    | Restore GPF Device Log
GCS60       | 008D      | NC | gbz  | S       | -   | GSME GPF               | Read Meter Balance for GSME
GCS60a      | 012A      | NC | gbz  | S       | d   | GSME GPF               | Read Meter Balance for GSME (from GPF or GSME)
GCS61       | 00A0      | NC | gbz  | SNA     | -   | GPF                    | Read gas Daily Consumption Log
GCS62       | 00B2      | AN | asn1 | -       | -   | GPF                    | Backup GPF Device Log
GNCA-DLMS   | 1001      | AN | dlms | -       | -   | ESME SAPC CHF          | Generic Non Critical Alert (DLMS)
GNCA-ZigBee | 1001      | AN | gbz  | -       | -   | GSME GPF               | Generic Non Critical Alert (GBZ)
HECS01      | 0119      | -  | -    | -       | -   | ESME                   | Request Control of HCALCS [n]
MIIWA-DLMS  | 00F0      | AN | dlms | -       | -   | ESME                   | Meter Integrity Issue Warning Alert - ESME
MIIWA-ZigBee| 00F2      | AN | gbz  | -       | -   | GSME                   | Meter Integrity Issue Warning Alert - GSME
PCS01       | 009B      | PG | gbz  | -       | -   | GSME                   | Apply Prepayment Top Up to a GSME using PPMID
PCS02       | 0090      | PG | gbz  | -       | -   | GSME                   | Activate Emergency Credit on GSME from PPMID
PECS01      | 0116      | -  | -    | -       | -   | ESME                   | Apply Prepayment Top Up to an ESME using PPMID
PECS02      | 0117      | -  | -    | -       | -   | ESME                   | Activate Emergency Credit on ESME from PPMID
PECS03      | 0118      | -  | -    | -       | -   | ESME                   | Request to Enable ESME Supply from PPMID
"""

FACTS: tuple[Facts, ...] = tuple(map(_read, _TABLE.strip().splitlines()))

#: Code of the use case that each message code belongs to; the DLMS one of the generic alerts that share theirs.
USE_CASE_OF_CODE: dict[int, str] = {code: facts.code for facts in reversed(FACTS) for code in facts.message_codes}

#: Title of each use case.
TITLES: dict[str, str] = {facts.code: facts.title for facts in FACTS}
