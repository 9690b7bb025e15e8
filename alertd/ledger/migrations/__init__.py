"""The steps from a ledger file of an older version to one of this version; a step, once released, never changes."""
