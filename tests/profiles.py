"""How many examples Hypothesis tries: few while one works, more before a change lands, many when there is time.

`HYPOTHESIS_PROFILE` names the profile: dev, ci or long. Without it, it is ci, as on every machine that sets `CI`.
"""

from collections.abc import Mapping

import hypothesis

SHARE = {"dev": 10, "ci": 100, "long": 1000}
"""Examples of a test that says nothing, and the percentage that others try of their own number."""


def load(environ: Mapping[str, str]) -> None:
    """Take a profile; an example takes as long as a busy machine needs for it."""
    for name, share in SHARE.items():
        hypothesis.settings.register_profile(name, max_examples=share, deadline=None, print_blob=name != "dev")
    hypothesis.settings.load_profile(environ.get("HYPOTHESIS_PROFILE", "ci"))


def examples(count: int) -> hypothesis.settings:
    """So many examples in profile ci."""
    return hypothesis.settings(max_examples=max(1, count * hypothesis.settings.default.max_examples // SHARE["ci"]))
