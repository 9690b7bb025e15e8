"""The promises of the design, one checker each: a function that says what it found against its promise, and no more.

Each lives in a module named after its promise. It judges from what was observed and from the rows at the end.
"""

from collections.abc import Callable, Iterator
from importlib import import_module

from simulation.evidence import Evidence

Check = Callable[[Evidence], Iterator[str]]

PROMISES = (
    "never_early",
    "never_lost",
    "each_target_on_its_own",
    "nothing_overtakes",
    "a_repeat_is_marked",
    "late_says_so",
    "only_the_tightest",
    "too_old_is_summed_up",
    "a_moved_end_rearms",
    "a_replaced_end_is_silent",
    "a_claim_silences_nothing",
    "a_moved_end_reaches_every_channel",
    "in_time_whatever_the_clock",
    "a_wrong_clock_silences_nothing",
    "a_doubtful_clock_says_so",
    "a_dead_channel_delays_no_other",
    "a_dead_channel_is_told_elsewhere",
    "a_fallback_stands_in",
    "a_failed_message_comes_back_whole",
    "an_edit_is_seen",
    "a_bad_edit_is_told",
    "nothing_takes_it_down",
    "every_row_says_why",
    "what_follows_is_planned",
    "quiet_hours_are_kept",
    "what_waited_comes_merged",
    "older_news_is_not_sent",
    "an_answer_stops_a_chain",
    "a_step_waits",
    "a_chain_goes_on",
    "an_answer_counts",
    "a_step_goes_to_whoever_is_on_duty",
    "a_gap_is_told",
    "a_hand_over_comes_once",
    "no_secret_is_shown",
)

CHECKERS: dict[str, Check] = {name: import_module(f"simulation.checkers.{name}").check for name in PROMISES}


def findings(evidence: Evidence) -> list[str]:
    """Everything that speaks against a promise, each with the name of its checker."""
    return [f"{name}: {found}" for name, check in CHECKERS.items() for found in check(evidence)]
