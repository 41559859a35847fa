"""Response codes: what the DCC says about a request in the header of a Response.

The letter tells information (I), warning (W) and error (E); six digits after it are specific to a service reference.
Codes that are not in the table occur and are read all the same.
"""

from __future__ import annotations

#: Source: DUIS, type ResponseCode, and the DUIS table of response codes.
RESPONSE_CODES = {
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
    "E100": "the DCC does not take the request; no other code fits",
}
