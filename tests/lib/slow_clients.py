"""Clients that send requests and never finish them: slow_clients.py PORT CLIENTS LENGTH SENT

Each declares a body of LENGTH bytes (0: chunked) and sends SENT bytes of it, or until it has a reply, then waits for the
end of the connection. Prints "sent" once all have sent, and when every connection has ended {STATUS: clients}; a connection that ended without a
reply counts as 0.
"""

import collections
import json
import resource
import selectors
import socket
import sys

port, clients, length, sent = map(int, sys.argv[1:5])
limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
how = b"Content-Length: %d" % length if length else b"Transfer-Encoding: chunked"
body = b"1" * sent if length else b"%x\r\n%s\r\n" % (sent, b"1" * sent)
request = (
    b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + how + b"\r\n\r\n" + body
)
selector = selectors.DefaultSelector()
for _ in range(clients):
    s = socket.create_connection(("127.0.0.1", port), 60)
    s.setblocking(False)
    selector.register(s, selectors.EVENT_READ | selectors.EVENT_WRITE, [0, b""])
left, pending, statuses = clients, clients, collections.Counter()


def sending_ends(key):
    """The client sends no more; says so when it is the last one."""
    global pending
    key.data[0] = len(request)
    selector.modify(key.fileobj, selectors.EVENT_READ, key.data)
    pending -= 1
    if not pending:
        print("sent", flush=True)


while left:
    for key, events in selector.select():
        state = key.data
        try:
            if events & selectors.EVENT_WRITE and state[0] < len(request):
                state[0] += key.fileobj.send(request[state[0] : state[0] + 65536])
                if state[0] == len(request):
                    sending_ends(key)
            if not events & selectors.EVENT_READ:
                continue
            data = key.fileobj.recv(4096)
            state[1] += data
        except ConnectionError:
            data = b""
        if state[0] < len(request):
            sending_ends(key)
        if not data:
            statuses[state[1][9:12].decode() or "0"] += 1
            selector.unregister(key.fileobj)
            key.fileobj.close()
            left -= 1
print(json.dumps(statuses))
