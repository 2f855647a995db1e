#!/usr/bin/python3
"""Answers every request with a page made of a template."""

import http.server
import os
import pathlib
import pwd
import signal
import sys

import jinja2

HERE = pathlib.Path(__file__).parent
PAGES = jinja2.Environment(loader=jinja2.FileSystemLoader(HERE / "templates"), autoescape=True)


class Greeter(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        page = PAGES.get_template("page.html").render(path=self.path, user=pwd.getpwuid(os.geteuid()).pw_name)
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(page.encode())


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # as a container's first process it gets no signal without a handler
    http.server.ThreadingHTTPServer(("", 8080), Greeter).serve_forever()
