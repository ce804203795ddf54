"""Words for a person."""


def counted(number: int, thing: str, things: str = "") -> str:
    """Return "1 parcel", "2,000 parcels"; *things* where an s does not make the plural."""
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"
