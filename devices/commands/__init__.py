"""The subcommands of `devices`, a module each."""
