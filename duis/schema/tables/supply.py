"""Service references 7.1 to 7.16: supply and load control."""

DEFINITIONS = """
EnableSupply, DisableSupply, ArmSupply, ReadSupplyStatus = ()

ActivateAuxiliaryLoad = ActivateALCSHCALCS SwitchForDuration
DeactivateAuxiliaryLoad = DeactivateALCSHCALCS SwitchForDuration
SwitchForDuration = @index 1..5, Duration uint16
ResetAuxiliaryLoad = ResetALCSHCALCS (@index 1..5)
ReadALCSData = +FutureDated
AddAuxiliaryLoadToBoostButton = +FutureDated, AddToBoostButton{5} (@index 1..5, #text boolean)
RemoveAuxiliaryLoadFromBoostButton = +FutureDated, RemoveFromBoostButton{5} (@index 1..5, #text boolean)
ReadBoostButtonDetails = +ReadLog
SetRandomisedOffsetLimit = RandomisedOffsetLimit 0..1799

SetAuxiliaryControllerState, LimitAPCLevel = @auxiliaryControllerN 1..5,
    StartDateTime dateTime, EndDateTime dateTime, CommandedStateLevel 0..100, InputFromControlledLoad? ()
ReadAuxiliaryControllerConfigurationData, ReadAuxiliaryControllerOperationalData = +FutureDated
"""
