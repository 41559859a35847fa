"""The control plane of a process: devices looked at, set, broken and put back over HTTP ([docs/control.md]).

`plane` is what it does, without sockets; `routes` the one table of its HTTP interface, from which `openapi` makes the
document and `server` the server.
"""
