"""The second step: what training rows say about how raw rows become numbers.

It sees no test row. What it learns is one transformer (`tablecast_steps.transformers`), planned
column by column from the training rows (`plan`), and the signature of the raw rows that it takes
(`signature`).
"""
