# REQUIRES: numpy
# RUN: mkdir -p %t
# RUN: %python %s %mirage_bin mlir-translate llc %cc %t %S/../Integration/Inputs/*.mlir %S/Inputs/Import/*.mlir
"""Imported programs, evaluated, against the same linalg lowered without an import.

The lowering of linalg is upstream's alone, so it does not share what the import
takes an op to mean.
"""

import ctypes
import os
import re
import subprocess
import sys

import numpy as np

BIN, MLIR_TRANSLATE, LLC, CC, DIRECTORY, *FILES = sys.argv[1:]
# bf16 has no type in numpy.
TYPES = {
    "f16": np.float16,
    "f32": np.float32,
    "f64": np.float64,
    "i32": np.int32,
    "i1": np.bool_,
}
SCALARS = {
    "f32": ctypes.c_float,
    "f64": ctypes.c_double,
    "i32": ctypes.c_int32,
    "i1": ctypes.c_bool,
}


def run(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def types_of(text):
    """Shape and element type; the shape of a scalar is None."""
    for tensor, scalar in re.findall(r"tensor<([\w]+)>|\b([fi]\d+)\b", text):
        *shape, element = tensor.split("x") if tensor else [scalar]
        yield (tuple(map(int, shape)) if tensor else None, element)


def compile_program(source, name):
    lowered, ir, code, library = (f"{DIRECTORY}/{name}.{e}" for e in ("mlir", "ll", "o", "so"))
    run(f"{BIN}/mirage-opt", source, "--mirage-to-llvm-cpu", "-o", lowered)
    run(MLIR_TRANSLATE, lowered, "--mlir-to-llvmir", "-o", ir)
    run(LLC, "-O1", "--filetype=obj", "--relocation-model=pic", ir, "-o", code)
    run(CC, "-shared", code, "-o", library, "-lm")
    return ctypes.CDLL(os.path.abspath(library)).main


def check(source, name):
    with open(source) as file:
        text = file.read()
    # Softmax has no loops of its own, and bf16 no arrays.
    if "linalg.softmax" in text or "bf16" in text:
        return False
    signature = re.search(r"func\.func @main\((.*?)\)\s*-> (.*?) \{\n", text, re.S)
    inputs, outputs = (list(types_of(part)) for part in signature.groups())
    folder = f"{DIRECTORY}/{name}"
    os.makedirs(folder, exist_ok=True)
    mirage_run = [f"{BIN}/mirage-run", source]
    run(*mirage_run, f"--save-inputs={folder}")
    arrays = []
    arguments = []
    for i, (shape, element) in enumerate(inputs):
        array = np.ascontiguousarray(np.load(f"{folder}/input_{i}.npy"))
        arrays.append(array)
        arguments.append(
            SCALARS[element](array.item())
            if shape is None
            else ctypes.c_void_p(array.ctypes.data)
        )
    results = [np.zeros(shape, TYPES[element]) for shape, element in outputs]
    compile_program(source, name)(
        *arguments, *(ctypes.c_void_p(r.ctypes.data) for r in results)
    )
    for i, result in enumerate(results):
        np.save(f"{folder}/output_{i}.npy", result)
    run(
        *mirage_run,
        *(f"--input={i}:{folder}/input_{i}.npy" for i in range(len(inputs))),
        f"--reference-outputs={folder}",
    )
    return True


checked = 0
failures = []
for source in FILES:
    name = os.path.basename(source).split(".")[0]
    try:
        checked += check(source, name)
    except subprocess.CalledProcessError as error:
        failures.append(f"{name}: {' '.join(error.cmd)}")
for failure in failures:
    print(failure)
print(f"{checked} programs, {len(failures)} failures")
sys.exit(bool(failures) or not checked)
