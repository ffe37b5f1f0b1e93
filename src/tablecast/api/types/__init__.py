"""The schema's object types, a module a noun. They are views on rows: see `api.views`."""
