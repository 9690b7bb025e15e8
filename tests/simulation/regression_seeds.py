"""Seeds that found something, and what: each is run again with every change.

A seed tells its story only as long as the simulator draws from it as it did then, so the story stands beside it.
"""

FOUND: dict[int, str] = {
    35: (
        "The first failure of a target that had succeeded before was kept as text instead of a moment. After the next "
        "restart the target's worker died of it while it asked whether it had been failing, and said nothing any more."
    ),
    162: (
        "The clock was set back by a quarter of an hour over a change of duty. When that moment came again, the key of "
        "the hand-over stood there already: who came on duty was told that she goes, and never that she comes."
    ),
    470: (
        "None of alertd's: a truce was written just after a start whose first look had stood still for three "
        "seconds. The simulator took it for one of a lost ledger, whose stages since the last tick are told."
    ),
    491: (
        "A channel delivered again right after a start, failed, and delivered again within one second. The second word "
        "of it had the key of the first and was dropped: the last that ops heard was that the channel fails."
    ),
    225: (
        "None of alertd's: a channel delivered, failed and delivered within one settlement. Ops was told each; the "
        "simulator heard the two words that say the same once, and took the failure for the last."
    ),
    318: (
        "None of alertd's: after a suspend the first look, before the files are read, tried again what is certain. "
        "The simulator wanted the rest of a message that had failed to come with it."
    ),
    337: (
        "None of alertd's: quiet hours ended, and what a fallback was told in the place of a channel came in a "
        "message of its own, as it should; the simulator wanted it in that with the rest."
    ),
    412: (
        "A clock was set back, and a step of an escalation was taken back until its alert was due again. Two people "
        "had acknowledged that by then, and the step came back all the same."
    ),
    685: (
        "What a fallback was to be told in the place of a dead channel grew too old. Its line in the summary said "
        "which channel had failed, and no longer which alert it was."
    ),
    809: (
        "alertd was started while a clock was ten days ahead, and planned a truce by it: nothing more was to come. "
        "Once the clock was right, nobody looked at the truce again: it was asked about once."
    ),
    966: (
        "Newer zone data arrived while alertd ran. The quiet hours of a channel went on by the older ones: an hour of "
        "them was not kept."
    ),
    1015: (
        "The end of a truce was to be told in quiet hours, and its reminders after them. A claim said that the next "
        "reminder was hours after the end: the end was not on the agenda yet, as two later alerts were."
    ),
    1142: (
        "None of alertd's: the hours of a daily pause were changed after it had been terminated. The chain of that "
        "alert ended, as it should; the simulator took the alert for in force, as it was the last of its truce."
    ),
    1154: (
        "A file stood cut short in its first truce for minutes. The truce below it was taken for withdrawn, and the "
        "reminder that fell due until the file was whole again was never sent."
    ),
    1223: (
        "A crash kept a step from going out, and somebody else had come on duty meanwhile. Who had been on duty before "
        "was told at once, and the other at the next look."
    ),
    1247: (
        "A daily pause got other hours from a day on whose first window lay in one that was open over midnight. The "
        "chain of its opening ended at the next look, and nobody could acknowledge it."
    ),
    1266: (
        "None of alertd's: of two targets of a step one failed for good, and the other could still take it. The next "
        "step waited for that, as it should, and was answered before; the simulator wanted it at once."
    ),
    1363: (
        "None of alertd's: a clock that was set back for days put a reminder on the agenda again, and a later stage"
        " overtook it once the clock was right. Its chain ended with it; the simulator wanted it to go on."
    ),
    1442: (
        "None of alertd's: a crash cut a hand-over short. The next start told it as of the moment at which it was "
        "made, as it should; the simulator knew of no change then."
    ),
    1729: (
        "An extension was taken out of a file, and the disk was full just when its three quiet seconds were over. What "
        "had waited for them was forgotten: the end stayed where it no longer was until the file was saved again."
    ),
    1848: (
        "A start moved in the same edit as somebody stated another end, unconfirmed. The word of the start went "
        "along with the claim, so that a channel which leaves claims out was not told."
    ),
    1888: (
        "Newer zone data arrived in quiet hours that had just ended by them. What waited went on waiting until the "
        "hour at which they ended by the older ones."
    ),
    2473: (
        "Targets that failed every other time told each other of every failure and of every recovery; each word of it "
        "was a send that could fail. Hundreds of such alerts stood before the next reminder."
    ),
    12169: (
        "None of alertd's: a truce was withdrawn by name while no process ran, and everything was deleted before the "
        "next. The truce was held, as it should be; the simulator went by a list that was gone."
    ),
}
