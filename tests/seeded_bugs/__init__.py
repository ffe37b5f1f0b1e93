"""Small wrong edits of what must not be wrong, each of which at least one test has to catch."""
