"""Reads messages by the text of `toPythonDtype`, with the standard library only. Input: JSON [[dtype, [hex, ...]], ...]; output: a line of values for each message."""
import ast
import json
import sys


def values(dtype, data, at):
    if isinstance(dtype, dict):
        for one, offset in zip(dtype["formats"], dtype["offsets"]):
            yield from values(one, data, at + offset)
    elif isinstance(dtype, tuple):
        base, (count,) = dtype
        for index in range(count):
            yield from values(base, data, at + index * size(base))
    elif dtype == "?":
        yield str(data[at])
    elif dtype[0] in "SV" or dtype[1] == "f":
        yield data[at : at + size(dtype)].hex()
    else:
        yield str(int.from_bytes(data[at : at + size(dtype)], "little", signed=dtype[1] == "i"))


def size(dtype):
    if isinstance(dtype, dict):
        return dtype["itemsize"]
    if isinstance(dtype, tuple):
        return size(dtype[0]) * dtype[1][0]
    return 1 if dtype == "?" else int(dtype.lstrip("<SVufi"))


for text, messages in json.load(sys.stdin):
    dtype = ast.literal_eval(text)
    for message in messages:
        data = bytes.fromhex(message)
        if len(data) != size(dtype):
            raise SystemExit(f"{len(data)} bytes, expected {size(dtype)}")
        print(" ".join(values(dtype, data, 0)))
