"""The table of the planted bugs in README.md: which seed found each, by which checker, and what it said."""

from pathlib import Path

from simulation.mutants import Bug, Caught

README = Path(__file__).parent / "README.md"
BEGINS, ENDS = "<!-- planted -->\n", "<!-- /planted -->"
HEAD = "| bug | found by seed | checker | what it said |\n|---|---|---|---|\n"


def row_of(bug: Bug, caught: Caught | None) -> str:
    """The line of a bug."""
    if caught is None:
        return f"| {bug.name} | none | `{bug.checker}` | |"
    said = caught.finding.partition(": ")[2].replace("|", "\\|")
    return f"| {bug.name} | {caught.seed} | `{bug.checker}` | {said} |"


def rows(readme: Path = README) -> list[tuple[int, str]]:
    """The lines that stand there, each with its seed."""
    table = readme.read_text().partition(f"{BEGINS}{HEAD}")[2].partition(ENDS)[0]
    return [(int(row.split("|")[2]), row) for row in table.splitlines()]


def write(lines: list[str], readme: Path = README) -> None:
    """Put these lines in the place of those that stand there."""
    before, _, rest = readme.read_text().partition(BEGINS)
    readme.write_text(
        f"{before}{BEGINS}{HEAD}" + "".join(f"{line}\n" for line in lines) + ENDS + rest.partition(ENDS)[2]
    )
