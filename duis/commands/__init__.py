"""The subcommands of `duis`, a module each."""
