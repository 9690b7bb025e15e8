"""TOML tables against their pydantic models: what does not fit, in alertd's words, and the rest still used.

Truce files and settings share this: one wrong key must not hide the others, and neither pydantic's own wording nor
the value that did not fit ever reaches a person. What a table means is the business of its reader.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from functools import lru_cache
from typing import Annotated, Any, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from alertd.errors import Code, TimeRefused
from alertd.times.duration import parse_lead
from alertd.toml.load import TomlTable
from alertd.toml.positions import KeyPath

STRICT = ConfigDict(extra="forbid", strict=True, frozen=True)
"""The rules for every table: no unknown key, and no value turned into another type."""

LONGEST_LEAD = timedelta(days=366)
"""A time that reaches farther than this from a moment is a mistake, and could lead out of the calendar."""

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FieldError:
    """A key that does not fit its table, or whose value does not."""

    path: KeyPath
    code: Code
    message: str


def validate_partial(model: type[M], table: Mapping[str, object]) -> tuple[M, tuple[FieldError, ...]]:
    """Validate a table and leave out each key that does not fit.

    Every field of the model needs a default, and only fields may refuse: what is missing is for the reader to say.
    """
    rest: Mapping[str, object] = table
    field_errors: dict[KeyPath, FieldError] = {}
    while True:
        try:
            return model.model_validate(rest), tuple(field_errors.values())
        except ValidationError as error:
            details = error.errors(include_url=False, include_input=False)
        keys = []
        for detail in details:
            if detail["type"] == "default_factory_not_called":  # as another key does not fit
                continue
            path, key = _place(rest, detail["loc"])
            field_errors.setdefault(key, _fault(model, path, key, detail))
            keys.append(key)
        rest = _without(rest, keys)


def without_each(table: TomlTable, paths: Iterable[KeyPath]) -> TomlTable:
    """A copy that lacks some keys; what stands in a list takes that list with it."""
    without: TomlTable = _without(table, [_place(table, path)[1] for path in paths])
    return without


def refusal(code: Code, message: str) -> PydanticCustomError:
    """The error that a validator raises, so that the fault carries this code and this text."""
    return PydanticCustomError(code.value, "{message}", {"message": message})


def unknown_key(key: str, known: Collection[str]) -> str:
    """The text to write instead of a key that means nothing here."""
    near = _nearest(key.lower(), tuple(known))
    if near is not None:
        return f"unknown key `{key}`: did you mean `{near}`?"
    return f"unknown key `{key}`; known here are {', '.join(f'`{name}`' for name in sorted(known))}"


@lru_cache(maxsize=1_024)
def _nearest(key: str, known: tuple[str, ...]) -> str | None:
    """The known key that is most like another, looked for once: a mistake is often made in every truce."""
    return next(iter(get_close_matches(key, known, n=1)), None)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def as_tuple(value: object) -> object:
    """One text or a TOML list as a tuple; anything else as it is, for the model to refuse."""
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


def once_each(items: tuple[T, ...]) -> tuple[T, ...]:
    """The items in their order, without repetitions."""
    return tuple(dict.fromkeys(items))


def _lead_or_zero(value: object) -> timedelta:
    return timedelta() if value == "0" else _lead(value)


def _lead(value: object) -> timedelta:
    try:
        lead = parse_lead(value)
    except TimeRefused as refused:
        message = 'takes a duration with its unit, in quotes, such as "24h", "90m" or "2d"'
        raise refusal(refused.code, message) from refused
    if lead > LONGEST_LEAD:
        raise refusal(Code.BAD_DURATION, "takes a duration of at most a year")
    return lead


Line = Annotated[str, AfterValidator(_one_line)]
"""A text that stands in titles and headers: white space, line ends too, becomes single blanks."""

Texts = Annotated[tuple[str, ...], BeforeValidator(as_tuple)]
"""One text, or a list of them."""

Lead = Annotated[timedelta, BeforeValidator(_lead)]
"""A distance from a moment, of which a day is 24 h."""

Leads = Annotated[tuple[Lead, ...], BeforeValidator(as_tuple), AfterValidator(once_each)]
"""Several, each once."""

LeadsAndZero = Annotated[
    tuple[Annotated[timedelta, BeforeValidator(_lead_or_zero)], ...],
    BeforeValidator(as_tuple),
    AfterValidator(once_each),
]
"""The same, where `"0"` is the moment itself."""


def _place(table: Mapping[str, object], location: tuple[int | str, ...]) -> tuple[KeyPath, KeyPath]:
    """The place to which an error's location leads into the table, and the last key on that way."""
    path: KeyPath = ()
    key: KeyPath = ()
    value: Any = table
    for part in location:
        if isinstance(value, dict) and part in value:
            path = key = (*path, part)
        elif isinstance(value, list | tuple) and isinstance(part, int):
            path = (*path, part)
        else:
            break
        value = value[part]
    return path, key


def _without(value: Any, paths: Iterable[KeyPath]) -> Any:  # noqa: ANN401  whatever TOML holds
    """A copy that lacks some keys, and shares all that is not on the way to one of them."""
    below: dict[str | int, list[KeyPath]] = defaultdict(list)
    for path in paths:
        below[path[0]].append(path[1:])
    if isinstance(value, list):
        return [_without(item, below[index]) if index in below else item for index, item in enumerate(value)]
    return {
        key: _without(item, below[key]) if key in below else item
        for key, item in value.items()
        if () not in below.get(key, ())
    }


_EXPECTED = {
    "string_type": "takes a text in double quotes",
    "bool_type": "takes true or false, without quotes",
    "list_type": "takes a list in brackets",
    "tuple_type": "takes a text in double quotes, or a list of them in brackets",
    "model_type": "takes a table",
    "dict_type": "takes a table",
}


def _fault(model: type[BaseModel], path: KeyPath, key: KeyPath, detail: ErrorDetails) -> FieldError:
    kind = detail["type"]
    name = key[-1]
    if kind == "extra_forbidden":
        return FieldError(path, Code.UNKNOWN_KEY, unknown_key(str(name), _known_keys(model, key[:-1])))
    if kind in set(Code):
        return FieldError(path, Code(kind), f"`{name}` {detail['ctx']['message']}")
    return FieldError(path, Code.SYNTAX, f"`{name}` {_EXPECTED.get(kind, 'does not take such a value')}")


def _known_keys(model: type[BaseModel], table: KeyPath) -> Collection[str]:
    for part in table:
        if isinstance(part, str):
            model = next(nested for nested in _models(_field(model, part)))
    return [field.alias or name for name, field in model.model_fields.items()]


def _field(model: type[BaseModel], key: str) -> object:
    return next(field.annotation for name, field in model.model_fields.items() if key in (field.alias, name))


def _models(annotation: object) -> list[type[BaseModel]]:
    """The models that an annotation speaks of, such as the one in `list[Model] | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in _models(argument)]
