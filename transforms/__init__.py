"""The pure core: payloads in, tables out. No clock, no environment, no I/O."""
