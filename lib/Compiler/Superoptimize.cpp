//===- Superoptimize.cpp - Superoptimize the functions of a module --------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Extracts each function's program, asks the superoptimizer, writes what was
// chosen back as IR, and says what happened. All decisions are made in
// Superoptimizer.cpp.
//
//===----------------------------------------------------------------------===//

#include "mirage/Compiler/Passes.h"
#include "mirage/Compiler/ProgramIO.h"
#include "mirage/Compiler/ProgressLine.h"
#include "mirage/Compiler/Superoptimizer.h"
#include "mirage/Dialect/Mirage/IR/Mirage.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"
#include <chrono>

namespace mlir::mirage {
#define GEN_PASS_DEF_SUPEROPTIMIZEPASS
#include "mirage/Compiler/Passes.h.inc"
} // namespace mlir::mirage

using namespace mlir;
namespace json = llvm::json;
namespace sem = ::mirage::sem;

namespace {
/// What a remark says, and figures for tools. Codes are stable.
struct Remark {
  remark::RemarkKind kind;
  StringRef code;
  std::string text;
  SmallVector<std::pair<std::string, std::string>, 4> figures = {};
};

constexpr StringRef category = "mirage-superoptimize";

remark::detail::InFlightRemark begin(Location loc, remark::RemarkKind kind,
                                     remark::RemarkOpts opts) {
  switch (kind) {
  case remark::RemarkKind::RemarkPassed:
    return remark::passed(loc, opts);
  case remark::RemarkKind::RemarkMissed:
    return remark::missed(loc, opts);
  case remark::RemarkKind::RemarkFailure:
    return remark::failed(loc, opts);
  default:
    return remark::analysis(loc, opts);
  }
}

/// Goes to the remark engine if that was asked for it (--remarks-filter), and
/// is a diagnostic otherwise: what was not done is always said.
void emit(func::FuncOp function, Location loc, const Remark &remark) {
  remark::detail::InFlightRemark out =
      begin(loc, remark.kind,
            remark::RemarkOpts::name(remark.code)
                .category(category)
                .function(function.getName()));
  if (!out) {
    emitRemark(loc) << '[' << category << "] [" << remark.code << "] '"
                    << function.getName() << "': " << remark.text;
    return;
  }
  out << StringRef(remark.text);
  for (auto [name, figure] : remark.figures)
    out << remark::metric(name, StringRef(figure));
}

Remark remarkOfChoice(const ::mirage::SuperoptimizeResult &result) {
  const ::mirage::RankedPlan &chosen = result.plans[*result.chosen];
  Remark remark{remark::RemarkKind::RemarkPassed, "chosen", ""};
  auto tell = [&](const ::mirage::search::Plan &plan, const Twine &when) {
    std::string kernels = std::to_string(plan.kernels.size() + plan.unformed);
    std::string time = llvm::formatv("{0:f1}", plan.microseconds);
    remark.figures.push_back({("Kernels" + when).str(), kernels});
    remark.figures.push_back({("Microseconds" + when).str(), time});
    return std::make_pair(kernels, time);
  };
  auto [kernels, time] = tell(chosen.plan, "");
  std::string before, timeBefore;
  if (result.unfused)
    std::tie(before, timeBefore) =
        tell(result.plans[*result.unfused].plan, "Before");
  llvm::raw_string_ostream(remark.text)
      << (before.empty() ? "" : before + " -> ") << kernels
      << " kernel(s), modelled time "
      << (before.empty() ? "" : timeBefore + " -> ") << time << " us; "
      << chosen.verdict.summary;
  return remark;
}

/// One remark a layer that refused, the limits that were hit, and the result.
void emitRemarks(func::FuncOp function,
                 const ::mirage::SuperoptimizeResult &result) {
  Location loc = function.getLoc();
  for (const ::mirage::Refusal &refusal : result.refusals)
    emit(function, loc,
         {remark::RemarkKind::RemarkFailure,
          "refused",
          std::to_string(refusal.count) + " plan(s) refused by the " +
              refusal.layer + " test; the first: " + refusal.first,
          {{"Plans", std::to_string(refusal.count)}}});
  if (!result.stats.limitsHit.empty())
    emit(function, loc,
         {remark::RemarkKind::RemarkAnalysis, "limit",
          "the search was cut short by: " +
              llvm::join(result.stats.limitsHit, ", ")});
  if (result.chosen)
    emit(function, loc, remarkOfChoice(result));
  else
    emit(function, loc,
         {remark::RemarkKind::RemarkMissed, "nothing-found",
          result.nothingFound});
}

class Superoptimize
    : public mlir::mirage::impl::SuperoptimizePassBase<Superoptimize> {
public:
  using Base::Base;

  void runOnOperation() final {
    if (failed(optimizeAll()))
      signalPassFailure();
  }

private:
  LogicalResult optimizeAll() {
    auto start = std::chrono::steady_clock::now();
    chosen.clear();
    ::mirage::SuperoptimizeOptions options = makeOptions();
    if (std::optional<std::string> why = ::mirage::whyUnusable(options))
      return fail(*why);
    // What cannot be written is said before the search.
    std::unique_ptr<llvm::raw_fd_ostream> reportFile;
    if (!report.empty()) {
      std::error_code error;
      reportFile = std::make_unique<llvm::raw_fd_ostream>(report, error);
      if (error)
        return cannotWrite(report, error);
    }
    if (!candidatesDir.empty()) {
      std::error_code error =
          llvm::sys::fs::create_directories(candidatesDir);
      if (!error && !llvm::sys::fs::is_directory(candidatesDir))
        error = std::make_error_code(std::errc::not_a_directory);
      if (error)
        return cannotWrite(candidatesDir, error);
    }

    json::Array functions;
    WalkResult walk =
        getOperation()->walk<WalkOrder::PreOrder>([&](func::FuncOp function) {
          if (function.isExternal() ||
              succeeded(optimize(function, options, functions)))
            return WalkResult::skip();
          return WalkResult::interrupt();
        });
    if (walk.wasInterrupted())
      return failure();
    if (!candidatesDir.empty() && failed(writeGraph()))
      return failure();
    if (!reportFile)
      return success();
    double seconds = std::chrono::duration<double>(
                         std::chrono::steady_clock::now() - start)
                         .count();
    *reportFile << llvm::formatv(
        "{0:2}\n", json::Value(::mirage::makeReport(
                       options, std::move(functions), seconds)));
    return close(*reportFile, report);
  }

  ::mirage::SuperoptimizeOptions makeOptions() {
    ::mirage::SuperoptimizeOptions options;
    options.chip = chip;
    options.seed = seed;
    options.threads = getContext().isMultithreadingEnabled() ? threads : 1;
    options.topK = topK;
    options.maxStates = maxStates;
    options.require = require;
    auto names = [](const auto &list) {
      std::vector<std::string> result(list.begin(), list.end());
      llvm::sort(result);
      result.erase(llvm::unique(result), result.end());
      return result;
    };
    options.disabledRules = names(disableRules);
    options.enabledRules = names(enableRules);
    return options;
  }

  /// At the module, without the IR of it.
  LogicalResult fail(const Twine &message) {
    return emitError(getOperation().getLoc(), message);
  }
  LogicalResult cannotWrite(StringRef path, std::error_code why) {
    return fail("cannot write '" + path + "': " + why.message());
  }

  LogicalResult close(llvm::raw_fd_ostream &os, StringRef path) {
    // stdout is closed by the tool.
    if (path == "-")
      os.flush();
    else
      os.close();
    std::error_code error = os.error();
    os.clear_error();
    return error ? cannotWrite(path, error) : success();
  }

  /// Other modules have their own passes.
  FailureOr<sem::Program> extract(func::FuncOp function, Operation *&foreign,
                                  std::string &why) {
    if (function->getParentOp() == getOperation())
      return mlir::mirage::extractProgram(function, &foreign, &why);
    foreign = function;
    why = "it is not in the module itself";
    return failure();
  }

  LogicalResult optimize(func::FuncOp function,
                         const ::mirage::SuperoptimizeOptions &options,
                         json::Array &functions) {
    Operation *foreign = nullptr;
    std::string why;
    FailureOr<sem::Program> program = extract(function, foreign, why);
    if (failed(program)) {
      if (foreign != function)
        why = "'" + foreign->getName().getStringRef().str() + "' " + why;
      emit(function, foreign->getLoc(),
           {remark::RemarkKind::RemarkMissed, "not-searched", why});
      ::mirage::SuperoptimizeResult none;
      none.nothingFound = why;
      functions.push_back(::mirage::reportOf(function.getName(), none));
      return success();
    }
    ::mirage::SuperoptimizeResult result = superoptimize(*program, options);
    emitRemarks(function, result);
    functions.push_back(::mirage::reportOf(function.getName(), result));
    if (!candidatesDir.empty())
      for (const ::mirage::RankedPlan &plan : result.plans)
        if (failed(writeCandidate(function, plan)))
          return failure();
    if (!result.chosen)
      return success();
    ::mirage::search::Plan &plan = result.plans[*result.chosen].plan;
    if (failed(mlir::mirage::materializeProgram(plan.program, function)))
      return failure();
    chosen.push_back({function.getName().str(), std::move(plan)});
    return success();
  }

  /// With a line that says how it goes, if somebody may be looking.
  static ::mirage::SuperoptimizeResult
  superoptimize(const sem::Program &program,
                ::mirage::SuperoptimizeOptions options) {
    if (!llvm::sys::Process::StandardErrIsDisplayed())
      return ::mirage::superoptimize(program, options);
    ::mirage::ProgressLine line(llvm::errs(),
                                ("[" + category + "] " + program.name).str());
    options.progress = [&](StringRef what) { line.say(what); };
    return ::mirage::superoptimize(program, options);
  }

  LogicalResult writeGraph() {
    SmallString<128> path(candidatesDir);
    llvm::sys::path::append(path, "plan.dot");
    std::error_code error;
    llvm::raw_fd_ostream os(path, error);
    if (error)
      return cannotWrite(path, error);
    ::mirage::printDot(os, chosen);
    return close(os, path);
  }

  /// A function's name as part of a file's name.
  static std::string fileName(StringRef name) {
    std::string result;
    for (char c : name) {
      if (llvm::isAlnum(c) || StringRef("_.-$").contains(c))
        result += c;
      else
        result += '%' + llvm::toHex(StringRef(&c, 1));
    }
    return result;
  }

  LogicalResult writeCandidate(func::FuncOp function,
                               const ::mirage::RankedPlan &ranked) {
    SmallString<128> path(candidatesDir);
    llvm::sys::path::append(path, fileName(function.getName()) + "_" +
                                      Twine(ranked.rank) + ".mlir");
    std::error_code error;
    llvm::raw_fd_ostream os(path, error);
    if (error)
      return cannotWrite(path, error);
    OwningOpRef<func::FuncOp> copy(function.clone());
    if (failed(mlir::mirage::materializeProgram(ranked.plan.program, *copy)))
      return failure();
    copy->print(os);
    os << '\n';
    return close(os, path);
  }

  std::vector<std::pair<std::string, ::mirage::search::Plan>> chosen;
};
} // namespace
