"""`alertd confirm` and `alertd deny`: how a record stands from a moment on, as a time in its table."""

from collections.abc import Sequence

import typer

from alertd.cli.author import recorded
from alertd.cli.context import Context
from alertd.cli.options import ConfirmationChoice, Denial
from alertd.cli.preview import Edit
from alertd.cli.recording import listed, read_moment, record, require_answer, subject
from alertd.cli.records import SHOWN, RecordOption, no_such_record, records_of
from alertd.message.wording import clean
from alertd.register.editing import Value


def confirm(context: Context, truce: str, choice: ConfirmationChoice, *, yes: bool, json: bool) -> int:
    """Record that what somebody stated holds; returns the exit code."""
    require_answer(yes=yes)
    return record(context, decision(context, truce, choice), yes=yes, json=json)


def deny(context: Context, truce: str, choice: Denial, *, yes: bool, json: bool) -> int:
    """Record that what somebody stated does not hold; returns the exit code."""
    require_answer(yes=yes)
    return record(context, decision(context, truce, choice), yes=yes, json=json)


def decision(context: Context, truce: str, choice: ConfirmationChoice | Denial) -> Edit:
    """The edit that records that what somebody stated holds, or does not."""
    key = "denied" if isinstance(choice, Denial) else "confirmed"
    about = subject(context, truce)
    chosen = _chosen([each for each in records_of(about) if each.is_statement], key, choice)
    since = read_moment(about, choice.at, "--at")
    fields: dict[str, Value] = {key: since.value}
    if isinstance(choice, Denial):
        _require_another(choice, chosen)
        fields |= listed("denied_by", choice.by) | listed("denied_source", choice.source)
    fields |= recorded(about.hand, about.now, choice.recorded_by, of="decision")
    by = f" by {' and '.join(choice.by)}" if isinstance(choice, Denial) and choice.by else ""
    edited = about.lines.with_keys(chosen.path, fields)
    return about.edit(edited, f"{key}{by}: record {chosen.named}")


def _require_another(choice: Denial, chosen: RecordOption) -> None:
    """Whoever names the party that states the record with --by, and chose none, means --of."""
    if choice.record is None and choice.of is None:
        for party in choice.by or ():
            if chosen.is_stated_by(party):
                advice = f"{clean(party, SHOWN)} states this itself, and --by names who denies it: to choose what it "
                raise typer.BadParameter(f'{advice}states, write --of "{clean(party, SHOWN)}"', param_hint="--by")


def _chosen(records: Sequence[RecordOption], key: str, choice: ConfirmationChoice | Denial) -> RecordOption:
    if choice.record is not None:
        found = [record for record in records if record.number == choice.record]
        if found:
            return found[0]
        raise no_such_record(f"there is no record {choice.record}", records)
    open_ones = [record for record in records if record.undecided]
    if choice.of is not None:
        open_ones = [record for record in open_ones if record.is_stated_by(choice.of)]
    last = [record for record in open_ones if record.announced == max(other.announced for other in open_ones)]
    if len(last) == 1:
        return last[0]
    whose = f" of {choice.of}" if choice.of is not None else ""
    if last:
        raise no_such_record(f"several records{whose} were announced last: choose one with --record N", records)
    raise no_such_record(f"no record{whose} waits to be {key}: choose one with --record N", records)
