"""The Communications Hub: its own functions (CHF), the GPF, and the way of messages between the WAN and the HAN."""
