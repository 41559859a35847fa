"""The demonstration: a supplier reads an emulated meter through an emulated DCC, on real sockets between processes."""
