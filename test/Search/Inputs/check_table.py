"""The plans that are chosen for the programs of table.py.

check_table.py MIRAGE_OPT FOLDER

How many kernels, and how many bytes stand between them: less than the tensor
that the program makes and a good plan does not. Where a product is one kernel,
each block reads the activations once and each weight is read once in all.
Exits 1 with a line for each program whose plan is another.
"""
import json
import pathlib
import subprocess
import sys

import table

MIB = 1 << 20
# name: (most kernels, bytes that all intermediate tensors must stay under)
PLANS = {
    "chain": (2, 2048 * 2048 * 2),
    "sum_of_products": (1, 1),
    "two_adapters": (1, 1),
    "norm_gated_mlp": (1, 1),
    "norm_linear_gelu": (1, 1),
    "norm_linear_odd": (1, 1),
    "norm_linear_odd_bf16": (1, 1),
    "norm_linear_odd_f32": (1, 1),
    "residual_norm_linear": (1, 1),
    "query_key_value": (1, 1),
    "log_sum_exp": (2, 64 * 32000),
    "masked_attention": (2, 8 * 64 * 1024),
    "attention_odd": (2, 7 * 5 * 1000),
    "attention_odd_bf16": (2, 7 * 5 * 1000),
    "attention_odd_f32": (2, 7 * 5 * 1000),
    "residual_mlp": (2, 16 * 2816 * 4 + 1),
    "swiglu": (2, 16 * 2816 * 4 + 1),
}
LOADED_ONCE = {"sum_of_products", "two_adapters", "norm_gated_mlp", "query_key_value"}
BYTES = {"f16": 2, "bf16": 2, "f32": 4}


def size(value):
    count = BYTES[value[2]]
    for extent in value[1]:
        count *= extent
    return count


def misses(name, function, results, plan):
    kernels, between = PLANS[name]
    found = plan["kernels"]
    if len(found) > kernels:
        yield f"{len(found)} kernels, not {kernels}"
    outputs = sum(size(r) // BYTES[r[2]] * BYTES[function.element] for r in results)
    written = sum(k["bytes_written"] for k in found) - outputs
    if written >= between:
        yield f"{written} bytes between the kernels, not under {between}"
    if name in LOADED_ONCE and len(found) == 1:
        blocks = 1
        for extent in found[0]["grid"]:
            blocks *= extent
        for load in found[0]["loads"]:
            value = function.inputs[int(load["input"].removeprefix("arg"))]
            weight = size(value) > MIB
            if weight and load["times"] != 1:
                yield f"weight {load['input']} is loaded {load['times']} times"
            if not weight and load["times"] > blocks:
                yield f"input {load['input']} is loaded {load['times']} times by {blocks} blocks"


def main():
    tool, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    failures = 0
    names = []
    for name, function, results in table.programs():
        names.append(name)
        file, report = folder / f"{name}.mlir", folder / f"{name}.json"
        function.write(file, *results)
        done = subprocess.run([tool, file, f"--mirage-superoptimize=report={report}", "-o", folder / f"{name}.out.mlir"],
                              capture_output=True, text=True)
        if done.returncode:
            sys.exit(done.stderr)
        searched = json.loads(report.read_text())["functions"][0]
        lines = [searched["nothing_found"]] if searched["nothing_found"] else list(
            misses(name, function, results, searched["plans"][0]))
        failures += bool(lines)
        for line in lines:
            print(f"{name}: {line}")
    assert sorted(names) == sorted(PLANS), "a program without a plan to compare with"
    print(f"{len(names)} programs, {failures} with another plan")
    sys.exit(failures != 0)


if __name__ == "__main__":
    main()
