# REQUIRES: numpy
# RUN: %python %s %root %mlir_tblgen %mlir_include %cxx %t
"""Follows the page on adding an op in a copy of the sources: the ODS gives the op
and its page, and the object is found by the op's name and evaluates.

Arguments: the repository, mlir-tblgen, MLIR's headers, a compiler, a folder.
What then follows from the object is tested on a third party's ops
(test/Examples/acme.test).
"""

import os
import re
import shutil
import subprocess
import sys

ROOT, TBLGEN, MLIR_INCLUDE, CXX, FOLDER = sys.argv[1:]

MAIN = r"""
#include "mirage/Semantics/Evaluate.h"
#include <cmath>
#include <cstdio>

using namespace mirage::sem;

int main() {
  const OpSemantics *op = lookupOpSemantics("mirage.sigmoid");
  if (!op)
    return 2;
  Program program;
  ValueId x = program.addValue({{3}, ElementType::F64});
  ValueId r = program.addValue({{3}, ElementType::F64});
  program.ops.emplace_back();
  program.ops.back().sem = op;
  program.ops.back().operands = {x};
  program.ops.back().results = {r};
  program.inputs = {x};
  program.outputs = {r};
  Tensor input;
  input.shape = {3};
  input.data = {-2, 0, 3};
  std::vector<Tensor> result = evaluate(RealDomain(), program, input);
  for (size_t i = 0; i < 3; ++i) {
    std::printf("%g\n", result[0].data[i]);
    if (std::fabs(result[0].data[i] - 1 / (1 + std::exp(-input.data[i]))) > 1e-12)
      return 1;
  }
}
"""


def insert(path, before, text):
    full = os.path.join(FOLDER, path)
    with open(full) as file:
        old = file.read()
    if old.count(before) != 1:
        sys.exit(f"{path}: '{before}' is there {old.count(before)} times")
    with open(full, "w") as file:
        file.write(old.replace(before, text + before))


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    shutil.copytree(f"{ROOT}/include", f"{FOLDER}/include")
    shutil.copytree(f"{ROOT}/lib/Semantics", f"{FOLDER}/lib/Semantics")
    with open(f"{ROOT}/docs/AddingAnOp.md") as file:
        page = file.read()
    blocks = re.findall(r"^```(tablegen|cpp)\n(.*?)^```$", page, re.M | re.S)
    (_, entry), (_, declaration), (_, definition) = blocks
    insert("include/mirage/Dialect/Mirage/IR/MirageAlgebraOps.td", "def Mirage_CastOp ", entry)
    insert("include/mirage/Semantics/Semantics.h", "const OpSemantics &addSem()", declaration)
    insert("lib/Semantics/Semantics.cpp", "const OpSemantics *mirage::sem::lookupOpSemantics", definition)
    insert("lib/Semantics/Semantics.cpp", "addSem,  ", "sigmoidSem, ")

    def tblgen(action):
        return subprocess.run(
            [TBLGEN, f"-I{FOLDER}/include", f"-I{MLIR_INCLUDE}", *action,
             f"{FOLDER}/include/mirage/Dialect/Mirage/IR/MirageOps.td"],
            check=True, stdout=subprocess.PIPE, text=True,
        ).stdout

    assert "SigmoidOp::verifyInvariants" in tblgen(["-gen-op-defs"])
    assert "### `mirage.sigmoid` (mirage::SigmoidOp)" in tblgen(["-gen-dialect-doc", "-dialect=mirage"])

    with open(f"{FOLDER}/main.cpp", "w") as file:
        file.write(MAIN)
    # What evaluation in double needs.
    sources = [f"{FOLDER}/main.cpp", *(f"{FOLDER}/lib/Semantics/{name}.cpp" for name in ("Semantics", "Evaluate", "Field"))]
    libraries = os.path.join(os.path.dirname(os.path.dirname(TBLGEN)), "lib")
    subprocess.run(
        [CXX, "-std=c++17", "-O0", "-w", "-fno-exceptions", f"-I{FOLDER}/include", f"-I{FOLDER}/lib/Semantics",
         "-isystem", MLIR_INCLUDE, *sources, "-o", f"{FOLDER}/main", f"-L{libraries}", "-lLLVM", f"-Wl,-rpath,{libraries}"],
        check=True,
    )
    subprocess.run([f"{FOLDER}/main"], check=True)


main()
