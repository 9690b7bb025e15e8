"""Times: the grammar in which people write them, wall clocks and zones, durations, ends, and how each is shown.

Nothing here knows of a truce or an alert. `clock` alone asks for the time, and `zones` alone reads the zone database;
all others are pure, and take both as arguments.
"""
