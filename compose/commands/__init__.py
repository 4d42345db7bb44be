"""The subcommands of `wallwatch`, one module each, loaded only when called."""
