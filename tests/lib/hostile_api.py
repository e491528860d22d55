"""An API whose every text means harm, for tests/integration/foreign.bats. Prints the port it listens on."""
import http.server
import json

EVIL = "EVIL\x1b[35m\x1b]0;t\x07\u009b31m\x7f\b\u202e\u2066\u200f\u061c\u2028\rend"
CONDITION = {"type": "Ready", "state": "CONDITION_SUCCEEDED", "message": EVIL, "reason": EVIL}
TEMPLATE = {
    "timeout": EVIL,
    "containers": [{"image": EVIL, "name": EVIL, "resources": {"limits": {"cpu": EVIL, "memory": EVIL}},
                    "env": [{"name": EVIL, "value": EVIL}]}],
}
SERVICE = {
    "name": "projects/p/locations/l/services/s" + EVIL,
    "uri": "https://" + EVIL,
    "latestReadyRevision": "projects/p/locations/l/services/s/revisions/r" + EVIL,
    "lastModifier": EVIL,
    "client": EVIL,
    "etag": EVIL,
    "labels": {"managed-by": EVIL},
    "terminalCondition": CONDITION,
    "conditions": [CONDITION],
    "template": TEMPLATE,
    "traffic": [{"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent": 100, "tag": EVIL}],
    "trafficStatuses": [{"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION", "revision": EVIL, "percent": 100, "tag": EVIL,
                         "uri": EVIL}],
}
REVISION = {"name": "projects/p/locations/l/services/s/revisions/r" + EVIL, "createTime": EVIL, "conditions": [CONDITION],
            **TEMPLATE}
ENTRY = {"timestamp": "2026-01-02T03:04:05Z", "severity": EVIL, "textPayload": EVIL, "insertId": "1",
         "httpRequest": {"requestMethod": EVIL, "requestUrl": EVIL, "status": 200},
         "resource": {"labels": {"revision_name": EVIL}}}


class Api(http.server.BaseHTTPRequestHandler):
    def send(self, status, text):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = text if isinstance(text, bytes) else json.dumps(text, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        path = self.path.split("?")[0]
        if path.endswith("/services"):
            self.send(200, {"services": [SERVICE]})
        elif path.endswith("/revisions"):
            self.send(200, {"revisions": [REVISION]})
        elif "/revisions/" in path:
            self.send(200, REVISION)
        elif "/services/" in path:
            self.send(200, SERVICE)
        else:
            self.refuse()

    def do_POST(self):
        if self.path.startswith("/raw"):
            self.send(200, b'"\x1b[35m"')
        elif "entries:list" in self.path:
            self.send(200, {"entries": [ENTRY]})
        else:
            self.refuse()

    def refuse(self):
        self.send(403, {"error": {"code": 403, "message": EVIL, "status": EVIL}})

    do_PATCH = do_PUT = do_DELETE = refuse

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api)
print(server.server_port, flush=True)
server.serve_forever()
