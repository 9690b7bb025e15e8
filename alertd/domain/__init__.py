"""The trade itself: truces, what changed in them, alerts and what is planned of them.

Pure: no clock, file, log, network or randomness; the moment and the zones are arguments. No text of a message is made
here, but for the reason that a change may have.
"""
