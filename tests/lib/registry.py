#!/usr/bin/env python3
"""registry.py INDEX PORT_FILE: a registry on loopback that has the bytes of INDEX behind every tag.

A manifest is given only with a token, which its realm gives to anybody, as Docker Hub does. Below /lying the digest in
the header is not that of the bytes. The port is written to PORT_FILE, each request to PORT_FILE.log.
"""
import hashlib
import http.server
import json
import os
import sys

index, port_file = sys.argv[1:]


class Registry(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        with open(port_file + ".log", "a") as log:
            log.write(self.path + "\n")
        if self.path.startswith("/token?"):
            self.reply(200, json.dumps({"token": "anybody"}).encode())
        elif self.headers.get("Authorization") != "Bearer anybody":
            realm = "http://127.0.0.1:%d/token" % self.server.server_address[1]
            scope = "repository:library/debian:pull"
            self.reply(401, b"{}", {"WWW-Authenticate": f'Bearer realm="{realm}",service="test",scope="{scope}"'})
        else:
            with open(index, "rb") as f:
                body = f.read()
            digest = hashlib.sha256(b"other" if self.path.startswith("/lying/") else body).hexdigest()
            self.reply(200, body, {"Docker-Content-Digest": "sha256:" + digest})

    def reply(self, status, body, headers={}):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Registry)
with open(port_file + ".new", "w") as f:
    f.write(str(server.server_address[1]))
os.rename(port_file + ".new", port_file)
server.serve_forever()
