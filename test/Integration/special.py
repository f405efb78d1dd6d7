# REQUIRES: numpy
# RUN: %python %s %mirage_bin %t.dir "%ptxas"
"""Block programs in forms that a search need not find: edges where the neutral
element matters, dimensions cut by two axes, masks that hide whole tiles.

    special.py BIN FOLDER PTXAS      PTXAS may be empty
    special.py BIN FOLDER --bundles

Each runs on the evaluator and on the CPU, against numpy in double on the same
inputs, and its lowered kernels thread by thread; its PTX assembles. With --bundles
FOLDER, the folder `cases` of make-bundles.sh, gets what run-bundles.sh takes.
"""

import os
import subprocess
import sys

import numpy as np

BIN, FOLDER, PTXAS = sys.argv[1:]
BUNDLES = PTXAS == "--bundles"
TOLERANCE = {np.dtype(np.float16): 2e-3, np.dtype(np.float32): 2e-5}


def softmax_stats(steps, tile, source="%x"):
    """A loop that leaves the row maxima in %m and the sums of exp(x - m) in %l."""
    return f"""
    %m, %l = mirage.loop (%j : {steps}) -> (!mirage.tile<5x1xf32>, !mirage.tile<5x1xf32>) {{
      %t = mirage.load {source}[%i, %j] : tensor<10x1000xf32> -> !mirage.tile<5x{tile}xf32>
      %mj = mirage.reduce max %t dim 1 : !mirage.tile<5x{tile}xf32> -> !mirage.tile<5x1xf32>
      %p = mirage.exp_sub %t, %mj : !mirage.tile<5x{tile}xf32>, !mirage.tile<5x1xf32> -> !mirage.tile<5x{tile}xf32>
      %lj = mirage.reduce sum %p dim 1 : !mirage.tile<5x{tile}xf32> -> !mirage.tile<5x1xf32>
      mirage.accumulate max %mj, sum %lj rel %mj : !mirage.tile<5x1xf32>, !mirage.tile<5x1xf32>
    }}"""


LOG_SUM_EXP = f"""
func.func @main(%x: tensor<10x1000xf32>) -> tensor<10x1xf32> {{
  %o = mirage.kernel (%i : 2) ins(%x = %x : tensor<10x1000xf32>) outs(%out : tensor<10x1xf32>) {{{softmax_stats(16, 64)}
    %g = mirage.log %l : !mirage.tile<5x1xf32>
    %r = mirage.add %m, %g : !mirage.tile<5x1xf32>, !mirage.tile<5x1xf32> -> !mirage.tile<5x1xf32>
    mirage.store %r to %out[%i, *] : !mirage.tile<5x1xf32>, !mirage.out<10x1xf32>
  }}
  return %o : tensor<10x1xf32>
}}
"""

# The row is read twice, and written in the second loop.
SOFTMAX = f"""
func.func @main(%x: tensor<10x1000xf32>) -> (tensor<10x1000xf16>, tensor<10x1xf32>) {{
  %o, %s = mirage.kernel (%i : 2) ins(%x = %x : tensor<10x1000xf32>) outs(%out : tensor<10x1000xf16>, %sums : tensor<10x1xf32>) {{{softmax_stats(8, 128)}
    %c = mirage.loop (%k : 16) -> (!mirage.tile<5x1xf32>) {{
      %u = mirage.load %x[%i, %k] : tensor<10x1000xf32> -> !mirage.tile<5x64xf32>
      %e = mirage.exp_sub %u, %m : !mirage.tile<5x64xf32>, !mirage.tile<5x1xf32> -> !mirage.tile<5x64xf32>
      %q = mirage.div %e, %l : !mirage.tile<5x64xf32>, !mirage.tile<5x1xf32> -> !mirage.tile<5x64xf32>
      %h = mirage.cast %q : !mirage.tile<5x64xf32> -> !mirage.tile<5x64xf16>
      mirage.store %h to %out[%i, %k] : !mirage.tile<5x64xf16>, !mirage.out<10x1000xf16>
      %r = mirage.reduce sum %q dim 1 : !mirage.tile<5x64xf32> -> !mirage.tile<5x1xf32>
      mirage.accumulate sum %r : !mirage.tile<5x1xf32>
    }}
    mirage.store %c to %sums[%i, *] : !mirage.tile<5x1xf32>, !mirage.out<10x1xf32>
  }}
  return %o, %s : tensor<10x1000xf16>, tensor<10x1xf32>
}}
"""

