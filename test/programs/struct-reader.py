"""Reads messages with numpy, by the text of `toPythonDtype`. Input: JSON [[dtype, [hex, ...]], ...]; output: a line for each message, with the values
and before each the letter of its kind."""
import ast
import json
import sys

import numpy


def tokens(dtype, value):
    if dtype.names is not None:
        for name in dtype.names:
            yield from tokens(dtype.fields[name][0], value[name])
    elif dtype.subdtype is not None:
        base, _ = dtype.subdtype
        for element in value.reshape(-1):
            yield from tokens(base, element)
    else:
        yield dtype.kind + token(dtype, value)


def token(dtype, value):
    if dtype.kind in "bui":
        return str(int(value))
    if dtype.kind == "S":
        # numpy gives a text without the zeros at its end.
        return value.ljust(dtype.itemsize, b"\0").hex()
    return value.tobytes().hex()


for text, messages in json.load(sys.stdin):
    dtype = numpy.dtype(ast.literal_eval(text))
    for message in numpy.frombuffer(bytes.fromhex("".join(messages)), dtype):
        print(" ".join(tokens(dtype, message)))
