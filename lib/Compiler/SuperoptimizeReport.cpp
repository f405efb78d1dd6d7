//===- SuperoptimizeReport.cpp - What the superoptimizer found ------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Analysis/Threads.h"
#include "mirage/Compiler/Superoptimizer.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace mirage;
using sem::Op;
using sem::ValueId;
namespace json = llvm::json;

//===----------------------------------------------------------------------===//
// Facts about kernels
//===----------------------------------------------------------------------===//

std::map<ValueId, std::string>
mirage::tensorNames(const sem::Program &program) {
  std::map<ValueId, std::string> names;
  for (size_t i = 0; i < program.inputs.size(); ++i)
    names[program.inputs[i]] = "arg" + std::to_string(i);
  unsigned constants = 0, kernels = 0, others = 0;
  for (const Op &op : program.ops) {
    std::string name;
    bool isView = op.kind == Op::Algebra && op.sem->name() == "mirage.reshape";
    if (isView)
      name = names[op.operands[0]];
    else if (op.kind == Op::Dense || op.kind == Op::Constant)
      name = "constant" + std::to_string(constants++);
    else if (op.kind == Op::Kernel)
      name = "kernel" + std::to_string(kernels++);
    else
      name = "value" + std::to_string(others++);
    for (size_t i = 0; i < op.results.size(); ++i)
      names[op.results[i]] =
          op.kind == Op::Kernel ? name + "." + std::to_string(i) : name;
  }
  return names;
}

namespace {
class FactsReader {
public:
  FactsReader(const sem::Program &program,
              const std::map<ValueId, std::string> &names, KernelFacts &facts)
      : program(program), names(names), facts(facts) {}

  void read(const Op &kernel) {
    addAxes(kernel.axes, /*grid=*/true);
    walk(kernel.body, {kernel.axes.begin(), kernel.axes.end()});
    facts.threads = threadsOfBlock(largestTile);
  }

private:
  void addAxes(llvm::ArrayRef<sem::AxisId> axes, bool grid) {
    for (sem::AxisId axis : axes) {
      position[axis] = facts.axes.size();
      facts.axes.push_back(
          {program.axes[axis].name, grid, program.axes[axis].extent, {}});
    }
  }

  /// The axes of a split go ahead by tiles; outer ones by whole runs of inner.
  void readTiles(const sem::Split &split, const sem::Shape &tile) {
    for (size_t d = 0; d < split.size(); ++d) {
      int64_t ahead = tile[d];
      for (sem::AxisId axis : llvm::reverse(split[d])) {
        facts.axes[position.at(axis)].tile = ahead;
        ahead *= program.axes[axis].extent;
      }
    }
  }

  void readLoad(const Op &op, llvm::ArrayRef<sem::AxisId> enclosing) {
    readTiles(op.split, program.shape(op.results[0]));
    auto name = names.find(op.operands[0]);
    if (name == names.end()) // a tile, read again in pieces
      return;
    int64_t times = search::timesLoaded(program, op, enclosing);
    for (KernelFacts::Loads &loads : facts.loads)
      if (loads.tensor == name->second) {
        loads.times += times;
        return;
      }
    facts.loads.push_back({name->second, times});
  }

  void walk(const std::vector<Op> &body,
            llvm::SmallVector<sem::AxisId> enclosing) {
    for (const Op &op : body) {
      if (op.kind == Op::Load)
        readLoad(op, enclosing);
      if (op.kind == Op::Store) {
        readTiles(op.split, program.shape(op.operands[0]));
        continue;
      }
      for (ValueId v : op.results)
        largestTile = std::max(largestTile, sem::numElements(program.shape(v)));
      if (op.kind == Op::Loop) {
        addAxes(op.axes, /*grid=*/false);
        llvm::SmallVector<sem::AxisId> inner = enclosing;
        inner.append(op.axes.begin(), op.axes.end());
        walk(op.body, inner);
      }
    }
  }

  const sem::Program &program;
  const std::map<ValueId, std::string> &names;
  KernelFacts &facts;
  std::map<sem::AxisId, size_t> position;
  int64_t largestTile = 0;
};
} // namespace

std::vector<KernelFacts> mirage::factsOf(const sem::Program &program) {
  std::map<ValueId, std::string> names = tensorNames(program);
  std::vector<KernelFacts> facts;
  for (const Op &op : program.ops)
    if (op.kind == Op::Kernel)
      FactsReader(program, names, facts.emplace_back()).read(op);
  return facts;
}

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

/// JSON has no infinities.
static json::Value number(double value) {
  return std::isfinite(value) ? json::Value(value) : json::Value(nullptr);
}

static json::Array strings(llvm::ArrayRef<std::string> texts) {
  json::Array array;
  for (const std::string &text : texts)
    array.push_back(text);
  return array;
}

static json::Object counts(const std::map<std::string, uint64_t> &map) {
  json::Object object;
  for (const auto &[name, count] : map)
    object[name] = count;
  return object;
}

