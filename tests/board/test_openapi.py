"""The description of the JSON: true of what is answered, and of what can be asked."""

import pytest
from board.register import CLAIM, GHOUTA, LATAKIA, OPEN, REFUSED, TERMINATION
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

EVERYTHING = GHOUTA + CLAIM + LATAKIA + TERMINATION + OPEN + REFUSED


async def described(viewer) -> dict[str, tuple[Draft202012Validator, list[str]]]:
    """For each address the check of its answer, and its parameters."""
    document = await viewer.get_json("/api/v1/openapi.json")
    found = {}
    for path, asked in document["paths"].items():
        schema = asked["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        Draft202012Validator.check_schema(schema)
        check = Draft202012Validator(schema | {"components": document["components"]})
        found[path] = check, [each["name"] for each in asked["get"]["parameters"]]
    return found


async def test_each_answer_is_as_the_document_says(look):
    async with look(EVERYTHING) as viewer:
        for at in ("2016-05-02T12:00:05", "2016-05-02T16:45", "2016-05-03T22:00"):
            await viewer.tick(at)
        paths = await described(viewer)
        assert set(paths) == {"/api/v1/truces", "/api/v1/deliveries"}
        for path, (check, _) in paths.items():
            told = await viewer.get_json(path)
            check.validate(told)
            row = told["truces"][0] if path.endswith("truces") else told[0]
            del row["truce" if "truce" in row else "title"]
            with pytest.raises(ValidationError, match="required"):
                check.validate(told)


async def test_the_parameters_are_those_that_the_addresses_know(look):
    async with look(GHOUTA) as viewer:
        for path, (_, names) in (await described(viewer)).items():
            async with viewer.request("GET", f"{path}?nothing=1") as answer:
                assert (await answer.text()).endswith(f"it knows {', '.join(names)}.\n")
            for name in names:
                value = "2016-05-02T12:00Z" if name == "since" else "x"
                assert await viewer.status(f"{path}?{name}={value}") == 200


async def test_a_truce_has_its_title_its_start_every_other_end_and_the_address_of_its_page(look):
    async with look(GHOUTA + CLAIM, board='url = "https://board.example.org"') as viewer:
        (truce,) = (await viewer.get_json("/api/v1/truces"))["truces"]
        wanted = ("title", "area", "tags", "starts", "claims", "link")
        assert {name: truce[name] for name in wanted} == {
            "title": "Calm in Ghouta",
            "area": "Ghouta",
            "tags": ["syria", "damascus"],
            "starts": "2016-05-02T07:00:00Z",
            "claims": [{"at": "2016-05-03T17:00:00Z", "stated_by": ["Russian centre"], "confirmed": False}],
            "link": "https://board.example.org/truces/ghouta",
        }
