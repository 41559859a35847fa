"""COSEM interface classes and the objects of GB devices, as data (DLMS Blue Book 4; GBCS use case tables, SMETS names).

Use cases name these objects, devices instantiate them: what an attribute holds is said here and nowhere else.
"""

from __future__ import annotations

from gbcs.cosem.objects.alerts import *
from gbcs.cosem.objects.auxiliary import *
from gbcs.cosem.objects.device import *
from gbcs.cosem.objects.hub import *
from gbcs.cosem.objects.logs import *
from gbcs.cosem.objects.model import CosemObject as CosemObject
from gbcs.cosem.objects.model import InterfaceClass as InterfaceClass
from gbcs.cosem.objects.model import Member as Member
from gbcs.cosem.objects.model import Method as Method
from gbcs.cosem.objects.network import *
from gbcs.cosem.objects.prepayment import *
from gbcs.cosem.objects.protection import *
from gbcs.cosem.objects.registers import *
from gbcs.cosem.objects.supply import *
from gbcs.cosem.objects.tariff import *
