"""The shell: commands and Prefect flows over the pure core and its two adapters."""
