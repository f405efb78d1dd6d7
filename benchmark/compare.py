#!/usr/bin/env python3
# Part of the Mirage project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares bundles with PyTorch on this machine's first GPU.

FROM is a folder of make-bundles.sh, of which the programs are taken, or a bundle
NAME.FORM.json with NAME.args and NAME.reference/ beside it. Our forms of a program
and PyTorch's (peers.py) get the same inputs and are compared with the program in
double; what differs is not timed. Every round times all of them, each time in
another order; a ratio is between two times of one round. PyTorch runs from CUDA
graphs, as our launches do, and is timed as mirage-run-bundle times: hot, run after
run, and cold, after a write of twice the L2.

exit status: 0 all was compared, 1 something differs or failed, 2 bad arguments,
3 something could not be compared: no GPU, no PyTorch, no time left.
"""

import argparse
import importlib.util
import json
import math
import os
import pathlib
import re
import shlex
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
OURS = ("searched", "unfused", "block")
# name: (form of peers.py, arguments of torch.compile or None, what it is)
PEERS = {
    "eager": ("plain", None, "the plain form"),
    "compiled": ("plain", {}, "the plain form, torch.compile"),
    "autotuned": (
        "plain",
        {"mode": "max-autotune-no-cudagraphs"},
        "the plain form, torch.compile(mode='max-autotune-no-cudagraphs')",
    ),
    "library": (
        "library",
        None,
        "the form with PyTorch's own fused operations, operands laid out ahead of time",
    ),
}
# As mirage-run's.
TOLERANCE = {"f16": 2e-3, "bf16": 1.6e-2, "f32": 2e-5, "f64": 1e-12}
HOT_SAMPLE_US, MOST_RUNS, SAMPLES = 2000, 500, 50


def load(path):
    """The Python module in a file of any name."""
    spec = importlib.util.spec_from_file_location(re.sub(r"\W", "_", path.stem), path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def first_line(text):
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[0].strip()[:200] if lines else "no message"


def max_error(actual, reference):
    """max |a - r| / (|r| + rms(r)), as docs/Run.md defines it."""
    import numpy as np

    if actual.shape != reference.shape:
        return math.inf
    finite = reference[np.isfinite(reference)]
    rms = np.sqrt((finite**2).mean()) if finite.size else 0
    same = (actual == reference) | (np.isnan(actual) & np.isnan(reference))
    with np.errstate(all="ignore"):
        error = np.abs(actual - reference) / (np.abs(reference) + rms)
    error[same] = 0
    error[~np.isfinite(error)] = math.inf
    return float(error.max(initial=0))


class Program:
    """The bundles of one program, its inputs, and its outputs in double."""

    def __init__(self, name, folder, bundles):
        self.name, self.bundles = name, bundles
        self.options = folder / f"{name}.args"
        self.reference = folder / f"{name}.reference"
        for path in (self.options, self.reference):
            if not path.exists():
                raise ValueError(f"{next(iter(bundles.values()))}: there is no {path.name} beside it")
        self.inputs = []

    def describe(self):
        """The types of the inputs and of the outputs."""
        text = json.loads(next(iter(self.bundles.values())).read_text())
        functions = text["functions"]
        function = next((f for f in functions if f["name"] == "main"), functions[0])
        return [[t["dtype"] for t in function[key]] for key in ("inputs", "outputs")]

    def run(self, runner, form, inputs, bench):
        """Runs a bundle. The inputs are written to a folder by the first run, and
        are read by the others: to make them takes longer."""
        command = [runner, self.bundles[form], f"--reference-outputs={self.reference}", "--json=-"]
        if self.inputs:
            command += [f"--input={i}:{path}" for i, path in enumerate(self.inputs)]
        else:
            command += shlex.split(self.options.read_text()) + [f"--save-inputs={inputs}"]
        # Paths in NAME.args are from the folder of make-bundles.sh.
        folder = self.options.parent.parent
        done = subprocess.run(command + ["--bench"] * bench, cwd=folder, capture_output=True, text=True)
        if not self.inputs:
            count = len(list(inputs.glob("input_*.npy")))
            self.inputs = [inputs / f"input_{i}.npy" for i in range(count)]
        if done.returncode not in (0, 1):
            reason = first_line(done.stderr).removeprefix(f"{self.bundles[form]}: error: ")
            if done.returncode == 3:
                return {"skipped": reason}
            return {"error": f"exit status {done.returncode}: {reason}"}
        report = json.loads(done.stdout)
        errors = [output["max_error"] for output in report["outputs"]]
        run = {"ok": report["ok"], "max_error": max(errors, key=float), "device": report["device"]}
        if report["bench"]:
            run["times"] = [report["bench"][key]["median"] for key in ("hot_us", "cold_us")]
        return run

    def times(self, runner, form):
        run = self.run(runner, form, None, True)
        if "times" not in run:
            raise RuntimeError(run.get("error") or run.get("skipped") or f"error {run['max_error']}")
        return run["times"]


def collect(sources, only):
    """The programs named on the command line, by name."""
    found = {}
    for source in map(pathlib.Path, sources):
        if source.is_dir():
            folder = source / "programs"
            bundles = [
                path
                for path in sorted(folder.glob("*.json"))
                if path.suffixes[-2:-1] and path.suffixes[-2][1:] in OURS
            ]
            if not bundles:
                raise ValueError(f"{source}: there are no bundles in {folder} (make-bundles.sh)")
        elif source.is_file():
            bundles = [source]
            if len(source.name.split(".")) < 3:
                raise ValueError(f"{source}: expected a name like NAME.searched.json")
        else:
            raise ValueError(f"{source}: there is no such folder or bundle")
        for path in bundles:
            name, form = path.name.removesuffix(".json").rsplit(".", 1)
            path = path.resolve()
            found.setdefault((path.parent, name), {})[form] = path
    programs = [
        Program(name, folder, bundles) for (folder, name), bundles in found.items() if only.search(name)
    ]
    if not programs:
        raise ValueError(f"no program matches --only={only.pattern}")
    if len({program.name for program in programs}) != len(programs):
        raise ValueError("two programs have the same name")
    return programs


class Peer:
    """A PyTorch function and its operands, on the device of these."""

    def __init__(self, torch, run, operands):
        self.torch, self.run, self.operands = torch, run, operands

    def outputs(self):
        outputs = self.run(*self.operands)
        return outputs if isinstance(outputs, (tuple, list)) else (outputs,)

    def capture(self, runs):
        """A graph of some runs in a row, and the outputs of the last."""
        graph = self.torch.cuda.CUDAGraph()
        with self.torch.cuda.graph(graph):
            for _ in range(runs):
                outputs = self.outputs()
        return graph, outputs

    def prepare(self):
        """Compiles and captures. What a captured run leaves in its outputs, which
        were NaN before."""
        cuda = self.torch.cuda
        side = cuda.Stream()
        side.wait_stream(cuda.current_stream())
        with cuda.stream(side):
            for _ in range(3):
                self.outputs()
        cuda.current_stream().wait_stream(side)
        self.once, outputs = self.capture(1)
        estimate = min(self.sample(self.once) for _ in range(10))
        self.runs = max(1, min(MOST_RUNS, math.ceil(HOT_SAMPLE_US / max(estimate, 0.1))))
        self.many, _ = self.capture(self.runs)
        for output in outputs:
            output.fill_(math.nan)
        self.once.replay()
        cuda.synchronize()
        return outputs

    def sample(self, graph):
        """The microseconds of one replay."""
        begin, end = (self.torch.cuda.Event(enable_timing=True) for _ in range(2))
        begin.record()
        graph.replay()
        end.record()
        end.synchronize()
        return begin.elapsed_time(end) * 1e3

    def times(self, flush):
        samples = [self.sample(self.many) / self.runs for _ in range(SAMPLES + 10)]
        cold = []
        for i in range(SAMPLES):
            flush.fill_(i)
            cold.append(self.sample(self.once))
        # The first warm up.
        return statistics.median(samples[10:]), statistics.median(cold)


class Bench:
    def __init__(self, options, torch, forms):
        self.options, self.torch, self.forms = options, torch, forms
        self.start = time.monotonic()
        self.device = "cpu"
        if torch and torch.cuda.is_available():
            self.device = "cuda"
            l2 = torch.cuda.get_device_properties(0).L2_cache_size
            self.flush = torch.empty(max(2 * l2, 1 << 25), dtype=torch.uint8, device="cuda")

    def out_of_time(self):
        return time.monotonic() - self.start > self.options.budget

    def operand(self, path, dtype):
        import numpy as np

        array = np.load(path)
        tensor = self.torch.from_numpy(array.view(np.int16) if dtype == "bf16" else array)
        return (tensor.view(self.torch.bfloat16) if dtype == "bf16" else tensor).to(self.device)

    def make_peer(self, name, form, operands):
        run, arguments = form.run, PEERS[name][1]
        if arguments is not None:
            run = self.torch.compile(run, dynamic=False, **arguments)
        return Peer(self.torch, run, form.layout(*operands))

    def peers(self, program, runs):
        """The peers that agree; `runs` gets an entry for each."""
        stem, _, batch = program.name.rpartition("_b")
        forms = self.forms.get(stem if batch.isdigit() else program.name)
        if not self.torch or not forms or not program.inputs:
            reason = "no PyTorch"
            if self.torch:
                reason = "there are no inputs" if forms else "PyTorch has no form of it in peers.py"
            runs.update({name: {"skipped": reason} for name in PEERS})
            return {}
        import numpy as np

        inputs, outputs = program.describe()
        operands = [self.operand(path, dtype) for path, dtype in zip(program.inputs, inputs)]
        references = [
            np.load(program.reference / f"output_{i}.npy").astype(np.float64)
            for i in range(len(outputs))
        ]
        # The program before had the same functions in other shapes.
        self.torch._dynamo.reset()
        peers = {}
        for name, (form, arguments, _) in PEERS.items():
            if form not in forms:
                continue
            if self.device == "cpu" and arguments is not None:
                runs[name] = {"skipped": "no GPU"}
                continue
            if self.out_of_time():
                runs[name] = {"skipped": "out of time"}
                continue
            try:
                peer = self.make_peer(name, forms[form], operands)
                results = peer.prepare() if self.device == "cuda" else peer.outputs()
                if len(results) != len(references):
                    raise ValueError(f"{len(results)} outputs instead of {len(references)}")
                errors = [max_error(a.double().cpu().numpy(), r) for a, r in zip(results, references)]
            except Exception as problem:  # Whatever PyTorch throws is a result.
                runs[name] = {"error": first_line(f"{type(problem).__name__}: {problem}")}
                continue
            ok = all(error <= TOLERANCE[dtype] for error, dtype in zip(errors, outputs))
            runs[name] = {"ok": ok, "max_error": max(errors) if math.isfinite(max(errors)) else "inf"}
            if ok:
                peers[name] = peer
        return peers if self.device == "cuda" else {}

    def measure(self, program):
        """The entry of a program in the results."""
        runs = {}
        with tempfile.TemporaryDirectory() as inputs:
            inputs = pathlib.Path(inputs)
            for form in sorted(program.bundles):
                runs[form] = program.run(self.options.runner, form, inputs, False)
            timed = {
                form: lambda form=form: program.times(self.options.runner, form)
                for form, run in runs.items()
                if run.get("ok")
            }
            for name, peer in self.peers(program, runs).items():
                timed[name] = lambda peer=peer: peer.times(self.flush)
            for number in range(self.options.rounds):
                order = list(timed)
                for i in range(len(order)):
                    name = order[(i + number) % len(order)]
                    try:
                        hot, cold = timed[name]()
                    except Exception as problem:
                        runs[name] = {"error": first_line(f"{type(problem).__name__}: {problem}")}
                        del timed[name]
                        continue
                    runs[name].setdefault("hot_us", []).append(hot)
                    runs[name].setdefault("cold_us", []).append(cold)
        return runs


def verdict(programs):
    """The exit status that the results stand for."""
    runs = [run for runs in programs.values() for run in runs.values()]
    if any("error" in run or run.get("ok") is False for run in runs):
        return 1
    return 3 if any("skipped" in run for run in runs) else 0


def driver():
    try:
        command = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
        return first_line(subprocess.run(command, capture_output=True, text=True).stdout)
    except OSError:
        return None


def at_least(least):
    def parse(text):
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"'{text}' is no integer of at least {least}")
        return int(text)

    return parse


def pattern(text):
    try:
        return re.compile(text)
    except re.error as problem:
        raise argparse.ArgumentTypeError(f"'{text}': {problem}")


def read_results(path):
    try:
        results = json.loads(path.read_text())
        if "peers" in results and isinstance(results["programs"], dict):
            return results
    except (ValueError, LookupError, TypeError):
        pass
    raise ValueError(f"{path}: these are no results of this script")


def parse(arguments):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sources", nargs="+", metavar="FROM", help="a folder or a bundle, see above")
    parser.add_argument("--json", type=pathlib.Path, help="write the results, after each program")
    parser.add_argument("--resume", type=pathlib.Path, help="keep what these results hold of one's programs")
    parser.add_argument("--only", type=pattern, default=re.compile(""), help="programs whose names match")
    parser.add_argument("--runner", type=pathlib.Path, help="default: mirage-run-bundle of the folder")
    parser.add_argument("--peers", type=pathlib.Path, help="Python file whose FORMS are used as well")
    parser.add_argument("--rounds", type=at_least(1), default=3, help="default: %(default)s")
    parser.add_argument("--budget", type=at_least(0), default=540, help="seconds, then nothing is begun")
    options = parser.parse_args(arguments)
    try:
        programs = collect(options.sources, options.only)
        first = pathlib.Path(options.sources[0])
        root = first if first.is_dir() else first.resolve().parent.parent
        options.runner = (options.runner or root / "mirage-run-bundle").resolve()
        if not os.access(options.runner, os.X_OK) or options.runner.is_dir():
            raise ValueError(f"{options.runner}: no such program (--runner)")
        about = json.loads("{" + (root / "about").read_text() + "}") if (root / "about").exists() else {}
        done = read_results(options.resume) if options.resume else {"programs": {}}
        if options.json and not options.json.resolve().parent.is_dir():
            raise ValueError(f"{options.json}: there is no such folder")
        if options.peers and (options.peers.suffix != ".py" or not options.peers.is_file()):
            raise ValueError(f"{options.peers}: there is no such file NAME.py")
    except (ValueError, OSError) as problem:
        parser.error(str(problem))
    return options, programs, about, done


def main(arguments):
    options, programs, about, done = parse(arguments)
    table = load(HERE.parent / "utils" / "results-table.py")
    torch, forms = None, {}
    try:
        import numpy  # noqa: F401
        import torch

        import peers

        forms = {**peers.FORMS, **(load(options.peers).FORMS if options.peers else {})}
        torch.set_grad_enabled(False)
    except ImportError as problem:
        torch = None
        print(f"NOTE: {problem}: PyTorch's forms DID NOT RUN", file=sys.stderr)
    bench = Bench(options, torch, forms)
    if torch and bench.device == "cpu":
        print("NOTE: PyTorch sees no GPU: its forms are checked, NOT TIMED", file=sys.stderr)

    results = {
        "device": torch.cuda.get_device_name(0) if bench.device == "cuda" else None,
        "driver": driver(),
        "torch": torch and torch.__version__,
        **about,
        "rounds": options.rounds,
        "peers": {name: text for name, (_, _, text) in PEERS.items()},
        "programs": {},
    }
    for program in programs:
        kept = done["programs"].get(program.name)
        if kept and done["device"] == results["device"] and verdict({"": kept}) == 0:
            results["programs"][program.name] = kept
            continue
        if bench.out_of_time():
            runs = {form: {"skipped": "out of time"} for form in program.bundles}
        else:
            runs = bench.measure(program)
        results["device"] = results["device"] or next(
            (run["device"] for run in runs.values() if run.get("device")), None
        )
        results["programs"][program.name] = runs
        if options.json:
            options.json.write_text(json.dumps(results, indent=1) + "\n")
        notes = [f"{name}: {run[key]}" for name, run in runs.items() for key in ("error", "skipped") if key in run]
        seconds = time.monotonic() - bench.start
        print(f"{program.name} after {seconds:.0f} s", *notes, sep="; ", file=sys.stderr, flush=True)
    print(table.peer_table(results), end="")
    return verdict(results["programs"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
