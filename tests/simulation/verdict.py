"""Runs a seed and judges it; and says how anybody can see the same again."""

import traceback
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from simulation.checkers import findings
from simulation.evidence import Evidence
from simulation.mutants import Bug, Caught
from simulation.world import simulate

if TYPE_CHECKING:
    from postgresql import Server

COMMAND = ".venv/bin/python tests/simulation/run.py --seed {seed}"

Judge = Callable[[int], list[str]]
"""Runs the world of a seed, and gives everything in it that speaks against a promise."""


def judge(seed: int, server: "Server | None" = None) -> list[str]:
    """Everything that speaks against a promise in the world of a seed."""
    try:
        return findings(Evidence(simulate(seed, server)))
    except Exception:  # noqa: BLE001  told whole, as one finding: the other seeds go on
        return [f"the world came to no end: {traceback.format_exc()}"]


def told(seed: int, found: list[str], command: str = COMMAND) -> str:
    """The findings of a seed, with the one command that replays it."""
    return "\n  ".join([f"seed {seed}: {command.format(seed=seed)}", *found])


def catch(bug: Bug, seeds: Iterable[int], judge: Judge = judge) -> Caught | None:
    """The first seed by which the bug is found, by the checker of the promise that it breaks; None where none does."""
    with bug.plant():
        for seed in seeds:
            for finding in judge(seed):
                if finding.startswith(f"{bug.checker}:"):
                    return Caught(seed, finding)
    return None
