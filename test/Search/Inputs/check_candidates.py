"""Checks a folder of candidates against the report of the same run.

check_candidates.py MIRAGE_OPT REPORT FOLDER

Every listed plan is there as IR that parses and has the kernels, grids and
threads that the report states; plan.dot is a graph whose clusters and tensors
are those of the chosen plans.
"""
import json
import os
import re
import shutil
import subprocess
import sys

TOKEN = re.compile(r'\s*(?:("(?:[^"\\]|\\.)*")|([A-Za-z_][A-Za-z_0-9]*|-?[0-9.]+)|(->|[{}\[\];=,]))')


class Graph:
    """What DOT text says: nodes, edges, and clusters by name with their label."""

    def __init__(self, text):
        self.nodes, self.edges, self.clusters = {}, [], {}
        self.tokens, at = [], 0
        while text[at:].strip():
            match = TOKEN.match(text, at)
            assert match, f"no token of DOT: {text[at:at + 40]!r}"
            self.tokens.append(match.group().strip())
            at = match.end()
        self.take("digraph")
        self.identifier()
        self.block()
        assert not self.tokens, "text after the graph"
        for end in [end for edge in self.edges for end in edge[:2]]:
            assert end in self.nodes, f"an edge of {end}, which is no node"

    def take(self, expected):
        token = self.tokens.pop(0)
        assert token == expected, f"{token}, expected {expected}"

    def identifier(self):
        token = self.tokens.pop(0)
        assert token[0] == '"' or re.fullmatch(r"\w+|-?[0-9.]+", token), f"{token} is no identifier"
        return re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], token[1:-1]) if token[0] == '"' else token

    def attributes(self):
        result = {}
        if self.tokens[0] != "[":
            return result
        self.take("[")
        while True:
            name = self.identifier()
            self.take("=")
            result[name] = self.identifier()
            if self.tokens[0] == "]":
                self.take("]")
                return result
            self.take(",")

    def block(self, cluster=None):
        self.take("{")
        while self.tokens[0] != "}":
            if self.tokens[0] == "subgraph":
                self.take("subgraph")
                name = self.identifier()
                assert name not in self.clusters, f"two clusters {name}"
                self.clusters[name] = ""
                self.block(name)
                continue
            name = self.identifier()
            if self.tokens[0] == "=":
                self.take("=")
                self.clusters[cluster] = self.identifier()
            elif self.tokens[0] == "->":
                self.take("->")
                self.edges.append((name, self.identifier(), self.attributes().get("label")))
            else:
                assert name not in self.nodes, f"two nodes {name}"
                self.nodes[name] = self.attributes()["label"]
            self.take(";")
        self.take("}")


def check_ir(tool, path, plan):
    done = subprocess.run(
        [tool, path, "--mirage-materialize-masks", "--mirage-assign-threads", "--mirage-plan-memory"],
        capture_output=True, text=True)
    assert not done.returncode, f"{path}: {done.stderr}"
    grids = [[int(n) for n in re.findall(r": (\d+)", axes)] for axes in re.findall(r"mirage\.kernel \(([^)]*)\)", done.stdout)]
    threads = [int(n) for n in re.findall(r"mirage\.threads = (\d+)", done.stdout)]
    assert grids == [k["grid"] for k in plan["kernels"]], f"{path}: grids {grids}"
    assert threads == [k["block"] for k in plan["kernels"]], f"{path}: threads {threads}"


def check_graph(graph, number, plan):
    """`number`: of the function among those with a chosen plan."""
    prefix = f"f{number}_"
    kernels = [name for name in graph.clusters if re.fullmatch(f"cluster_{prefix}kernel\\d+", name)]
    assert len(kernels) == len(plan["kernels"]), kernels
    for i, (kernel, axes) in enumerate(zip(plan["kernels"], plan["sizes"])):
        label = graph.clusters[f"cluster_{prefix}kernel{i}"]
        assert f"{kernel['block']} threads, {kernel['shared_bytes']} bytes shared" in label, label
        for axis in axes:
            step = f"{axis['axis']}: {axis['steps']}" + (f" x {axis['tile']}" if axis["tile"] else "")
            where = [label] if axis["role"] == "grid" else [
                text for name, text in graph.clusters.items() if name.startswith(f"cluster_{prefix}loop")]
            assert any(step in text for text in where), f"{step} is not in {where}"
    # Edges between tensors and kernels carry the bytes.
    tensors = {name for name, label in graph.nodes.items() if name.startswith(prefix) and label.endswith("bytes")}
    count = lambda edges: sum(int(re.fullmatch(r"(\d+) bytes", label)[1]) for _, _, label in edges)
    loads = [edge for edge in graph.edges if edge[0] in tensors]
    stores = [edge for edge in graph.edges if edge[1] in tensors]
    assert count(loads) == sum(k["bytes_loaded"] for k in plan["kernels"]), loads
    assert count(stores) == sum(k["bytes_written"] for k in plan["kernels"]), stores


def main():
    tool, report, folder = sys.argv[1:]
    with open(report) as file:
        functions = json.load(file)["functions"]
    with open(os.path.join(folder, "plan.dot")) as file:
        graph = Graph(file.read())
    number = 0
    for function in functions:
        name = re.sub(r"[^A-Za-z0-9_.$-]", lambda m: f"%{ord(m[0]):02X}", function["name"])
        for plan in function["plans"]:
            check_ir(tool, os.path.join(folder, f"{name}_{plan['rank']}.mlir"), plan)
            if plan["rank"] == function["chosen"]:
                assert graph.clusters[f"cluster_f{number}"] == function["name"]
                check_graph(graph, number, plan)
                number += 1
    assert number, "nothing was chosen"
    assert f"cluster_f{number}" not in graph.clusters
    if shutil.which("dot"):
        subprocess.run(["dot", "-Tsvg", os.path.join(folder, "plan.dot"), "-o", os.devnull], check=True)


main()
