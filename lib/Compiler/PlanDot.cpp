//===- PlanDot.cpp - Plans as graphs in the DOT language ------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Compiler/Superoptimizer.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/GraphWriter.h"

using namespace mirage;
using sem::Op;
using sem::ValueId;

namespace {
/// One function: tensors in device memory around clusters of kernels, and
/// clusters of loops in those.
class PlanPrinter {
public:
  PlanPrinter(llvm::raw_ostream &os, unsigned number, llvm::StringRef function,
              const search::Plan &plan)
      : os(os), function(function), plan(plan), program(plan.program),
        prefix("f" + std::to_string(number)), names(tensorNames(program)),
        facts(factsOf(program)) {}

  void print() {
    openCluster(prefix, function.str());
    printTensors();
    unsigned kernel = 0;
    for (const Op &op : program.ops)
      if (op.kind == Op::Kernel)
        printKernel(op, kernel++);
    close();
    for (const std::string &edge : edges)
      os << "  " << edge << ";\n";
  }

private:
  static std::string quote(llvm::StringRef label) {
    return '"' + llvm::DOT::EscapeString(label.str()) + '"';
  }

  llvm::raw_ostream &line() { return os.indent(2 * depth); }

  void openCluster(llvm::StringRef id, const std::string &label) {
    line() << "subgraph cluster_" << id << " {\n";
    ++depth;
    line() << "label=" << quote(label) << ";\n";
  }
  void close() {
    --depth;
    line() << "}\n";
  }

  void node(llvm::StringRef id, const std::string &label,
            llvm::StringRef attributes = "") {
    line() << id << " [label=" << quote(label) << attributes << "];\n";
  }
  void edge(llvm::StringRef from, llvm::StringRef to,
            const std::string &label = "") {
    std::string text = (from + " -> " + to).str();
    if (!label.empty())
      text += " [label=" + quote(label) + "]";
    edges.push_back(std::move(text));
  }

  /// Views are drawn as what they view: a tensor's node is called by its name.
  std::string tensorId(ValueId v) const {
    std::string id = prefix + "_" + names.at(v);
    std::replace(id.begin(), id.end(), '.', '_');
    return id;
  }
  /// Of a tile, or of a tensor or scalar used as it is.
  std::string id(ValueId v) const {
    return names.count(v) ? tensorId(v) : prefix + "_v" + std::to_string(v);
  }

  static std::string textOf(double value) {
    std::string text;
    llvm::raw_string_ostream(text) << llvm::format("%g", value);
    return text;
  }
  std::string typeOf(ValueId v) const {
    return sem::toString(program.shape(v)) + " " +
           sem::toString(program.values[v].element).str();
  }
  std::string bytesOf(ValueId v, int64_t times = 1) const {
    int64_t bits = sem::numElements(program.shape(v)) *
                   sem::bitWidth(program.values[v].element);
    return std::to_string((bits + 7) / 8 * times) + " bytes";
  }

  void printTensors() {
    std::set<std::string> drawn;
    auto draw = [&](ValueId v) {
      if (!drawn.insert(tensorId(v)).second)
        return;
      bool isOutput = llvm::any_of(program.outputs, [&](ValueId output) {
        return tensorId(output) == tensorId(v);
      });
      node(tensorId(v), names.at(v) + "\n" + typeOf(v) + "\n" + bytesOf(v),
           isOutput ? ", shape=box, peripheries=2" : ", shape=box");
    };
    for (ValueId v : program.inputs)
      draw(v);
    for (const Op &op : program.ops)
      for (ValueId v : op.results)
        draw(v);
  }

  static std::string describe(const KernelFacts::Axis &axis) {
    std::string text = axis.name + ": " + std::to_string(axis.steps);
    if (axis.tile)
      text += " x " + std::to_string(*axis.tile);
    return text;
  }

  void printKernel(const Op &op, unsigned number) {
    const KernelFacts &fact = facts[number];
    std::string label = "kernel" + std::to_string(number);
    for (const KernelFacts::Axis &axis : fact.axes)
      if (axis.grid)
        label += "\ngrid " + describe(axis);
    label += llvm::formatv("\n{0} threads, {1} bytes shared, {2:f1} us",
                           fact.threads, plan.kernels[number].sharedBytes,
                           plan.kernels[number].microseconds);
    openCluster(prefix + "_kernel" + std::to_string(number), label);
    const KernelFacts::Axis *loops = fact.axes.data() + op.axes.size();
    printBody(op.body, {op.axes.begin(), op.axes.end()}, loops);
    close();
  }

  /// `loops`: the next axis of a loop, in the order of the program.
  void printBody(const std::vector<Op> &body,
                 llvm::SmallVector<sem::AxisId> enclosing,
                 const KernelFacts::Axis *&loops) {
    for (const Op &op : body) {
      switch (op.kind) {
      case Op::Load: {
        node(id(op.results[0]), "load " + typeOf(op.results[0]));
        bool isTensor = names.count(op.operands[0]);
        edge(id(op.operands[0]), id(op.results[0]),
             isTensor ? bytesOf(op.operands[0], search::timesLoaded(
                                                    program, op, enclosing))
                      : "");
        break;
      }
      case Op::Store: {
        std::string store = tensorId(op.results[0]) + "_store";
        node(store, "store");
        edge(id(op.operands[0]), store);
        edge(store, tensorId(op.results[0]), bytesOf(op.results[0]));
        break;
      }
      case Op::Algebra: {
        llvm::StringRef name = op.sem->name();
        name.consume_front("mirage.");
        node(id(op.results[0]), name.str() + "\n" + typeOf(op.results[0]));
        for (ValueId v : op.operands)
          edge(id(v), id(op.results[0]));
        break;
      }
      case Op::Constant:
        node(id(op.results[0]), textOf(op.constant));
        break;
      case Op::Loop:
        printLoop(op, enclosing, loops);
        break;
      case Op::Dense:
      case Op::Kernel:
        break;
      }
    }
  }

  void printLoop(const Op &op, llvm::SmallVector<sem::AxisId> enclosing,
                 const KernelFacts::Axis *&loops) {
    std::string label = "loop";
    for (size_t i = 0; i < op.axes.size(); ++i)
      label += " " + describe(*loops++);
    enclosing.append(op.axes.begin(), op.axes.end());
    openCluster(prefix + "_loop" + std::to_string(loopCount++), label);
    printBody(op.body, enclosing, loops);
    close();
    for (auto [result, accumulator] : llvm::zip(op.results, op.accumulators)) {
      std::string kind = sem::toString(accumulator.kind).str();
      if (accumulator.rel >= 0)
        kind += " rel";
      node(id(result), "accumulate " + kind + "\n" + typeOf(result));
      edge(id(accumulator.value), id(result));
    }
  }

  llvm::raw_ostream &os;
  llvm::StringRef function;
  const search::Plan &plan;
  const sem::Program &program;
  std::string prefix;
  std::map<ValueId, std::string> names;
  std::vector<KernelFacts> facts;
  std::vector<std::string> edges;
  unsigned depth = 1, loopCount = 0;
};
} // namespace

void mirage::printDot(
    llvm::raw_ostream &os,
    llvm::ArrayRef<std::pair<std::string, search::Plan>> plans) {
  os << "digraph plan {\n";
  for (auto [i, plan] : llvm::enumerate(plans))
    PlanPrinter(os, i, plan.first, plan.second).print();
  os << "}\n";
}
