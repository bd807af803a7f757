"""A web server of the standard library: greets, and says that it is well."""

import html
import os
import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

GREETING = os.environ.get("GREETING", "Hello from Python on Pluvia")
PORT = int(os.environ.get("PORT", "8000"))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/health":
            return self.answer("application/json", '{"status": "well"}\n')
        title = html.escape(GREETING)
        self.answer("text/html; charset=utf-8", f"<!doctype html><title>{title}</title><h1>{title}</h1>\n")

    def answer(self, content_type, text):
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        print(format % args, flush=True)


server = ThreadingHTTPServer(("", PORT), Handler)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
print(f"Listening on port {PORT}", flush=True)
server.serve_forever()
