"""The state of everything, for a command, the board or a machine: one overview, its JSON, and the calendar.

Pure functions of what was read elsewhere; nothing here reads a file, opens the ledger or writes.
"""
