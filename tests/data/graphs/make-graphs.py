#!/usr/bin/env python3
"""Writes branches.onnx and repeats.onnx into the directory given: graphs with subgraphs, whose weights are inside and
outside of them, large enough for ONNX Runtime to put them into a file of their own (1024 bytes each).

branches  y = flag ? 6 x : 10 reversed(x)         x float [batch, 16], flag bool []
repeats   y = x doubled and reversed, times-fold  x float [batch, 16], times int64 []

Protocol buffers by hand, as in examples/tensor-linear/make-model.py; field numbers are those of onnx.proto.
"""
import os
import struct
import sys

FLOAT, INT64, BOOL = 1, 7, 9  # TensorProto.DataType
N = 16


def varint(n):
    out = bytearray()
    while n > 0x7F:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    return bytes(out + bytes([n]))


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def matrix(name, factor, reverse=False):
    """A tensor of N x N: what x is multiplied with to scale it, and to turn it around."""
    rows = [[factor if column == (N - 1 - row if reverse else row) else 0.0 for column in range(N)] for row in range(N)]
    data = struct.pack(f"<{N * N}f", *(v for row in rows for v in row))
    return field(1, N) + field(1, N) + field(2, FLOAT) + field(8, name) + field(9, data)


def info(name, kind, dims):
    shape = b"".join(field(1, field(1, d) if isinstance(d, int) else field(2, d)) for d in dims)
    return field(1, name) + field(2, field(1, field(1, kind) + field(2, shape)))


def node(operator, inputs, outputs, **graphs):
    body = b"".join(field(1, i) for i in inputs) + b"".join(field(2, o) for o in outputs) + field(4, operator)
    for name, graph in graphs.items():
        body += field(5, field(1, name) + field(6, graph) + field(20, 5))
    return body


def graph(name, nodes, weights, inputs, outputs):
    out = b"".join(field(1, n) for n in nodes) + field(2, name) + b"".join(field(5, w) for w in weights)
    return out + b"".join(field(11, i) for i in inputs) + b"".join(field(12, o) for o in outputs)


def model(body):
    return field(1, 8) + field(2, "crdeploy") + field(7, body) + field(8, field(1, "") + field(2, 13))


def branch(name, factor, reverse):
    """Both branches call their weights W."""
    return graph(name, [node("MatMul", ["double", "W"], [name])], [matrix("W", factor, reverse)], [],
                 [info(name, FLOAT, ["batch", N])])


def branches():
    nodes = [
        node("MatMul", ["x", "twice"], ["double"]),
        node("If", ["flag"], ["y"], then_branch=branch("straight", 3.0, False), else_branch=branch("turned", 5.0, True)),
    ]
    return graph("branches", nodes, [matrix("twice", 2.0)], [info("x", FLOAT, ["batch", N]), info("flag", BOOL, [])],
                 [info("y", FLOAT, ["batch", N])])


def repeats():
    body = graph(
        "body",
        [node("Identity", ["go"], ["go_on"]), node("MatMul", ["v", "W"], ["w"]), node("MatMul", ["w", "turn"], ["v_out"])],
        [matrix("W", 2.0)],
        [info("i", INT64, []), info("go", BOOL, []), info("v", FLOAT, ["batch", N])],
        [info("go_on", BOOL, []), info("v_out", FLOAT, ["batch", N])])
    nodes = [node("Loop", ["times", "", "x"], ["y"], body=body)]
    return graph("repeats", nodes, [matrix("turn", 1.0, True)],
                 [info("x", FLOAT, ["batch", N]), info("times", INT64, [])], [info("y", FLOAT, ["batch", N])])


if __name__ == "__main__":
    directory = sys.argv[1] if len(sys.argv) > 1 else "."
    for name, body in (("branches", branches()), ("repeats", repeats())):
        with open(os.path.join(directory, name + ".onnx"), "wb") as out:
            out.write(model(body))
