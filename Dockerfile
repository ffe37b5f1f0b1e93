# Five images: `server` (the API, its migrations and the datastore), the steps `preprocess`, `features`
# and `train`, and the model server `serve`. Each runs as uid 1000 on a read-only root file system and
# holds only the libraries that it imports; what several need is a layer that they share:
#
#   python ─ arrow ─┬─ server
#                   ├─ preprocess
#                   └─ learning ─┬─ features
#                                ├─ train
#                                └─ serve
#
#   docker build --target server -t tablecast/server:0.1 .

ARG BASE=docker.io/library/python:3.11-slim

FROM ${BASE} AS python
# The venv has no pip: the base's own installs into it, from outside.
RUN useradd --uid 1000 --home-dir /tmp --no-create-home tablecast \
    && python -m venv --without-pip /opt/venv
ENV PATH=/opt/venv/bin:/app/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp
WORKDIR /app

# All images' libraries are resolved at once: a model is served by the very versions that trained it.
FROM python AS resolved
WORKDIR /libraries
COPY pyproject.toml .
RUN python -c "import sys, tomllib; \
    project = tomllib.load(open('pyproject.toml', 'rb'))['project']; \
    groups = {'server': project['dependencies']} | project['optional-dependencies']; \
    [open(name + '.txt', 'w').write('\n'.join(groups[name])) for name in sys.argv[1:]]" \
        server datastore traces preprocess features train serve \
    && rm pyproject.toml \
    && pip --python /opt/venv/bin/python install --no-cache-dir --no-compile \
        -r server.txt -r datastore.txt -r traces.txt -r preprocess.txt -r features.txt -r train.txt \
        -r serve.txt \
    && pip --python /opt/venv/bin/python freeze > versions.txt

# Beside tests, Arrow's clients of remote services go: a third of it.
FROM python AS arrow
COPY --from=resolved /libraries /libraries
RUN pip --python /opt/venv/bin/python install --no-cache-dir \
        -c /libraries/versions.txt -r /libraries/preprocess.txt \
    && cd /opt/venv/lib/python3*/site-packages \
    && rm -r pyarrow/include pyarrow/*flight* pyarrow/*s3* \
    && find . -type d -name tests -prune -exec rm -r {} +

# LightGBM wants the system's OpenMP, which a slim base lacks; scikit-learn brings one along.
FROM arrow AS learning
RUN pip --python /opt/venv/bin/python install --no-cache-dir \
        -c /libraries/versions.txt -r /libraries/features.txt \
    && cd /opt/venv/lib/python3*/site-packages \
    && find . -type d -name tests -prune -exec rm -r {} + \
    && mkdir /opt/openmp \
    && ln -s "$PWD"/scikit_learn.libs/libgomp-*.so* /opt/openmp/libgomp.so.1
ENV LD_LIBRARY_PATH=/opt/openmp

# Our own code is compiled here: a pod has nowhere to write what Python compiles.
FROM python AS steps-code
COPY src/tablecast_steps tablecast_steps
RUN python -m compileall -q --invalidation-mode unchecked-hash .

# The server is installed, for its command and its version; README stays out of what makes an image.
FROM python AS server-code
WORKDIR /build
COPY pyproject.toml .
COPY src/tablecast src/tablecast
RUN touch README.md \
    && pip --python /opt/venv/bin/python install --no-cache-dir --no-compile --no-deps --target /app . \
    && python -m compileall -q --invalidation-mode unchecked-hash /app
COPY migrations /app/migrations

FROM arrow AS server
RUN pip --python /opt/venv/bin/python install --no-cache-dir \
        -c /libraries/versions.txt -r /libraries/server.txt -r /libraries/datastore.txt \
        -r /libraries/traces.txt \
    && find /opt/venv -type d -name tests -prune -exec rm -r {} +
COPY --from=server-code /app /app
ENV TABLECAST_HOST=0.0.0.0
USER 1000:1000
EXPOSE 8000
CMD ["tablecast", "serve"]

FROM arrow AS preprocess
COPY --from=steps-code /app /app
USER 1000:1000
CMD ["python", "-m", "tablecast_steps.preprocess"]

FROM learning AS features
COPY --from=steps-code /app /app
USER 1000:1000
CMD ["python", "-m", "tablecast_steps.features"]

FROM learning AS train
RUN pip --python /opt/venv/bin/python install --no-cache-dir \
        -c /libraries/versions.txt -r /libraries/train.txt \
    && find /opt/venv -type d -name tests -prune -exec rm -r {} +
COPY --from=steps-code /app /app
USER 1000:1000
CMD ["python", "-m", "tablecast_steps.train"]

# KServe's Kubernetes client comes twice; the asynchronous one is never imported.
FROM learning AS serve
RUN pip --python /opt/venv/bin/python install --no-cache-dir \
        -c /libraries/versions.txt -r /libraries/serve.txt \
    && cd /opt/venv/lib/python3*/site-packages \
    && rm -r kubernetes/aio \
    && find . -type d -name tests -prune -exec rm -r {} +
COPY --from=steps-code /app /app
USER 1000:1000
EXPOSE 8080
CMD ["python", "-m", "tablecast_steps.serve", "--model_dir=/mnt/models", "--http_port=8080"]
