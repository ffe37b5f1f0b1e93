"""The first step: the dataset's table becomes typed training and test rows, and their schema.

What strings stand for is decided on whole columns and never guessed (`literals`). Rows that are
there twice, or have no target, are dropped and counted (`rows`); then the test rows are held out
(`split`), so that nothing of them is in the training rows. Nothing is fitted here.
"""
