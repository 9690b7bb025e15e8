"""Messages: the facts of an alert, the words for them, and their rendering by templates, alertd's own and a user's.

Nothing here sends, and nothing decides whether or when something is said.
"""