# 1000 is no multiple of 64: a 0 beyond the edge would be the maximum.
MAX_OF_NEGATIVES = """
func.func @main(%x: tensor<6x1000xf16>) -> tensor<6x1xf16> {
  %o = mirage.kernel (%i : 3) ins(%x = %x : tensor<6x1000xf16>) outs(%out : tensor<6x1xf16>) {
    %m = mirage.loop (%k : 16) -> (!mirage.tile<2x1xf32>) {
      %t = mirage.load %x[%i, %k] : tensor<6x1000xf16> -> !mirage.tile<2x64xf16>
      %r = mirage.reduce max %t dim 1 : !mirage.tile<2x64xf16> -> !mirage.tile<2x1xf16>
      %f = mirage.cast %r : !mirage.tile<2x1xf16> -> !mirage.tile<2x1xf32>
      mirage.accumulate max %f : !mirage.tile<2x1xf32>
    }
    %h = mirage.cast %m : !mirage.tile<2x1xf32> -> !mirage.tile<2x1xf16>
    mirage.store %h to %out[%i, *] : !mirage.tile<2x1xf16>, !mirage.out<6x1xf16>
  }
  return %o : tensor<6x1xf16>
}
"""

MATMUL_1000 = """
func.func @main(%a: tensor<16x1000xf16>, %b: tensor<1000x48xf16>) -> tensor<16x48xf32> {
  %o = mirage.kernel (%n : 2) ins(%a = %a : tensor<16x1000xf16>, %b = %b : tensor<1000x48xf16>) outs(%out : tensor<16x48xf32>) {
    %c = mirage.loop (%k : 8) -> (!mirage.tile<16x32xf32>) {
      %s = mirage.load %a[*, %k] : tensor<16x1000xf16> -> !mirage.tile<16x128xf16>
      %t = mirage.load %b[%k, %n] : tensor<1000x48xf16> -> !mirage.tile<128x32xf16>
      %m = mirage.matmul %s, %t : !mirage.tile<16x128xf16>, !mirage.tile<128x32xf16> -> !mirage.tile<16x32xf32>
      mirage.accumulate sum %m : !mirage.tile<16x32xf32>
    }
    mirage.store %c to %out[*, %n] : !mirage.tile<16x32xf32>, !mirage.out<16x48xf32>
  }
  return %o : tensor<16x48xf32>
}
"""

# exp, so that elements beyond the edge count unless they are masked. The last of
# the three parts has only 232 of its 384 elements.
GRID_AND_LOOP = """
func.func @main(%x: tensor<7x1000xf32>) -> tensor<7x1xf32> {
  %p = mirage.kernel (%s : 3) ins(%x = %x : tensor<7x1000xf32>) outs(%out : tensor<7x3xf32>) {
    %c = mirage.loop (%k : 6) -> (!mirage.tile<7x1xf32>) {
      %t = mirage.load %x[*, (%s, %k)] : tensor<7x1000xf32> -> !mirage.tile<7x64xf32>
      %e = mirage.exp %t : !mirage.tile<7x64xf32>
      %r = mirage.reduce sum %e dim 1 : !mirage.tile<7x64xf32> -> !mirage.tile<7x1xf32>
      mirage.accumulate sum %r : !mirage.tile<7x1xf32>
    }
    mirage.store %c to %out[*, %s] : !mirage.tile<7x1xf32>, !mirage.out<7x3xf32>
  }
  %o = mirage.kernel () ins(%p = %p : tensor<7x3xf32>) outs(%out : tensor<7x1xf32>) {
    %t = mirage.load %p[*, *] : tensor<7x3xf32> -> !mirage.tile<7x3xf32>
    %r = mirage.reduce sum %t dim 1 : !mirage.tile<7x3xf32> -> !mirage.tile<7x1xf32>
    mirage.store %r to %out[*, *] : !mirage.tile<7x1xf32>, !mirage.out<7x1xf32>
  }
  return %o : tensor<7x1xf32>
}
"""

