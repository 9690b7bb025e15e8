"""The daemon: the tick and what drives it, the workers, what ops is told, and alertd as a service of the machine.

Every decision stands in the ledger before anything else happens. Nothing here parses a command or prints.
"""
