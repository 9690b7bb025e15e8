"""The JSON of the board as OpenAPI describes it, made from the values that are printed, so that it cannot differ."""

from typing import Any

from pydantic import TypeAdapter

from alertd import __version__
from alertd.status.delivery_views import HistoryView
from alertd.status.views import StatusView

_WORDS = {
    "tag": "Only truces with this tag.",
    "q": "Only truces with each of these words in their id, name, title, area or parties.",
    "truce": "Only deliveries of the truce with this id.",
    "channel": "Only deliveries of this channel.",
    "since": "Only deliveries from this moment on, such as 2016-05-04T01:00:00Z.",
}
_FORMATS = {"since": {"format": "date-time", "pattern": "^(19|20|21)"}}
"""Of what is no text of any kind: here a moment, in the years that alertd reads."""
_REFUSED = {"description": "A parameter is not known, or cannot be read.", "content": {"text/plain": {}}}


def description() -> dict[str, Any]:
    """The document by OpenAPI 3.1."""
    schemas: dict[str, Any] = {}
    truces = _schema(TypeAdapter(StatusView), schemas)
    deliveries = _schema(TypeAdapter(list[HistoryView]), schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "The board of alertd", "version": __version__},
        "security": [{}, {"token": []}],
        "paths": {
            "/api/v1/truces": _path("Where everything stands, as `alertd status --json`.", truces, "tag", "q"),
            "/api/v1/deliveries": _path(
                "The delivery history, as `alertd history --json`.", deliveries, "truce", "channel", "since", "tag", "q"
            ),
        },
        "components": {"schemas": schemas, "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    }


def _schema(of: TypeAdapter[Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """The schema of an answer; what it is made of goes into `schemas`."""
    made = of.json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
    parts = made.pop("$defs", {})
    for each in (made, *parts.values()):
        if "properties" in each:
            each["required"] = list(each["properties"])  # keys are always there, unknown is null
    schemas |= parts
    return made


def _path(summary: str, schema: dict[str, Any], *parameters: str) -> dict[str, Any]:
    answer = {"description": "As it is now.", "content": {"application/json": {"schema": schema}}}
    asked = [
        {
            "name": name,
            "in": "query",
            "description": _WORDS[name],
            "schema": {"type": "string"} | _FORMATS.get(name, {}),
        }
        for name in parameters
    ]
    return {"get": {"summary": summary, "parameters": asked, "responses": {"200": answer, "400": _REFUSED}}}