MASKED_ATTENTION = """
func.func @main(%q: tensor<6x16xf16>, %k: tensor<100x16xf16>, %v: tensor<100x24xf16>, %mask: tensor<6x100xf32>) -> tensor<6x24xf16> {
  %o = mirage.kernel (%i : 2) ins(%q = %q : tensor<6x16xf16>, %k = %k : tensor<100x16xf16>, %v = %v : tensor<100x24xf16>, %w = %mask : tensor<6x100xf32>) outs(%out : tensor<6x24xf16>) {
    %qt = mirage.load %q[%i, *] : tensor<6x16xf16> -> !mirage.tile<3x16xf16>
    %m, %l, %a = mirage.loop (%j : 7) -> (!mirage.tile<3x1xf32>, !mirage.tile<3x1xf32>, !mirage.tile<3x24xf32>) {
      %kt = mirage.load %k[%j, *] : tensor<100x16xf16> -> !mirage.tile<16x16xf16>
      %vt = mirage.load %v[%j, *] : tensor<100x24xf16> -> !mirage.tile<16x24xf16>
      %wt = mirage.load %w[%i, %j] : tensor<6x100xf32> -> !mirage.tile<3x16xf32>
      %kp = mirage.transpose %kt [1, 0] : !mirage.tile<16x16xf16> -> !mirage.tile<16x16xf16>
      %d = mirage.matmul %qt, %kp : !mirage.tile<3x16xf16>, !mirage.tile<16x16xf16> -> !mirage.tile<3x16xf32>
      %s = mirage.add %d, %wt : !mirage.tile<3x16xf32>, !mirage.tile<3x16xf32> -> !mirage.tile<3x16xf32>
      %mj = mirage.reduce max %s dim 1 : !mirage.tile<3x16xf32> -> !mirage.tile<3x1xf32>
      %p = mirage.exp_sub %s, %mj : !mirage.tile<3x16xf32>, !mirage.tile<3x1xf32> -> !mirage.tile<3x16xf32>
      %lj = mirage.reduce sum %p dim 1 : !mirage.tile<3x16xf32> -> !mirage.tile<3x1xf32>
      %ph = mirage.cast %p : !mirage.tile<3x16xf32> -> !mirage.tile<3x16xf16>
      %aj = mirage.matmul %ph, %vt : !mirage.tile<3x16xf16>, !mirage.tile<16x24xf16> -> !mirage.tile<3x24xf32>
      mirage.accumulate max %mj, sum %lj rel %mj, sum %aj rel %mj : !mirage.tile<3x1xf32>, !mirage.tile<3x1xf32>, !mirage.tile<3x24xf32>
    }
    %r = mirage.div %a, %l : !mirage.tile<3x24xf32>, !mirage.tile<3x1xf32> -> !mirage.tile<3x24xf32>
    %h = mirage.cast %r : !mirage.tile<3x24xf32> -> !mirage.tile<3x24xf16>
    mirage.store %h to %out[%i, *] : !mirage.tile<3x24xf16>, !mirage.out<6x24xf16>
  }
  return %o : tensor<6x24xf16>
}
"""


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def normal(seed, shape, dtype, scale=1.0):
    return (scale * np.random.default_rng(seed).standard_normal(shape)).astype(dtype)


def mask():
    """Hides the first tile of 16 keys from all rows, and the next from row 0."""
    result = normal(4, (6, 100), np.float32)
    result[:, :16] = -np.inf
    result[0, 16:32] = -np.inf
    return result


