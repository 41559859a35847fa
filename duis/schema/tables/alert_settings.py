"""Service reference 6.22: which alerts a device raises, and how."""

DEFINITIONS = """
ConfigureAlertBehaviour = ElectricitySupplierAlerts | ElectricitySupplierHANAlertSettings ElectricitySupplierAlerts
    | ElectricitySupplierAlarmSettings ElectricitySupplierAlerts
    | ElectricitySupplierLoggingSettings ElectricitySupplierAlerts | ElectricityNetworkOperatorAlerts
    | ElectricityNetworkOperatorLoggingSettings ElectricityNetworkOperatorAlerts
    | GasSupplierAlerts | GasSupplierAlertEventSettings
Setting = <Disable Enable>

ElectricitySupplierAlerts = SupplierESMECommon?, SupplierESMEPolyPhase? (x81B7? Setting)
SupplierESMECommon = each x <810D 810E 8119 8145 8154 8155 8161 8162 8168 8183
    81A0 81A1 81A2 81A3 81A4 81A5 81A6 81A7 81A8 81A9 81AA 81AB 81AC 81AD 81AE 81AF
    81B0 81B1 81B2 81B3 81B8 81B9 81BA 81BB 81BC 81BD 81BE 81C0 81C1 81C4 81C5 81C6>? Setting

ElectricityNetworkOperatorAlerts = NetworkOperatorESMECommon? (each x <8014 8015>? Setting),
    (NetworkOperatorESMESinglePhase? | NetworkOperatorESMEPolyPhase?)
NetworkOperatorESMESinglePhase = each x <8002 8006 8020 8024 8028 802C 8085 8089 808D 8091 8095 8099 8010>? Setting
NetworkOperatorESMEPolyPhase = each x <8003 8004 8005 8007 8008 8009 8021 8022 8023 8025 8026 8027 8029 802A
    802B 802D 802E 802F 8086 8087 8088 808A 808B 808C 808E 808F 8090 8092 8093 8094 8096 8097 8098 809A 809B
    809C 8011 8016 8013>? Setting

GasSupplierAlerts = each x <810D 810E 8119 8145 8154 8155 8168 8183 8184 81A1 81A4 81A5 81A6 81A7 81A8 81A9
    81AA 81AB 81AC 81AD 81AE 81AF 81B0 81B1 81B2 81B3 81B4 81B5 81B6 81B9 81BA 81BC 81BD 81BE 81BF
    81C0 81C2 81C3 81C4 81C5>? Setting
GasSupplierAlertEventSettings = each x <810D 810E 8119 8145 8154 8155 8161 8162 8168 8183 8184
    81A0 81A1 81A4 81A5 81A6 81A7 81A8 81A9 81AA 81AB 81AC 81AD 81AE 81AF
    81B0 81B1 81B2 81B3 81B4 81B5 81B6 81B9 81BA 81BC 81BD 81BE 81BF 81C0 81C2 81C3 81C4 81C5 81C6>?
    (WANAlert Setting, HANAlert Setting, EventLog Setting, Alarm Setting)
"""
