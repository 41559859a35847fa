"""What an ESME measures, and what it makes of that: registers, tariff, profiles, logs, demand, voltage."""

from __future__ import annotations

from devices.metering.load import NO_LOAD as NO_LOAD
from devices.metering.load import Load as Load
from devices.metering.load import LoadProfile as LoadProfile
from devices.metering.load import household as household
from devices.metering.load import netted as netted
from devices.metering.load import recorded as recorded
from devices.metering.load import solar as solar
from devices.metering.voltage import NOMINAL as NOMINAL
from devices.metering.voltage import RecordedVoltage as RecordedVoltage
from devices.metering.voltage import Sampled as Sampled
from devices.metering.voltage import Voltage as Voltage
from devices.metering.voltage import VoltageSource as VoltageSource
from devices.metering.voltage import feeder as feeder
