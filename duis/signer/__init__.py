"""The signing tool: what `duis sign`, `duis verify` and the signing service do, and that service over HTTP."""
