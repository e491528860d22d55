#!/usr/bin/env python3
"""Writes model.onnx: y = x W + b, with x float [batch, 3] and y float [batch, 2].

ONNX files are protocol buffers. A graph this small is written by hand, so nothing has to be installed. The field
numbers are those of onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
"""
import struct
import sys

W = [[1.0, -1.0], [0.5, 2.0], [-2.0, 0.25]]
B = [10.0, 20.0]
FLOAT = 1  # TensorProto.DataType


def varint(n):
    out = bytearray()
    while n > 0x7F:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    return bytes(out + bytes([n]))


def field(number, value):
    """A whole number, or text, bytes or a nested message behind its length."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def tensor(name, dims, values):
    shape = b"".join(field(1, d) for d in dims)
    return shape + field(2, FLOAT) + field(8, name) + field(9, struct.pack(f"<{len(values)}f", *values))


def value_info(name, dims):
    """A dimension that is text is a name: any size, the same wherever the name stands."""
    shape = b"".join(field(1, field(1, d) if isinstance(d, int) else field(2, d)) for d in dims)
    return field(1, name) + field(2, field(1, field(1, FLOAT) + field(2, shape)))


def model():
    node = field(1, "x") + field(1, "W") + field(1, "b") + field(2, "y") + field(3, "linear") + field(4, "Gemm")
    graph = field(1, node) + field(2, "linear")
    graph += field(5, tensor("W", [3, 2], [w for row in W for w in row])) + field(5, tensor("b", [2], B))
    graph += field(11, value_info("x", ["batch", 3])) + field(12, value_info("y", ["batch", 2]))
    opset = field(1, "") + field(2, 13)
    return field(1, 8) + field(2, "crdeploy") + field(7, graph) + field(8, opset)


if __name__ == "__main__":
    path = sys.argv[1] if len(sys.argv) > 1 else "model.onnx"
    with open(path, "wb") as out:
        out.write(model())
