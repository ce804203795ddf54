"""The few words that engines spell differently; all else of `current` is SQL that both read."""

from collections.abc import Mapping
from typing import NamedTuple


class Dialect(NamedTuple):
    """How one engine says it; `{}` stand for what is given."""

    name: str
    struct: str  # of its fields
    field: str  # of a struct: name, value
    no_rows: str  # an empty list of structs: their fields
    declared: str  # a field of a type: name, type
    listed: str  # the structs of a group as a list, by their first field
    fold: str  # a list: items, first state, following state from s and x
    append: str  # to a list: list, one more
    unfolded: str  # a list of structs as rows of their fields
    micros: str  # of an instant
    instant: str  # of micros

    def made(self, fields: Mapping[str, str]) -> str:
        """Return the expression of a struct."""
        return self.struct.format(
            ", ".join(self.field.format(name, value) for name, value in fields.items())
        )

    def empty(self, types: Mapping[str, str]) -> str:
        """Return the expression of an empty list of structs."""
        return self.no_rows.format(
            ", ".join(self.declared.format(name, kind) for name, kind in types.items())
        )


SPARK = Dialect(
    name="spark",
    struct="named_struct({})",
    field="'{}', {}",
    no_rows="cast(array() as array<struct<{}>>)",
    declared="{}: {}",
    listed="sort_array(collect_list({}))",
    fold="aggregate({items}, {first}, (s, x) -> {following})",
    append="concat({}, array({}))",
    unfolded="inline({})",
    micros="unix_micros({})",
    instant="timestamp_micros({})",
)
DUCKDB = Dialect(
    name="duckdb",
    struct="{{{}}}",
    field="'{}': {}",
    no_rows="cast([] as struct({})[])",
    declared="{} {}",
    listed="list_sort(list({}))",
    fold="list_reduce({items}, lambda s, x: {following}, {first})",
    append="list_append({}, {})",
    unfolded="unnest({}, recursive := true)",
    micros="epoch_us({})",
    instant="make_timestamptz({})",
)
