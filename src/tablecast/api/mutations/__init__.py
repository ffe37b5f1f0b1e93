"""Mutations, a module for nouns that belong together. Each takes one input and answers with a union of
its payload and the errors that it can meet."""