F16, F32 = np.float16, np.float32
# name: (program, inputs, reference in double)
PROGRAMS = {
    "log_sum_exp": (LOG_SUM_EXP, [normal(1, (10, 1000), F32, 100)], lambda x: x.max(1, keepdims=True) + np.log(np.exp(x - x.max(1, keepdims=True)).sum(1, keepdims=True))),
    "softmax": (SOFTMAX, [normal(1, (10, 1000), F32, 10)], lambda x: (softmax(x), np.ones((10, 1)))),
    "max_of_negatives": (MAX_OF_NEGATIVES, [-1 - abs(normal(1, (6, 1000), F16))], lambda x: x.max(1, keepdims=True)),
    "matmul_1000": (MATMUL_1000, [normal(1, (16, 1000), F16), normal(2, (1000, 48), F16)], lambda a, b: a @ b),
    "grid_and_loop": (GRID_AND_LOOP, [normal(1, (7, 1000), F32)], lambda x: np.exp(x).sum(1, keepdims=True)),
    "masked_attention": (
        MASKED_ATTENTION,
        [normal(1, (6, 16), F16), normal(2, (100, 16), F16), normal(3, (100, 24), F16), mask()],
        lambda q, k, v, w: softmax(q @ k.T + w) @ v,
    ),
}


def run(tool, *args):
    result = subprocess.run([os.path.join(BIN, tool), *args], capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"{tool} {' '.join(args)}: {result.stderr[:2000]}{result.stdout[:1000]}")
    return result.stdout


def error(actual, reference):
    """As docs define it: relative to the element and the output's rms."""
    scale = abs(reference) + np.sqrt(np.mean(reference**2))
    return np.max(np.where(np.isfinite(actual), abs(actual.astype(float) - reference) / scale, np.inf))


def save(folder, prefix, tensors):
    """The paths of the files."""
    os.makedirs(os.path.join(FOLDER, folder), exist_ok=True)
    paths = [os.path.join(folder, f"{prefix}_{i}.npy") for i in range(len(tensors))]
    for path, tensor in zip(paths, tensors):
        np.save(os.path.join(FOLDER, path), tensor)
    return paths


def lower(program, chip, kind, to):
    lowered = program + ".lowered"
    run("mirage-opt", program, f"--mirage-to-ptx=chip={chip}", "-o", lowered)
    run("mirage-translate", lowered, f"--mirage-export-{kind}", "-o", to)
    os.remove(lowered)


def check(name, program, inputs, expected):
    files = [f"--input={i}:{os.path.join(FOLDER, path)}" for i, path in enumerate(save(name, "input", inputs))]
    folder = os.path.join(FOLDER, name)
    errors = []
    for target in ("eval", "cpu"):
        run("mirage-run", program, f"--target={target}", *files, f"--save-outputs={folder}")
        for i, values in enumerate(expected):
            actual = np.load(os.path.join(folder, f"output_{i}.npy"))
            errors.append(error(actual, values))
            if not errors[-1] <= TOLERANCE[actual.dtype]:
                sys.exit(f"{name} on {target}: error {errors[-1]}")
    run("mirage-opt", program, "--test-mirage-gpu-lowering")
    for chip in ("sm_80", "sm_90a"):
        ptx = os.path.join(folder, chip + ".ptx")
        lower(program, chip, "ptx", ptx)
        if PTXAS:
            subprocess.run([PTXAS, f"-arch={chip}", ptx, "-o", ptx + ".cubin"], check=True)
    print(f"{name}: largest error {max(errors):.1e}")


def bundle(name, program, inputs, expected):
    """The bundle's outputs are narrower than the reference, as everywhere."""
    paths = save(name + ".inputs", "input", inputs)
    save(name + ".reference", "output", expected)
    folder = os.path.basename(os.path.normpath(FOLDER))
    with open(os.path.join(FOLDER, name + ".args"), "w") as file:
        print(*(f"--input={i}:{folder}/{path}" for i, path in enumerate(paths)), file=file)
    lower(program, "sm_90a", "bundle", os.path.join(FOLDER, name + ".block.json"))
    os.remove(program)


def main():
    os.makedirs(FOLDER, exist_ok=True)
    for name, (text, inputs, reference) in PROGRAMS.items():
        # Other cases have some of the names.
        name = "block_" + name if BUNDLES else name
        expected = reference(*(tensor.astype(float) for tensor in inputs))
        program = os.path.join(FOLDER, name + ".mlir")
        with open(program, "w") as file:
            file.write(text)
        (bundle if BUNDLES else check)(name, program, inputs, expected if isinstance(expected, tuple) else (expected,))


main()
