"""The trade itself: truces, time and alerts, without a clock, a file, a log or a network."""
