"""Files: which of them may be read, and which are nobody else's business.

Nothing here knows what stands in a file.
"""
