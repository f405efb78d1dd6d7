"""Wrong command lines and files: each ends with exit code 2 and one clear line.

errors.py BIN FOLDER      FOLDER is for the files; exits 1 with a line a failure
"""
import os
import subprocess
import sys

import numpy

BIN, FOLDER = sys.argv[1:3]
HERE = os.path.dirname(os.path.abspath(__file__))
BUNDLE = os.path.join(HERE, "../../Integration/GPU/Inputs/add.json")
TWICE = os.path.join(HERE, "twice.mlir")


def path(name):
    return os.path.join(FOLDER, name)


def text(name, contents):
    with open(path(name), "w") as file:
        file.write(contents)
    return path(name)


def array(name, value):
    numpy.save(path(name), value)
    return path(name)


os.makedirs(path("folder"), exist_ok=True)
array("folder/output_0.npy", numpy.zeros((3, 2)))
empty = text("empty", "")
f32 = array("f32.npy", numpy.zeros((2, 3), numpy.float32))
with open(f32, "rb") as file:
    truncated = text("truncated.npy", "")
    with open(truncated, "wb") as to:
        to.write(file.read()[:-1])
huge = text("huge.mlir", """
func.func @main(%x: tensor<3000000x3000000xf32>) -> tensor<3000000x3000000xf32> {
  %0 = mirage.exp %x : tensor<3000000x3000000xf32>
  return %0 : tensor<3000000x3000000xf32>
}""")
integers = text("integers.mlir", """
func.func @main(%x: tensor<4xi32>) -> tensor<4xi32> {
  return %x : tensor<4xi32>
}""")
foreign = text("foreign.mlir", """
func.func private @g(tensor<3xf32>) -> tensor<3xf32>
func.func @main(%x: tensor<3xf32>) -> tensor<3xf32> {
  %0 = func.call @g(%x) : (tensor<3xf32>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}""")
scalar = text("scalar.mlir", """
func.func @main(%x: f32) -> f32 {
  return %x : f32
}""")
dynamic = text("dynamic.mlir", """
func.func @main(%x: tensor<?xf32>) -> tensor<?xf32> {
  %0 = mirage.exp %x : tensor<?xf32>
  return %0 : tensor<?xf32>
}""")
BODY = """
func.func @main(%x: tensor<3xf32>) -> tensor<3xf32> {
  return %x : tensor<3xf32>
}"""
untranslated = text("untranslated.mlir", "emitc.global @x : i32" + BODY)
unresolved = text("unresolved.mlir", """
llvm.func @nobody()
llvm.func @user() {
  llvm.call @nobody() : () -> ()
  llvm.return
}""" + BODY)
two = text("two.mlir", """
func.func @main(%x: tensor<2x3xf32>, %y: tensor<2x3xf32>) -> tensor<2x3xf32> {
  return %x : tensor<2x3xf32>
}""")

