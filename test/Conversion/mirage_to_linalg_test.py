# REQUIRES: numpy
# RUN: mkdir -p %t
# RUN: %python %s mirage-opt mlir-translate llc %cc %S/Inputs %t
# RUN: %python %s mirage-opt mlir-translate llc %cc %S/Inputs %t --mirage-materialize-masks
"""Programs at kernel and block level on the CPU, against numpy in double.

Every block-level function of a file computes what its first function, `ref`,
does at kernel level, and both must agree with the reference here; also after
passes that are named.
"""

import ctypes
import re
import subprocess
import sys

import numpy as np

MIRAGE_OPT, MLIR_TRANSLATE, LLC, CC, INPUTS, DIRECTORY, *PASSES = sys.argv[1:]

TYPES = {"f16": np.float16, "f32": np.float32, "f64": np.float64}
TOLERANCE = {np.float16: 2e-3, np.float32: 2e-5, np.float64: 1e-12}


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def norm(x):
    d = x - x.mean(-1, keepdims=True)
    return d / np.sqrt((d * d).mean(-1, keepdims=True))


def mask_whole_tiles(inputs):
    inputs[2][..., :9] = -np.inf
    inputs[2][..., 13] = -np.inf


def scale_weights(inputs):
    inputs[1] /= np.float16(np.sqrt(len(inputs[1])))


def bf16(x):
    bits = np.float32(x).view(np.uint32).astype(np.uint64)
    bits = (bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000
    return bits.astype(np.uint32).view(np.float32).astype(np.float64)


def first_part(x):
    """Maximum and relative sum of all, and of nothing."""
    m = x.max()
    return (
        np.array([[m], [-np.inf]]),
        np.array([[np.exp(x - m).sum()], [0]]),
    )


# File: reference, and what is done to random inputs.
PROGRAMS = {
    "attention": (lambda q, k, v: softmax(q @ k / 8) @ v, None),
    "rms-norm": (
        lambda x, w: x / np.sqrt((x * x).mean(-1, keepdims=True)) @ w,
        None,
    ),
    "masked": (lambda s, v, b: softmax(s + b) @ v, mask_whole_tiles),
    "layer-norm": (lambda x, w, b: np.tanh(norm(x) @ w + b), scale_weights),
    "residual": (lambda x, r, w: (x + r, (x + r) @ w), None),
    "reductions": (
        lambda x: (
            x.max(1, keepdims=True),
            x.min(1, keepdims=True),
            x.prod(1, keepdims=True),
            x.sum(1, keepdims=True),
            2 * x,
        ),
        None,
    ),
    "stack": (lambda x: 2 * x, None),
    "once": (lambda x: (x.sum(1, keepdims=True), np.exp(x)), None),
    "views": (
        lambda x, y: (
            np.concatenate([x[1:4, 0:11:2], y.T], 1).reshape(2, 3, 5),
            np.where(x < np.abs(x).mean(), np.sin(x), 1.5),
        ),
        None,
    ),
    "types": (
        lambda x, y: (
            bf16(bf16(np.exp(bf16(x))) + bf16(x)),
            np.tanh(x) @ y,
            np.ones_like(x),
            np.full((3, 1), 200 / 256),
        ),
        None,
    ),
    "empty": (first_part, None),
}


def compile_program(name):
    source = f"{INPUTS}/{name}.mlir"
    lowered, ir, code, library = (f"{DIRECTORY}/{name}.{e}" for e in ("mlir", "ll", "o", "so"))
    subprocess.run(
        [MIRAGE_OPT, source, *PASSES, "--mirage-to-llvm-cpu", "-o", lowered],
        check=True,
    )
    subprocess.run([MLIR_TRANSLATE, lowered, "--mlir-to-llvmir", "-o", ir], check=True)
    subprocess.run([LLC, "-O2", "--filetype=obj", "--relocation-model=pic", ir, "-o", code], check=True)
    subprocess.run([CC, "-shared", code, "-o", library, "-lm"], check=True)
    return source, ctypes.CDLL(library)


def signatures(source):
    with open(source) as file:
        text = file.read()
    for function in re.finditer(r"func\.func @(\w+)\((.*?)\) -> (.*?) \{", text):
        yield (
            function[1],
            *(
                [
                    (tuple(map(int, shape.split("x")[:-1])), TYPES[shape.split("x")[-1]])
                    for shape in re.findall(r"tensor<(\w+)>", types)
                ]
                for types in function.groups()[1:]
            ),
        )


def error(actual, expected):
    """max |a - r| / (|r| + rms(r)); equal infinities agree."""
    actual = actual.astype(np.float64)
    same = actual == expected
    if not np.isfinite(actual[~same]).all():
        return np.inf
    finite = expected[np.isfinite(expected)]
    rms = np.sqrt((finite**2).mean()) if finite.size else 0
    difference = np.abs(actual[~same] - expected[~same])
    return (difference / (np.abs(expected[~same]) + rms)).max(initial=0)


failures = 0
for name, (reference, prepare) in PROGRAMS.items():
    source, library = compile_program(name)
    for function, inputs, outputs in signatures(source):
        random = np.random.default_rng(0)
        arrays = [random.standard_normal(s).astype(t) for s, t in inputs]
        if prepare:
            prepare(arrays)
        expected = reference(*(a.astype(np.float64) for a in arrays))
        if not isinstance(expected, tuple):
            expected = (expected,)
        # Outputs are poisoned: every element must be written.
        results = [np.full(s, np.nan, t) for s, t in outputs]
        getattr(library, function)(
            *(ctypes.c_void_p(a.ctypes.data) for a in arrays + results)
        )
        for i, (result, e) in enumerate(zip(results, expected, strict=True)):
            found = error(result, e)
            if not found <= TOLERANCE[result.dtype.type]:
                print(f"{name}: @{function}, output {i}: error {found}")
                failures += 1
print("failures:", failures)
sys.exit(failures != 0)
