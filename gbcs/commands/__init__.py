"""The subcommands of `gbcs`, a module each."""
