"""The ZCL side of a gas device: its attributes, records and publications, and the commands executed on them."""
