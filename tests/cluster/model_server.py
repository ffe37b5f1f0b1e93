"""A tiny stand-in for the model server: loads every folder that the agent has completed.

Answers V2's health and readiness, a V1 predict with the model file's text, and counts the agent's
load and unload calls. Run as a script by test pods; one file, standard library only.
"""

import argparse
import http.server
import json
import os
from pathlib import Path
from typing import ClassVar


def loaded(root: Path, own_name: str) -> dict[str, str]:
    """Return the text of each model that is complete."""
    models = {}
    for folder in root.iterdir() if root.exists() else ():
        if folder.is_dir() and any(folder.glob("SUCCESS.*")):
            files = [f for f in folder.iterdir() if not f.name.startswith("SUCCESS.")]
            models[folder.name] = files[0].read_text()
        elif folder.is_file():
            models[own_name] = folder.read_text()
    return models


class Handler(http.server.BaseHTTPRequestHandler):
    root = Path()
    own_name = ""
    calls: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        parts = self.path.strip("/").split("/")
        if self.path == "/calls":
            self.reply(200, json.dumps(self.calls))
        elif parts[-2:] == ["health", "ready"]:
            self.reply(200, "{}")
        else:
            known = parts[2] in loaded(self.root, self.own_name)
            self.reply(200 if known else 404, "{}")

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path.startswith("/v2/repository/models/"):
            self.calls.append(self.path)
            self.reply(200, "{}")
            return
        name = self.path.split("/")[3].split(":")[0]
        text = loaded(self.root, self.own_name).get(name)
        self.reply(200 if text else 404, text or "{}")

    def reply(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *arguments: object) -> None:
        pass


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model_dir", type=Path)
    parser.add_argument("--http_port", type=int)
    parser.add_argument("--model_name")
    options = parser.parse_args()
    Handler.root, Handler.own_name = options.model_dir, options.model_name
    address = (os.environ["TABLECAST_BIND"], options.http_port)
    http.server.ThreadingHTTPServer(address, Handler).serve_forever()


if __name__ == "__main__":
    main()
