"""The subcommands of `smki`, a module each."""