# (arguments, what stderr says); the first argument is the file.
BOTH = [
    ([], "no file given"),
    ([""], "no file given"),
    (["a", "b"], "a second file: 'b'"),
    (["-"], "-: unknown option"),
    (["a", "--seed=-1"], "--seed: expected an integer in [0, 2^64): '-1'"),
    (["a", "--seed=18446744073709551616"], "expected an integer in [0, 2^64)"),
    (["a", "--seed=1e3"], "--seed: expected an integer in [0, 2^64): '1e3'"),
    (["a", "--seed="], "--seed: needs a value: --seed=..."),
    (["a", "--seed", "3"], "--seed: needs a value: --seed=..."),
    (["a", "--seed=1", "--seed=2"], "--seed: given twice"),
    (["a", "--bench=yes"], "--bench: takes no value"),
    (["a", "--dist=uniform"], "--dist: expected normal, large, tiny, INDEX:DISTRIBUTION"),
    (["a", "--dist=mask"], "--dist: expected normal, large, tiny"),
    (["a", "--dist=normal,large"], "two distributions for all inputs: 'normal,large'"),
    (["a", "--dist=0:tiny,0:large"], "two distributions for one input"),
    (["a", "--dist=0:scale=0"], "a scale must be finite and positive: '0:scale=0'"),
    (["a", "--dist=0:scale=inf"], "a scale must be finite and positive"),
    (["a", "--dist=0:scale=2,0:scale=3"], "two scales for one input"),
    (["a", "--dist=-1:mask"], "--dist: expected normal, large, tiny"),
    (["a", "--dist=4294967296:mask"], "--dist: expected normal, large, tiny"),
    (["a", "--input=x.npy"], "--input: expected INDEX:FILE.npy: 'x.npy'"),
    (["a", "--input=-1:x.npy"], "--input: expected INDEX:FILE.npy"),
    (["a", "--input=0:"], "--input: expected INDEX:FILE.npy"),
    (["a", "--input=0:x", "--input=0:y"], "--input: a second file for this input"),
    (["a", "--input=0:x", "--dist=0:mask"], "--input and --dist both say what input 0 is"),
    (["a", "--target=gpu"], "--target: expected eval, cpu or cuda: 'gpu'"),
    (["a", "--tolerance=-1"], "expected a finite number that is not negative: '-1'"),
    (["a", "--tolerance=nan"], "expected a finite number that is not negative"),
    (["a", "--reference=:f"], "--reference: expected FILE or FILE:NAME"),
    (["a", "--reference=r", "--reference-outputs=d"], "exclude each other"),
    (["a", "--save-reference=r", "--reference-outputs=d"],
     "--save-reference and --reference-outputs exclude each other"),
    (["a", "--save-reference=r", "--save-outputs=r"],
     "--save-reference and --save-outputs name one folder"),
    (["a", "--save-outputs=d", "--reference-outputs=d"], "would overwrite"),
    (["a", "--bench", "--target=eval"], "--bench needs --target=cpu or --target=cuda"),
    ([path("missing")], "missing: cannot open: No such file"),
    ([FOLDER], FOLDER + ": cannot read"),
    ([empty + "/x"], "cannot open: Not a directory"),
    ([BUNDLE, "--target=cpu"], "a bundle runs with --target=cuda only"),
    ([BUNDLE, "--entry=f"], "there is no function 'f', only: add"),
    ([BUNDLE, "--input=0:" + f32, "--input=2:" + f32], "--input: there is no input 2"),
    ([BUNDLE, "--dist=7:tiny"], "--dist: there is no input 7"),
    ([BUNDLE, "--reference-outputs=" + path("folder")],
     "output_0.npy: the output is 2x3, the file holds 3x2"),
    ([BUNDLE, "--reference-outputs=" + path("nowhere")], "output_0.npy: cannot open"),
]
RUN = [
    ([empty], "there is no function 'main', and 0 public functions: name one"),
    ([text("broken.mlir", "func.func @f(")], "broken.mlir: cannot be parsed"),
    ([text("binary.mlir", "\0\1\2")], "binary.mlir: cannot be parsed"),
    ([text("brace", "{")], "error: $: "),
    ([foreign], "foreign.mlir: cannot be imported"),
    ([scalar], "scalar.mlir: is no program that can be evaluated"),
    ([dynamic], "error:"),
    ([untranslated, "--target=cpu"], "error: cannot compile for this host: could not convert"),
    ([untranslated, "--target=cpu"], "error: --target=cpu: cannot be compiled"),
    ([unresolved, "--target=cpu"], "error: cannot run on this host: "),
    ([unresolved, "--target=cpu"], "error: --target=cpu: cannot be run"),
    ([huge], "inputs and outputs do not fit in the memory of this host"),
    ([TWICE, "--bench"], "--bench: needs --target=cpu or --target=cuda"),
    ([TWICE, "--entry=f"], "there is no function 'f'"),
    ([TWICE, "--dist=1:mask"], "--dist: there is no input 1"),
    ([integers, "--dist=0:mask"], "input 0: a mask cannot be of type i32"),
    ([TWICE, "--input=0:" + path("missing.npy")], "missing.npy: cannot open: No such file"),
    ([TWICE, "--input=0:" + FOLDER], "cannot read"),
    ([TWICE, "--input=0:" + empty], "empty: not a .npy file"),
    ([TWICE, "--input=0:" + truncated], "needs 24 bytes, the file has 23"),
    ([TWICE, "--input=0:" + array("i8.npy", numpy.zeros((2, 3), numpy.int8))],
     "unsupported element type '|i1' (known: <f2 <f4 <f8 <i4 |b1, and <u2 for bf16)"),
    ([TWICE, "--input=0:" + array("i4.npy", numpy.zeros((2, 3), numpy.int32))],
     "the input is 2x3 f32, the file holds 2x3 i32"),
    ([TWICE, "--input=0:" + array("f2.npy", numpy.zeros((2, 3), numpy.float16))],
     "the input is 2x3 f32, the file holds 2x3 f16"),
    ([TWICE, "--input=0:" + array("3x2.npy", numpy.zeros((3, 2), numpy.float32))],
     "the input is 2x3 f32, the file holds 3x2 f32"),
    ([TWICE, "--input=0:" + array("order.npy", numpy.zeros((2, 3), order="F"))],
     "column-major order is not supported"),
    ([TWICE, "--reference=" + two], "--reference: takes 2 inputs, the program 1"),
    ([TWICE, "--reference=" + integers], "error: --reference: input 0 is 4, the program's 2x3"),
    ([TWICE, "--reference=" + path("missing")], "missing: cannot open"),
    ([TWICE, "--reference=" + TWICE + ":g"], "there is no function 'g'"),
    ([TWICE, "--json=" + FOLDER], "cannot create: Is a directory"),
    ([TWICE, "--json=" + path("nowhere/x.json")], "cannot create: No such file"),
    ([TWICE, "--json=/dev/full"], "/dev/full: cannot write"),
    ([TWICE, "--save-inputs=" + empty], "empty: cannot create: "),
    ([TWICE, "--save-outputs=" + empty + "/x"], "cannot create: "),
    ([TWICE, "--save-reference=" + empty], "empty: cannot create: "),
]
RUN_BUNDLE = [
    ([empty], "error: $: "),
    ([TWICE], "error: $: "),
    ([BUNDLE, "--reference=" + TWICE], "--reference: this tool evaluates no programs"),
    ([BUNDLE, "--save-reference=d"], "--save-reference: there is no reference program"),
]

failures = 0
for tool, cases in [
    ("mirage-run", BOTH + RUN),
    ("mirage-run-bundle", BOTH + RUN_BUNDLE),
]:
    for arguments, expected in cases:
        done = subprocess.run(
            [os.path.join(BIN, tool)] + arguments, capture_output=True, text=True
        )
        problems = []
        if done.returncode != 2:
            problems.append(f"exit code {done.returncode}")
        if expected not in done.stderr:
            problems.append(f"no '{expected}' in '{done.stderr}'")
        if problems:
            failures += 1
            print(tool, *arguments, ":", "; ".join(problems))
# A stdout that takes nothing.
with open("/dev/full", "w") as full:
    done = subprocess.run(
        [os.path.join(BIN, "mirage-run"), TWICE], stdout=full, stderr=subprocess.PIPE, text=True
    )
if done.returncode != 2 or "cannot write the report" not in done.stderr:
    failures += 1
    print("mirage-run > /dev/full:", done.returncode, done.stderr)
print(f"{len(2 * BOTH + RUN + RUN_BUNDLE) + 1} cases, {failures} failures")
sys.exit(bool(failures))
