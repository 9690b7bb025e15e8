"""Runs the simulator of two nodes by hand, as run.py does that of one.

.venv/bin/python tests/simulation/pair/run.py --seed 17 --log
.venv/bin/python tests/simulation/pair/run.py --seeds 1:20001 --processes 2
.venv/bin/python tests/simulation/pair/run.py --plant
"""

import sys
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from simulation.pair.checkers import findings
from simulation.pair.evidence import PairEvidence
from simulation.pair.mutants import BUGS, SEEDS
from simulation.pair.world import simulate
from simulation.run import judged, options, plant, report

COMMAND = ".venv/bin/python tests/simulation/pair/run.py --seed {seed}"

README = Path(__file__).parent / "README.md"


def main(arguments: list[str]) -> int:
    """Give 0 where nothing was found."""
    parser = options(__doc__)
    asked = parser.parse_args(arguments)
    if asked.plant:
        return plant(BUGS, SEEDS, judge, README)
    if asked.seeds is not None:
        seeds = range(*map(int, asked.seeds.split(":")))
    elif asked.seed is not None:
        seeds = range(asked.seed, asked.seed + 1)
    else:
        parser.error("name a seed, several seeds, or --plant")
    if asked.log:
        print(simulate(seeds[0]).text(), end="")
    return report(judged(seeds, asked.processes, judge), COMMAND)


def judge(seed: int) -> list[str]:
    """Everything that speaks against a promise in the world of a seed."""
    try:
        return findings(PairEvidence(simulate(seed)))
    except Exception:  # noqa: BLE001  told whole, as one finding: the other seeds go on
        return [f"the world came to no end: {traceback.format_exc()}"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
