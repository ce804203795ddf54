"""The work as plain functions: what flows wrap as tasks and commands run directly."""
