"""Requests that no client should send: odd_requests.py PORT

Each row is what is sent and which replies are right: statuses in their order; 0 is a connection that ends without one.
Whatever was sent, no byte of it is taken for a second request, and the server goes on. Prints a line for each row that
is answered otherwise; exit status 1 if there is one.
"""

import re
import socket
import sys

port = int(sys.argv[1])
POST = "POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
GET = "GET /live HTTP/1.1\r\nHost: x\r\n"
BODY = '{"inputs":[{"name":"x","datatype":"INT64","shape":[1],"data":[7]}]}'
CHUNKS = f"{len(BODY):x}\r\n{BODY}\r\n0\r\n\r\n"
REFUSED = [[400], [0]]  # with a reply, or without one where no head could be read

rows = [
    # framing
    (f"{POST}Content-Length: {len(BODY)}\r\nTransfer-Encoding: chunked\r\n\r\n{CHUNKS}GET /live HTTP/1.1\r\nHost: x\r\n\r\n", REFUSED),
    (f"{POST}Content-Length: {len(BODY)}\r\nContent-Length: 5\r\n\r\n{BODY}", REFUSED),
    (f"{POST}Content-Length: {len(BODY)}, 5\r\n\r\n{BODY}", REFUSED),
    (f"{POST}Content-Length: -1\r\n\r\n{BODY}", REFUSED),
    (f"{POST}Content-Length: +5\r\n\r\n{BODY}", REFUSED),
    (f"{POST}Content-Length: 0x10\r\n\r\n{BODY}", REFUSED),
    (f"{POST}Content-Length: 1e3\r\n\r\n{BODY}", REFUSED),
    (f"{POST}Content-Length: 99999999999999999999\r\n\r\n{BODY}", [[413], [400], [0]]),
    (f"{POST}Content-Length: 18446744073709551615\r\n\r\n{BODY}", [[413], [400], [0]]),
    (f"{POST}Content-Length: 9223372036854775807\r\n\r\n{BODY}", [[413], [400], [0]]),
    (f"{POST}Content-Length: 99\r\n\r\n{{", [[408]]),
    (f"{POST}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n{CHUNKS}", [[200]]),
    (f"{POST}Transfer-Encoding: chunked\r\n\r\nx\r\n{BODY}\r\n0\r\n\r\n", REFUSED),
    (f"{POST}Transfer-Encoding: chunked\r\n\r\n-1\r\n{BODY}\r\n0\r\n\r\n", REFUSED),
    (f"{POST}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\n{BODY}\r\n0\r\n\r\n", [[400], [413], [0]]),
    (f"{POST}Transfer-Encoding: chunked\r\n\r\n3\r\n{BODY}\r\n0\r\n\r\n", REFUSED),
    (f"{POST}Transfer-Encoding: gzip\r\n\r\n{BODY}", [[400], [501], [0]]),
    # first lines
    ("\r\n\r\n\r\n", [[0], [400]]),
    ("GARBAGE\r\n\r\n", REFUSED),
    ("GET\r\n\r\n", REFUSED),
    ("GET /live\r\n\r\n", REFUSED),
    ("GET /live HTTP/9.9\r\nHost: x\r\n\r\n", [[400], [505], [0]]),
    ("GET /live HTTP/2.0\r\nHost: x\r\n\r\n", [[400], [505], [0]]),
    ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [[400], [505], [0], [404]]),
    ("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", [[0], [400]]),
    ("GET /" + "a" * 20000 + " HTTP/1.1\r\nHost: x\r\n\r\n", [[414], [431], [400], [0]]),
    ("get /live HTTP/1.1\r\nHost: x\r\n\r\n", [[405], [400]]),
    ("OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", [[404], [405], [400]]),
    ("CONNECT a:1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", [[404], [405], [400], [501]]),
    ("GET http://x/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", [[404], [200], [400]]),
    ("GET /../live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", [[404], [400]]),
    ("GET /live%00x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", [[404], [400], [200]]),
    ("GET /\xff\xfe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", [[404], [400]]),
    # headers
    ("GET /live HTTP/1.1\r\n\r\n", [[400]]),
    (f"{GET}Host: y\r\nConnection: close\r\n\r\n", [[400], [200]]),
    (f"{GET}X: {'a' * 40000}\r\n\r\n", [[431], [413], [400], [0]]),
    (GET + "".join(f"X-{i}: {i}\r\n" for i in range(5000)) + "\r\n", [[431], [413], [400], [0]]),
    (f"{GET} folded: 1\r\nConnection: close\r\n\r\n", [[400], [200], [0]]),
    (f"{GET}no colon\r\nConnection: close\r\n\r\n", [[400], [0]]),
    (f"{GET}A\0B: 1\r\nConnection: close\r\n\r\n", REFUSED),
    (f"{GET}Content-Length : 5\r\nConnection: close\r\n\r\n", REFUSED),
    (f"{POST}Expect: 200-maybe\r\nContent-Length: {len(BODY)}\r\nConnection: close\r\n\r\n{BODY}", [[200], [417], [400]]),
    (f"{GET}Upgrade: h2c\r\nConnection: Upgrade, close\r\n\r\n", [[200]]),
]


def answers(text):
    """The statuses of what comes back, each reply read by its Content-Length."""
    with socket.create_connection(("127.0.0.1", port), 20) as s:
        try:
            s.sendall(text.encode("latin-1"))
            data = b""
            while part := s.recv(65536):
                data += part
        except ConnectionError:
            pass
    found = []
    while m := re.match(rb"HTTP/1\.[01] (\d+) [^\r]*\r\n(.*?\r\n)?\r\n", data, re.S):
        if m[1] != b"100":
            found.append(int(m[1]))
        length = re.search(rb"(?i)content-length: (\d+)", m[0])
        data = data[m.end() + int(length[1] if length else 0) :]
    return found or [0]


wrong = 0
for text, right in rows:
    got = answers(text)
    if got not in right:
        wrong += 1
        print(f"{text[:300]!r}: {got}, expected one of {right}")
print(f"{len(rows)} requests")
sys.exit(1 if wrong else 0)
