"""The account as an OpenAPI document, made from the endpoints and the shapes."""

from collections.abc import Mapping
from typing import Any

from trackingmore_v2.endpoints import ENDPOINTS, Endpoint
from trackingmore_v2.sandbox.asking import ALSO
from trackingmore_v2.sandbox.envelope import META
from trackingmore_v2.sandbox.schemas import CARRIER_CODE, NUMBER, SHAPES, Shapes
from trackingmore_v2.sandbox.shaping import TEXT, Schema, array, either, record

IN_PATH = {"carrier_code": CARRIER_CODE, "tracking_number": NUMBER}


def document() -> dict[str, Any]:
    """Return the document, OpenAPI 3.1; it holds for every setting of the switches.

    Application errors are HTTP 200 too: an answer's own code says what became of the request.
    """
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in ENDPOINTS:
        for method in (endpoint.method, ALSO.get(endpoint)):
            if method:
                operation = _operation(endpoint, SHAPES[endpoint], method)
                paths.setdefault(endpoint.path, {})[method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "A TrackingMore v2 account in a sandbox", "version": "2"},
        "servers": [{"url": "/v2"}],
        "security": [{"key": []}],
        "components": {
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "Trackingmore-Api-Key"}
            }
        },
        "paths": paths,
    }


def _operation(endpoint: Endpoint, shapes: Shapes, method: str) -> dict[str, Any]:
    query, body = shapes.query, shapes.body
    if method != endpoint.method:  # the same fields in the other place
        if method == "POST":
            query, body = {}, record({}, query)
        else:
            query, body = (body or {})["properties"], None
    operation: dict[str, Any] = {
        "operationId": f"{method.lower()} {endpoint.name}".replace(" ", "_"),
        "summary": endpoint.name,
        "parameters": _parameters(endpoint, query),
        "responses": {
            "200": {
                "description": "Whatever became of it",
                "content": {"application/json": {"schema": _envelope(shapes)}},
            }
        },
    }
    if body is not None:
        operation["requestBody"] = {"content": {"application/json": {"schema": body}}}
    return operation


def _parameters(endpoint: Endpoint, query: Mapping[str, Schema]) -> list[dict[str, Any]]:
    held = [name for name in IN_PATH if f"{{{name}}}" in endpoint.path]
    return [
        *({"name": name, "in": "path", "required": True, "schema": IN_PATH[name]} for name in held),
        *({"name": name, "in": "query", "schema": schema} for name, schema in query.items()),
    ]


def _envelope(shapes: Shapes) -> Schema:
    """Return the schema of an answer: the data of a success, or a refusal without any."""
    refusals = [code for code in META if code not in (200, 201)]
    return either(
        record({"meta": _meta({"const": shapes.code}), "data": shapes.data}),
        record({"meta": _meta({"enum": refusals}), "data": array(TEXT, most=0)}),
    )


def _meta(code: Schema) -> Schema:
    return record({"code": code, "type": TEXT, "message": TEXT})