static json::Object totals(const search::Plan &plan) {
  int64_t read = 0, written = 0, loaded = 0;
  for (const search::KernelCost &k : plan.kernels)
    read += k.bytesRead, written += k.bytesWritten, loaded += k.bytesLoaded;
  return json::Object{{"kernels", static_cast<int64_t>(plan.kernels.size() +
                                                       plan.unformed)},
                      {"bytes_read", read},
                      {"bytes_written", written},
                      {"bytes_loaded", loaded}};
}

static json::Object layers(const verify::Verdict &verdict) {
  const verify::FieldTestResult &field = verdict.field;
  json::Value prime = nullptr, bound = nullptr;
  if (!field.primes.empty())
    prime = verdict.smallestPrime();
  if (std::optional<double> chance = verdict.bound())
    bound = *chance;
  json::Value floats = nullptr;
  if (verdict.floats)
    floats = json::Object{
        {"max_error", number(verdict.floats->maxError)},
        {"program_error", number(verdict.floats->referenceError)},
        {"tolerance", verdict.floats->tolerance},
        {"inputs", strings(verdict.floats->compared)}};
  return json::Object{
      {"accepted", verdict.accepted},
      {"field", json::Object{{"reason", verify::toString(field.reason)},
                             {"draws", field.draws},
                             {"prime", std::move(prime)},
                             {"surrogate", verdict.surrogates()},
                             {"comparisons", field.comparisons},
                             {"bound", std::move(bound)}}},
      {"proof", "unsupported"},
      {"certificate", nullptr},
      {"float", std::move(floats)},
      {"summary", verdict.summary}};
}

static json::Object describe(const RankedPlan &ranked) {
  json::Array kernels, sizes;
  std::vector<KernelFacts> facts = factsOf(ranked.plan.program);
  for (auto [cost, fact] : llvm::zip(ranked.plan.kernels, facts)) {
    json::Array grid, axes, loads;
    for (const KernelFacts::Axis &axis : fact.axes) {
      if (axis.grid)
        grid.push_back(axis.steps);
      axes.push_back(json::Object{
          {"axis", axis.name},
          {"role", axis.grid ? "grid" : "loop"},
          {"steps", axis.steps},
          {"tile", axis.tile ? json::Value(*axis.tile) : nullptr}});
    }
    for (const KernelFacts::Loads &load : fact.loads)
      loads.push_back(
          json::Object{{"input", load.tensor}, {"times", load.times}});
    sizes.push_back(std::move(axes));
    kernels.push_back(json::Object{{"grid", std::move(grid)},
                                   {"block", fact.threads},
                                   {"shared_bytes", cost.sharedBytes},
                                   {"bytes_read", cost.bytesRead},
                                   {"bytes_written", cost.bytesWritten},
                                   {"bytes_loaded", cost.bytesLoaded},
                                   {"loads", std::move(loads)},
                                   {"cost", number(cost.microseconds)}});
  }
  return json::Object{
      {"rank", ranked.rank},
      {"unfused", ranked.plan.unfused},
      {"structure", llvm::formatv("{0:x16}", ranked.plan.structure).str()},
      {"sizes", std::move(sizes)},
      {"kernels", std::move(kernels)},
      {"cost", number(ranked.plan.microseconds)},
      {"layers", layers(ranked.verdict)}};
}

json::Object mirage::reportOf(llvm::StringRef function,
                              const SuperoptimizeResult &result) {
  json::Value before = nullptr, after = nullptr, chosen = nullptr;
  if (result.unfused)
    after = before = totals(result.plans[*result.unfused].plan);
  if (result.chosen) {
    after = totals(result.plans[*result.chosen].plan);
    chosen = result.plans[*result.chosen].rank;
  }
  json::Array plans;
  for (const RankedPlan &plan : result.plans)
    plans.push_back(describe(plan));
  return json::Object{
      {"name", function},
      {"before", std::move(before)},
      {"after", std::move(after)},
      {"chosen", std::move(chosen)},
      {"plans", std::move(plans)},
      {"search",
       json::Object{{"programs", result.stats.programs},
                    {"states", result.stats.states},
                    {"refused", counts(result.stats.refused)},
                    {"pruned", counts(result.stats.pruned)},
                    {"limits_hit", strings(result.stats.limitsHit)}}},
      {"nothing_found", result.nothingFound.empty()
                            ? json::Value(nullptr)
                            : json::Value(result.nothingFound)},
      {"seconds", result.seconds}};
}

json::Object mirage::makeReport(const SuperoptimizeOptions &options,
                                json::Array functions, double seconds) {
  return json::Object{
      {"version", 1},
      {"chip", options.chip},
      {"seed", options.seed},
      {"options",
       json::Object{{"top_k", options.topK},
                    {"max_states", options.maxStates},
                    {"require", options.require},
                    {"disable_rules", strings(options.disabledRules)},
                    {"enable_rules", strings(options.enabledRules)}}},
      {"functions", std::move(functions)},
      {"seconds", seconds}};
}
