"""The gateway, an emulated DCC: users' DUIS requests on one side, devices on the WAN on the other."""
