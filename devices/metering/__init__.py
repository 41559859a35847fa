"""What an ESME measures, and what it makes of that: registers, tariff, profiles, logs, demand."""

from __future__ import annotations

from devices.metering.load import NO_LOAD as NO_LOAD
from devices.metering.load import Load as Load
from devices.metering.load import LoadProfile as LoadProfile
from devices.metering.load import household as household
from devices.metering.load import netted as netted
from devices.metering.load import recorded as recorded
from devices.metering.load import solar as solar
