"""The model server: files that `train` published in, predictions over HTTP out.

It is KServe's own SDK with three things of its own: it follows its model folder by itself, since
KServe's agent calls `load` once and never again (`follower`); it loads nothing that it does not
trust and lives on when there is such a thing (`repository`); and it refuses rows that do not fit
the model's signature, column by column, before the model sees them (`rows`).
"""
