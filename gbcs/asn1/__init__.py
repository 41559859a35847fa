"""ASN.1 payloads: security credentials, joining, firmware and the gas clock (GBCS 13; message structure 6)."""
