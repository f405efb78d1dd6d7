//===- Superoptimize.cpp - Search, verify, rank, materialize --------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Compiler/Passes.h"
#include "mirage/Compiler/ProgramIO.h"
#include "mirage/Dialect/Mirage/IR/Mirage.h"
#include "mirage/Search/Search.h"
#include "mirage/Verify/Verifier.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include <chrono>

namespace mlir::mirage {
#define GEN_PASS_DEF_SUPEROPTIMIZEPASS
#include "mirage/Compiler/Passes.h.inc"
} // namespace mlir::mirage

using namespace mlir;
namespace json = llvm::json;
namespace search = ::mirage::search;
namespace sem = ::mirage::sem;
namespace verify = ::mirage::verify;

namespace {
json::Object totals(ArrayRef<search::KernelCost> kernels) {
  int64_t read = 0, written = 0, loaded = 0;
  for (const search::KernelCost &k : kernels)
    read += k.bytesRead, written += k.bytesWritten, loaded += k.bytesLoaded;
  return json::Object{{"kernels", static_cast<int64_t>(kernels.size())},
                      {"bytes_read", read},
                      {"bytes_written", written},
                      {"bytes_loaded", loaded}};
}

json::Object counts(const std::map<std::string, uint64_t> &map) {
  json::Object object;
  for (const auto &[name, count] : map)
    object[name] = static_cast<int64_t>(count);
  return object;
}

struct Superoptimize
    : mlir::mirage::impl::SuperoptimizePassBase<Superoptimize> {
  using SuperoptimizePassBase::SuperoptimizePassBase;

  void runOnOperation() final {
    auto start = std::chrono::steady_clock::now();
    search::SearchOptions options;
    options.target = search::lookupTarget(chip);
    if (!options.target)
      return fail("unknown chip '" + chip + "'");
    if (require != "test")
      return fail(require == "proof"
                      ? std::string("require=proof: there are no proofs yet")
                      : "require is '" + require + "', expected test");
    if (topK < 1)
      return fail("top-k must be at least 1");
    options.topK = topK;
    options.maxStates = maxStates;
    for (const std::string &rule : disableRules) {
      if (!llvm::is_contained(search::ruleNames(), rule))
        return fail("unknown rule '" + rule + "'; rules are " +
                    llvm::join(search::ruleNames(), ", "));
      options.disabledRules.insert(rule);
    }
    json::Array functions;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal())
        if (failed(optimize(function, options, functions)))
          return signalPassFailure();
    if (report.empty())
      return;
    json::Array disabled;
    for (const std::string &rule : options.disabledRules)
      disabled.push_back(rule);
    json::Object root{
        {"version", 1},
        {"chip", chip.getValue()},
        {"seed", static_cast<int64_t>(seed)},
        {"options", json::Object{{"top_k", static_cast<int64_t>(topK)},
                                 {"max_states", static_cast<int64_t>(maxStates)},
                                 {"require", require.getValue()},
                                 {"disable_rules", std::move(disabled)}}},
        {"functions", std::move(functions)},
        {"seconds", std::chrono::duration<double>(
                        std::chrono::steady_clock::now() - start)
                        .count()}};
    std::error_code error;
    llvm::raw_fd_ostream os(report, error);
    if (error)
      return fail("cannot write '" + report + "': " + error.message());
    os << llvm::formatv("{0:2}\n", json::Value(std::move(root)));
  }

private:
  void fail(const std::string &message) {
    getOperation().emitError(message);
    signalPassFailure();
  }

  json::Object layers(const verify::Verdict &verdict) {
    json::Object object{{"proof", "unsupported"}};
    object["field"] = json::Object{{"draws", verdict.field.draws},
                                   {"levels", verdict.field.levels},
                                   {"bound", nullptr}};
    object["summary"] = verdict.summary;
    object["float"] = verdict.floats ? json::Value(verdict.floats->accepted)
                                     : json::Value(nullptr);
    return object;
  }

  verify::VerifyOptions verifyOptions() const {
    verify::VerifyOptions result;
    result.field.seed = seed;
    result.floats.seed = seed;
    return result;
  }

  /// Whether one of the best few plans passes.
  bool acceptsAny(const sem::Program &program,
                  const search::SearchResult &result) const {
    constexpr unsigned tries = 4;
    unsigned tried = 0;
    for (const search::Plan &plan : result.plans) {
      if (plan.unfused)
        continue;
      if (verify::verify(program, plan.program, verifyOptions()).accepted)
        return true;
      if (++tried == tries)
        break;
    }
    return false;
  }

