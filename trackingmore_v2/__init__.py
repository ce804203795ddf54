"""TrackingMore's v2 dialect: HTTP in, dicts out."""
