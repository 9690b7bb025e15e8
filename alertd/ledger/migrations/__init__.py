"""How a ledger file of an older version becomes one of this version; a step, once released, never changes."""
