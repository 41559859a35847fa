"""Response codes and DCC Alert codes: what the DCC says in the header of a Response and in an alert.

The letter of a response code tells information (I), warning (W) and error (E). Six digits after it are the service
reference, two digits each part, and a number.
"""

from __future__ import annotations

#: Source: DUIS, type ResponseCode, and the DUIS table of response codes. No text is published for the empty ones.
_GENERAL = {
    "I0": "success",
    "I99": "accepted; the outcome follows, or there is none to report",
    "E1": "the signer is no user, or has no User Role with this EUI-64",
    "E2": "the User Role is not eligible for this service",
    "E3": "the user is suspended or not yet active",
    "E4": "the user was not responsible for this device at that date",
    "E5": "the device's SMI status rules this service out",
    "E11": "this type of device does not have the service",
    "E12": "the service does not have this command variant",
    "E13": "the request was sent to the wrong web service",
    "E17": "the command is not available for local delivery",
    "E19": "the device is not in the inventory",
    "E20": "the command could not be delivered to the device",
    "E21": "the device did not respond",
    "E30": "time ran out on a future-dated request",
    "E31": "time ran out on a scheduled request",
    **{f"E{number}": "refused by the SMETS1 service provider's checks" for number in range(40, 72)},
    "E100": "the DCC does not take the request; no other code fits",
    **{f"E{number}": "" for number in (1000, 1001, 1003, 1004, 1006, 1007, 1008, 1010, 1011)},
}
#: Service reference as the codes have it: letters and numbers of its codes, and what they are about.
_SPECIFIC = {
    "0101": ("E01 E02", "tariff that is not consistent, or not for the device"),
    "0102": ("E01", "price that is not consistent, or not for the device"),
    "0303": ("E01 E02", "log that the device does not have"),
    "0401": ("E01", "registers that the device does not have"),
    "0417": ("E01", "log that the device does not have"),
    "0501": ("E01 E02 E03 E05 E07 E08 E09 E10 E11 E12", "schedule that cannot be made"),
    "0502": ("E01 E02 W01", "schedule that is not known"),
    "0503": ("E01 E02 W01", "schedule that is not known"),
    "0605": ("E01 E02", "values that are not for the device"),
    "0607": ("E01", "values that are not for the device"),
    "0608": ("E01 E02 E03", "values that are not for the device"),
    "0613": ("E01 E04 E05", "log that the device or the User Role does not have"),
    "0615": ("E01 E04 E05 E06 E07 E08 E09", "certificates or counters that do not fit"),
    "0618": ("E01 E02 E03", "values that are not for the device"),
    "0621": ("E01 E02 E03 E05", "certificates or roles that do not fit"),
    "0622": ("E01 E02 E03", "alert that may not be configured"),
    "0623": ("E01 E02 E03 E04 E05 E06", "certificates, supplier or MPxN that do not fit"),
    "0624": ("E01 E02 E03", "credentials that cannot be read"),
    "0628": ("E01 E02 E03", "values that do not go together"),
    "0802": ("E01 E02", "inventory search that finds nothing or says nothing"),
    "0803": ("E01 E02", "device or status that does not allow it"),
    "0804": ("E05 E06 E07 E08 E09 E10 E11 E12 E13 E14 E15", "change that the inventory does not allow"),
    "0805": ("E01 E02 E03", "device that cannot be opted out"),
    "0806": ("E01 E02 E04 E06 E07", "device that cannot be opted in"),
    "0807": ("E02 E21 E22 E23", "devices that cannot be joined"),
    "0808": ("E01 E21 E22", "devices that cannot be unjoined"),
    "0809": ("E01 E02 E03", "device log that cannot be read"),
    "0811": ("E01 E02 E04 E05 E06 E07 E08 E09 E10 E11", "change that the device log does not allow"),
    "0812": ("E02 E04 E05 E21 E22 E23", "device log that cannot be restored"),
    "0813": ("E01 E02 E03", "local response that does not fit a request"),
    "0814": ("E01 E02 E05 E06 W01", "Communications Hub status that does not fit"),
    "1101": ("E01 E02 E03 E05 E06 W01", "firmware or devices that do not fit"),
    "1104": ("E01 E02 E03 E05 W01", "firmware or devices that do not fit"),
    "1201": ("E01 E02 E03", "address that is not known"),
    "1202": ("E01 E03 E04 E07", "device that is known, or not on the Certified Products List"),
}
#: Every response code, with what it means.
RESPONSE_CODES = _GENERAL | {
    f"{code[0]}{service}{code[1:]}": text for service, (codes, text) in _SPECIFIC.items() for code in codes.split()
}
#: Every DCC Alert code; there is no N32. Source: DUIS, type DCCAlertCode.
ALERT_CODES = ("AD1", *(f"N{number}" for number in (*range(1, 32), *range(33, 66), 999)))