  LogicalResult optimize(func::FuncOp function,
                         const search::SearchOptions &options,
                         json::Array &functions) {
    Operation *foreign = nullptr;
    FailureOr<sem::Program> program =
        mlir::mirage::extractProgram(function, &foreign);
    json::Object entry{{"name", function.getName()}};
    if (failed(program)) {
      if (!foreign)
        return failure();
      std::string why = "it holds " + foreign->getName().getStringRef().str();
      emitRemark(foreign->getLoc(), "'") << function.getName() << "' is not searched: "
                               << why;
      entry["nothing_found"] = why;
      functions.push_back(std::move(entry));
      return success();
    }
    // Narrow products first; if the tests refuse them all, wide ones.
    search::SearchOptions attempt = options;
    search::SearchResult result = search::search(*program, attempt);
    if (!result.plans.empty() && !acceptsAny(*program, result)) {
      attempt.narrowProducts = false;
      result = search::search(*program, attempt);
    }
    json::Array plans;
    const search::Plan *chosen = nullptr;
    uint64_t refused = 0, rank = 0;
    for (const search::Plan &plan : result.plans) {
      ++rank;
      verify::Verdict verdict;
      bool listed = plans.size() < topK || plan.unfused;
      if (!listed && chosen)
        continue;
      if (!plan.unfused) {
        verify::VerifyOptions layersOf = verifyOptions();
        layersOf.field.deep = !chosen;
        verdict = verify::verify(*program, plan.program, layersOf);
        if (!verdict.accepted) {
          ++refused;
          emitRemark(function.getLoc(), "a plan was refused: ") << verdict.summary;
          continue;
        }
      }
      if (!chosen && !plan.unfused) {
        chosen = &plan;
        emitRemark(function.getLoc(), "chose ")
            << plan.kernels.size() << " kernel(s), modelled "
            << llvm::formatv("{0:f1}", plan.microseconds).str() << " us; "
            << verdict.summary;
      }
      json::Array kernels;
      for (auto [cost, sizes] : llvm::zip(plan.kernels, plan.sizes))
        kernels.push_back(json::Object{{"sizes", sizes},
                                       {"blocks", cost.blocks},
                                       {"shared_bytes", cost.sharedBytes},
                                       {"bytes_read", cost.bytesRead},
                                       {"bytes_written", cost.bytesWritten},
                                       {"bytes_loaded", cost.bytesLoaded}});
      plans.push_back(json::Object{
          {"rank", static_cast<int64_t>(rank)},
          {"unfused", plan.unfused},
          {"structure", llvm::formatv("{0:x16}", plan.structure).str()},
          {"kernels", std::move(kernels)},
          {"cost", plan.microseconds},
          {"layers", layers(verdict)}});
      if (!candidatesDir.empty() && failed(writeCandidate(function, plan, rank)))
        return failure();
      if (plan.unfused)
        entry["before"] = totals(plan.kernels);
    }
    std::string nothing = result.nothingFound;
    if (!chosen && nothing.empty())
      nothing = refused ? "every plan was refused by the tests"
                        : "no plan is cheaper";
    entry["plans"] = std::move(plans);
    entry["nothing_found"] =
        chosen ? json::Value(nullptr) : json::Value(nothing);
    json::Array limits;
    for (const std::string &limit : result.stats.limitsHit)
      limits.push_back(limit);
    if (refused)
      result.stats.refused["verification"] = refused;
    entry["search"] =
        json::Object{{"states", static_cast<int64_t>(result.stats.states)},
                     {"refused", counts(result.stats.refused)},
                     {"pruned", counts(result.stats.pruned)},
                     {"limits_hit", std::move(limits)}};
    if (chosen)
      entry["after"] = totals(chosen->kernels);
    functions.push_back(std::move(entry));
    if (!chosen) {
      emitRemark(function.getLoc(), "nothing found: ") << nothing;
      return success();
    }
    return mlir::mirage::materializeProgram(chosen->program, function);
  }

  LogicalResult writeCandidate(func::FuncOp function, const search::Plan &plan,
                               uint64_t rank) {
    if (std::error_code error = llvm::sys::fs::create_directories(candidatesDir))
      return function.emitError("cannot create '")
             << candidatesDir << "': " << error.message();
    SmallString<128> path(candidatesDir);
    llvm::sys::path::append(path, function.getName() + "_" + Twine(rank) +
                                      ".mlir");
    std::error_code error;
    llvm::raw_fd_ostream os(path, error);
    if (error)
      return function.emitError("cannot write '") << path << "': "
                                                  << error.message();
    OwningOpRef<func::FuncOp> copy(function.clone());
    if (failed(mlir::mirage::materializeProgram(plan.program, *copy)))
      return failure();
    copy->print(os);
    os << '\n';
    return success();
  }
};
} // namespace
