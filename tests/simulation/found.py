"""Seeds that found something, and what: each is run again with every change.

A seed tells its story only as long as the simulator draws from it as it did then, so the story stands beside it.
"""

FOUND: dict[int, str] = {
    35: (
        "The first failure of a target that had succeeded before was kept as text instead of a moment. After the next "
        "restart the target's worker died of it while it asked whether it had been failing, and said nothing any more."
    ),
}
