"""`python -m tablecast_steps.serve --model_dir=/mnt/models --http_port=8080 [--model_name=NAME]
[--marks=/tmp/loads]`.

`--marks` is a folder that outlives the process; TABLECAST_MEMORY_BYTES the container's limit. Every
other argument of KServe's model server is understood as KServe does.
"""

import os

# Requests are small: a library's threads would wait longer for each other than they work. They are
# counted when the libraries are imported, so this comes first.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import argparse  # noqa: E402
import sys  # noqa: E402
import warnings  # noqa: E402
from pathlib import Path  # noqa: E402

from kserve import model_server  # noqa: E402
from kserve.logging import KSERVE_LOG_CONFIG, configure_logging  # noqa: E402

from tablecast_steps.serve import memory  # noqa: E402
from tablecast_steps.serve.marks import Marks  # noqa: E402
from tablecast_steps.serve.repository import FolderRepository  # noqa: E402
from tablecast_steps.serve.server import Server  # noqa: E402


def main() -> int:
    """Serve until told to stop."""
    # KServe's choice, and said once more with every import of it.
    warnings.filterwarnings("ignore", message="ORJSONResponse is deprecated")
    parser = argparse.ArgumentParser("tablecast_steps.serve", parents=[model_server.parser])
    parser.add_argument("--model_dir", default="/mnt/models", type=Path, help="The model folder.")
    parser.add_argument("--marks", type=Path, help="Where loads are marked that do not end.")
    asked, _ = parser.parse_known_args()
    configure_logging(_log_config())
    memory.build_wall()
    models = FolderRepository(asked.model_dir, asked.model_name, Marks(asked.marks))
    Server(models, asked.http_port).run()
    return 0


def _log_config() -> dict[str, object]:
    """KServe's own logging with this server's lines in it, and without a line for each request."""
    own = {"handlers": ["kserve"], "level": "INFO", "propagate": False}
    silent = {"handlers": [], "level": "WARNING", "propagate": False}
    loggers = {**KSERVE_LOG_CONFIG["loggers"], "tablecast": own, "uvicorn.access": silent}
    return {**KSERVE_LOG_CONFIG, "loggers": loggers}


if __name__ == "__main__":
    sys.exit(main())
