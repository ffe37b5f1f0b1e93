"""What test pods run: sources of tiny servers."""

from pathlib import Path

# Answers with who it is; POST gives back what came.
SERVER = """
import http.server, os, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.reply(os.environ.get("HELLO", "hello").encode())
    def do_POST(self):
        self.reply(self.rfile.read(int(self.headers["Content-Length"])))
    def reply(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *arguments): pass
server = http.server.ThreadingHTTPServer((os.environ["TABLECAST_BIND"], int(sys.argv[1])), Handler)
server.serve_forever()
"""

MODEL_SERVER = (Path(__file__).parent / "model_server.py").read_text()

# Serves the files a, b and big of its own making; anything else is 404.
DATASTORE = """
import http.server, os, sys
for name in "ab":
    open(name, "w").write("model " + name)
import zipfile
with zipfile.ZipFile("packed.zip", "w") as archive:
    archive.writestr("inside", "model packed")
class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments): pass
server = http.server.ThreadingHTTPServer((os.environ["TABLECAST_BIND"], int(sys.argv[1])), Handler)
server.serve_forever()
"""
