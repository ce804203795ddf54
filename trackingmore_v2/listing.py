"""The list's answers, split into payloads that are parsed when somebody asks for one."""

from collections.abc import Iterator, Sequence
from typing import Any, overload

import msgspec

from trackingmore_v2.envelope import parse


class Payloads(Sequence[Any]):
    """The payloads of one answer, each as the server spelt it until it is asked for.

    A page of 2000 parcels holds a quarter of a million values, and whoever reads columns needs
    none of them as an object of Python.
    """

    def __init__(self, spelt: Sequence[bytes]) -> None:
        self.spelt = spelt

    def __len__(self) -> int:
        return len(self.spelt)

    def __iter__(self) -> Iterator[Any]:
        return map(parse, self.spelt)

    @overload
    def __getitem__(self, place: int) -> Any: ...

    @overload
    def __getitem__(self, place: slice) -> "Payloads": ...

    def __getitem__(self, place: int | slice) -> Any:
        if isinstance(place, slice):
            return Payloads(self.spelt[place])
        return parse(self.spelt[place])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Payloads({len(self.spelt)})"


class _Data(msgspec.Struct):
    items: list[msgspec.Raw]
    page: Any = None
    limit: Any = None
    total: Any = None


class _Envelope(msgspec.Struct):
    meta: Any
    data: _Data


_DECODER = msgspec.json.Decoder(_Envelope)


def parse_listing(body: bytes) -> Any:
    """Return an answer of the list as `parse` does, but for its payloads: they are `Payloads`.

    What is no list of payloads, or is spelt in a way that is no JSON, is parsed to the end.

    Raises:
        ValueError, RecursionError: it is no JSON, or nested too deep.
    """
    try:
        said = _DECODER.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return parse(body)
    data = {
        "page": said.data.page,
        "limit": said.data.limit,
        "total": said.data.total,
        "items": Payloads([bytes(item) for item in said.data.items]),
    }
    return {"meta": said.meta, "data": data}
