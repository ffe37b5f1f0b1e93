"""What runs in a training's containers and in the model server. A stranger to `tablecast`.

Each step is a process of its own, `python -m tablecast_steps.<step>`, that is told everything by
its environment (`spec`), keeps its outputs on the project's volume (`spec.Places`) and says what
became of it in a small result file (`runtime`):

    preprocess   the dataset's table → typed training and test rows, and their schema
    features     training rows → a transformer from raw rows to a matrix of numbers
    train        rows and transformer → a model, its evaluation, and one file that holds it
    serve        that file → predictions over HTTP

A step whose `done.json` fits its inputs is skipped, so that a retry goes on where it failed.
Nothing here needs `kserve`, except `serve`.
"""
