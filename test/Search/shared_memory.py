# REQUIRES: numpy
# RUN: %python %s mirage-opt %programs %S/../Integration/Inputs %t.dir
"""The shared memory that the search reports for each kernel of its plans is
what mirage-plan-memory writes on it."""

import json
import pathlib
import re
import subprocess
import sys

OPT, PROGRAMS, INPUTS, FOLDER = sys.argv[1:]
NAMES = ["gated_mlp_b8", "gqa_b16", "lora_b8", "ntrans_b1", "rmsnorm_matmul_b16"]
MORE = ["layer_norm", "masked_attention_f16", "two_outputs"]
# Tiles do not divide the sizes, and 0 beyond the edge is not 0 after exp.
MASKED = """
func.func @main(%x: tensor<7x5003xf32>, %w: tensor<5003x97xf32>) -> tensor<7x97xf32> {
  %e = mirage.exp %x : tensor<7x5003xf32>
  %s = mirage.reduce sum %e dim 1 : tensor<7x5003xf32> -> tensor<7x1xf32>
  %m = mirage.matmul %e, %w : tensor<7x5003xf32>, tensor<5003x97xf32> -> tensor<7x97xf32>
  %d = mirage.div %m, %s : tensor<7x97xf32>, tensor<7x1xf32> -> tensor<7x97xf32>
  return %d : tensor<7x97xf32>
}
"""

compared = masks = 0
masked = pathlib.Path(FOLDER) / "masked.mlir"
masked.parent.mkdir(parents=True, exist_ok=True)
masked.write_text(MASKED)
for file in [f"{PROGRAMS}/{n}.mlir" for n in NAMES] + [f"{INPUTS}/{n}.mlir" for n in MORE] + [masked]:
    folder = pathlib.Path(FOLDER) / pathlib.Path(file).stem
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [OPT, file, "--convert-linalg-to-mirage", f"--mirage-superoptimize=top-k=4 report={folder}/report.json candidates-dir={folder}", "-o", "/dev/null"],
        check=True,
        stderr=subprocess.DEVNULL,
    )
    for function in json.loads((folder / "report.json").read_text())["functions"]:
        for plan in function.get("plans", []):
            planned = subprocess.run(
                [OPT, folder / f"{function['name']}_{plan['rank']}.mlir", "--mirage-materialize-masks", "--mirage-assign-threads", "--mirage-plan-memory"],
                check=True,
                capture_output=True,
                text=True,
            ).stdout
            wrote = [int(n) for n in re.findall(r"mirage.shared_bytes = (\d+)", planned)]
            said = [kernel["shared_bytes"] for kernel in plan["kernels"]]
            if wrote != said:
                sys.exit(f"{file}, plan {plan['rank']}: the search says {said}, the pass {wrote}")
            compared += len(said)
            masks += planned.count("mirage.mask")
print(compared, "kernels,", masks, "masks")
assert compared > 50 and masks > 0
