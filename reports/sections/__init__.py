"""The report's sections, one module each: what it asks, what it draws, what it says."""
