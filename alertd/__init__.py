"""alertd tells people before a ceasefire expires."""
