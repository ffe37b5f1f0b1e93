"""What a model is worth on rows that it has never seen: numbers, each with how sure it is.

Pure: it is given a model and tables, and returns evaluation.json. It does not know where they lie,
which algorithm it judges, or who reads the report. Everything here is bounded, in work and size.
"""
