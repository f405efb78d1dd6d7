//===- FieldTest.cpp - Test two programs in finite fields -----------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Verify/FieldTest.h"
#include "ErrorBound.h"
#include "FieldDraws.h"
#include "Programs.h"
#include "mirage/Semantics/Evaluate.h"
#include "mirage/Semantics/Field.h"
#include "mirage/Verify/Surrogate.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <cmath>
#include <set>

using namespace mirage::sem;
using namespace mirage::verify;

llvm::StringRef mirage::verify::toString(FieldReason reason) {
  switch (reason) {
  case FieldReason::Accepted:
    return "accepted";
  case FieldReason::Uncovered:
    return "uncovered";
  case FieldReason::IllFormed:
    return "ill-formed";
  case FieldReason::NotTestable:
    return "not testable";
  case FieldReason::Different:
    return "different";
  case FieldReason::Undefined:
    return "undefined";
  case FieldReason::NeverCompared:
    return "never compared";
  }
  llvm_unreachable("covered switch");
}

//===----------------------------------------------------------------------===//
// One pair of shapes
//===----------------------------------------------------------------------===//

namespace {
class Tester {
public:
  Tester(const Program &reference, const Program &candidate,
         const std::string &name, const FieldTestOptions &options,
         uint64_t seed, FieldTestResult &result)
      : reference(reference), candidate(candidate), name(name),
        options(options), random(seed), result(result),
        roots(hasRoots(reference)) {}

  /// False: refused, and `result` says why.
  bool run();

private:
  void drawInputs(const FieldDomain &domain, unsigned draw);
  double drawBetweenLiterals();
  double drawLiteral();
  void noteComparisons(const FieldRecorder &recorder, bool isCandidate);
  bool needsMoreDraws() const;
  void reportUncovered();
  std::vector<FieldTensor> evaluateRepaired(const FieldDomain &domain,
                                            FieldRecorder &recorder);
  std::vector<FieldTensor> evaluateOn(Tape &tape, const FieldDomain &domain,
                                      FieldRecorder &recorder);
  bool compareOutputs(const FieldDomain &domain,
                      const std::vector<FieldTensor> &expected,
                      const std::vector<FieldTensor> &actual,
                      BoundFinder *bounds);
  void noteBound(BoundFinder &bounds, const FieldValue &expected,
                 const FieldValue &actual, unsigned output, size_t element);
  void noteLevels(const FieldDomain &domain, const FieldValue &expected,
                  const FieldValue &actual);
  void reportBound();
  bool refuse(FieldReason reason, std::string text, unsigned output,
              size_t element);
  FieldValue &input(unsigned i) {
    for (FieldTensor &t : inputs) {
      if (i < t.data.size())
        return t.data[i];
      i -= t.data.size();
    }
    llvm_unreachable("no such input");
  }

  const Program &reference, &candidate;
  const std::string &name;
  const FieldTestOptions &options;
  Random random;
  FieldTestResult &result;
  bool roots;
  std::vector<FieldTensor> inputs;
  std::vector<std::vector<unsigned>> clean; // by output and element
  /// Logarithms of the chance that a difference was not seen.
  std::vector<std::vector<double>> chances;
  double weakest = -HUGE_VAL;
  BoundNumbers numbers;
  std::string noBound;
  unsigned draws = 0;
  /// The comparisons of the two programs over all draws, and the literals
  /// compared with.
  struct Ways {
    uint8_t ways = 0;
    bool isCandidate = false;
  };
  std::map<FieldRecorder::ComparisonKey, Ways> comparisons;
  std::set<double> literals;
  /// Some inputs of this draw are literals, so it adds nothing to the bound.
  bool onLiterals = false;
  std::set<uint64_t> cells;
};
} // namespace

void Tester::noteComparisons(const FieldRecorder &recorder, bool isCandidate) {
  for (auto &[key, ways] : recorder.comparisons) {
    Ways &c = comparisons[key];
    c.ways |= ways;
    c.isCandidate = isCandidate;
    double literal = llvm::bit_cast<double>(std::get<2>(key));
    if (std::isfinite(literal))
      literals.insert(literal);
  }
}

/// Each interval that the literals leave is as likely as any other.
double Tester::drawBetweenLiterals() {
  std::vector<double> bounds(literals.begin(), literals.end());
  double margin = 1 + bounds.back() - bounds.front();
  bounds.insert(bounds.begin(), bounds.front() - margin);
  bounds.push_back(bounds.back() + margin);
  size_t i = random.below(bounds.size() - 1);
  return bounds[i] + random.uniform() * (bounds[i + 1] - bounds[i]);
}

double Tester::drawLiteral() {
  return *std::next(literals.begin(), random.below(literals.size()));
}

void Tester::drawInputs(const FieldDomain &domain, unsigned draw) {
  // Shadows of size 1; beyond every literal that something is compared with;
  // between those literals and on them, for what agrees on both sides of them;
  // positive ones, for logarithms; then larger and smaller ones in turn.
  double scale = draw == 1 ? 4 : 1;
  if (draw == 1)
    for (double literal : literals)
      scale = std::max(scale, 2 * std::fabs(literal));
  else if (draw >= 4)
    scale = std::ldexp(1, (draw % 2 ? -1 : 1) * 4 * (draw / 2 - 1));
  bool positive = draw % 4 == 3;
  onLiterals = draw == 2 && !literals.empty();
  inputs.clear();
  for (ValueId v : reference.inputs) {
    FieldTensor t;
    t.shape = reference.shape(v);
    for (int64_t i = 0, n = numElements(t.shape); i < n; ++i) {
      if (onLiterals && isFloat(reference.values[v].element) &&
          random.below(2) == 0) {
        FieldValue value = domain.constant(drawLiteral());
        value.literal = false;
        t.data.push_back(value);
        continue;
      }
      double shadow =
          onLiterals ? drawBetweenLiterals() : scale * random.normal();
      if (positive)
        shadow = std::fabs(shadow);
      t.data.push_back(drawElement(
          domain, random, reference.values[v].element, shadow));
    }
    inputs.push_back(std::move(t));
  }
}

std::vector<FieldTensor> Tester::evaluateRepaired(const FieldDomain &domain,
                                                  FieldRecorder &recorder) {
  if (!roots)
    return evaluate(domain, reference, inputs);
  std::vector<FieldTensor> outputs;
  uint32_t count = 0;
  for (const FieldTensor &t : inputs)
    count += t.data.size();
  auto at = [&](uint32_t i) -> FieldValue & { return input(i); };
  result.repairs +=
      repairRoots(domain, random, recorder, {count, at},
                  [&] { outputs = evaluate(domain, reference, inputs); });
  return outputs;
}

bool Tester::refuse(FieldReason reason, std::string text, unsigned output,
                    size_t element) {
  result.reason = reason;
  result.text = std::move(text);
  Shape index;
  const Shape &shape = reference.shape(reference.outputs[output]);
  for (size_t d = shape.size(); d-- > 0;) {
    index.insert(index.begin(), element % shape[d]);
    element /= shape[d];
  }
  result.text += " at output " + std::to_string(output) + " [";
  for (size_t d = 0; d < index.size(); ++d)
    result.text += (d ? ", " : "") + std::to_string(index[d]);
  result.text += "] of " + toString(shape) + " (" + name + " surrogate, seed " +
                 std::to_string(options.seed) + ")";
  result.difference = {name, output, index};
  return false;
}

void Tester::noteLevels(const FieldDomain &domain, const FieldValue &expected,
                        const FieldValue &actual) {
  uint8_t defined = domain.allLevels() & ~(expected.bad | actual.bad);
  unsigned levels = domain.deep() ? 1 : llvm::popcount(defined);
  result.levelsCompared = result.levelsCompared
                              ? std::min(result.levelsCompared, levels)
                              : levels;
}

void Tester::noteBound(BoundFinder &bounds, const FieldValue &expected,
                       const FieldValue &actual, unsigned output,
                       size_t element) {
  if (chances.empty())
    for (const auto &counts : clean)
      chances.emplace_back(counts.size(), 0);
  std::optional<ElementBound> bound = bounds.find(expected, actual, noBound);
  if (!bound)
    return;
  chances[output][element] += bound->log2;
  if (bound->log2 > weakest) {
    weakest = bound->log2;
    numbers = bound->numbers;
  }
}

/// The weakest bound of an element, and of a tested shape.
void Tester::reportBound() {
  result.cells += cells.size();
  double chance = -HUGE_VAL;
  for (const auto &elements : chances)
    for (double c : elements)
      chance = std::max(chance, c);
  if (!result.noBound.empty())
    return;
  if (chance >= 0) {
    result.noBound = noBound;
    result.boundLog2.reset();
  } else if (!result.boundLog2 || chance > *result.boundLog2) {
    result.boundLog2 = chance;
    result.boundNumbers = numbers;
  }
}

bool Tester::compareOutputs(const FieldDomain &domain,
                            const std::vector<FieldTensor> &expected,
                            const std::vector<FieldTensor> &actual,
                            BoundFinder *bounds) {
  for (unsigned o = 0; o < expected.size(); ++o)
    for (size_t i = 0; i < expected[o].data.size(); ++i)
      switch (compare(domain, expected[o].data[i], actual[o].data[i])) {
      case Comparison::Undefined:
        return refuse(FieldReason::Undefined,
                      "the candidate is undefined where the reference is "
                      "defined",
                      o, i);
      case Comparison::Different:
        return refuse(FieldReason::Different, "the programs differ", o, i);
      case Comparison::Same:
        ++clean[o][i];
        ++result.comparisons;
        noteLevels(domain, expected[o].data[i], actual[o].data[i]);
        if (bounds)
          noteBound(*bounds, expected[o].data[i], actual[o].data[i], o, i);
        break;
      case Comparison::Skipped:
        break;
      }
  return true;
}

bool Tester::run() {
  auto [levels, deep] = levelsFor(reference, candidate);
  result.levels = std::max(result.levels, levels);
  result.deepExponentials |= deep;
  for (ValueId v : reference.outputs)
    clean.emplace_back(numElements(reference.shape(v)), 0);
  // Each element's cone is walked; larger shapes have surrogates that speak.
  constexpr double maxTape = 2e6, maxSteps = 3e8;
  double size = scalarOps(reference) + scalarOps(candidate), elements = 0;
  for (const auto &counts : clean)
    elements += counts.size();
  bool wantsBound =
      options.bound && size <= maxTape && size * elements <= maxSteps;
  uint64_t firstTower = random.next();
  while (draws < std::max(options.maxDraws, options.draws) &&
         needsMoreDraws()) {
    const Tower &tower =
        options.towers[(firstTower + draws * 27) % options.towers.size()];
    FieldDomain domain(tower, levels, random.next(), deep);
    drawInputs(domain, draws);
    FieldRecorder recorder;
    domain.recorder = &recorder;
    std::vector<FieldTensor> expected = evaluateRepaired(domain, recorder);
    FieldRecorder second;
    Tape tape;
    if (wantsBound && !onLiterals)
      expected = evaluateOn(tape, domain, second);
    second.comparisons.clear(); // of the reference again
    domain.recorder = &second;
    std::vector<FieldTensor> actual = evaluate(domain, candidate, inputs);
    ++draws;
    ++result.draws;
    result.primes.push_back(tower[0]);
    std::optional<BoundFinder> bounds;
    if (wantsBound && !onLiterals)
      bounds.emplace(tape, domain);
    if (!compareOutputs(domain, expected, actual, bounds ? &*bounds : nullptr))
      return false;
    noteComparisons(recorder, false);
    noteComparisons(second, true);
    if (!recorder.comparisons.empty() || !second.comparisons.empty())
      cells.insert(recorder.cell * 31 + second.cell);
  }
  for (unsigned o = 0; o < clean.size(); ++o)
    for (size_t i = 0; i < clean[o].size(); ++i)
      if (clean[o][i] < options.draws)
        return refuse(FieldReason::NeverCompared,
                      "no " + std::to_string(options.draws) +
                          " clean comparisons in " +
                          std::to_string(result.draws) + " draws",
                      o, i);
  reportUncovered();
  if (wantsBound)
    reportBound();
  return true;
}

/// The reference once more, with what it computes on a tape, which then goes on
/// with the candidate.
std::vector<FieldTensor> Tester::evaluateOn(Tape &tape,
                                            const FieldDomain &domain,
                                            FieldRecorder &recorder) {
  uint32_t index = 0;
  for (FieldTensor &t : inputs)
    for (FieldValue &v : t.data)
      v.node = tape.input(index++, v);
  recorder.tape = &tape;
  domain.recorder = &recorder;
  return evaluate(domain, reference, inputs);
}

bool Tester::needsMoreDraws() const {
  unsigned least = literals.empty() ? options.draws
                                    : std::max(options.draws, 3u);
  auto isClean = [&](unsigned n) { return n >= options.draws; };
  return draws < least ||
         llvm::any_of(comparisons,
                      [](const auto &c) { return c.second.ways != 3; }) ||
         !llvm::all_of(clean, [&](const auto &counts) {
           return llvm::all_of(counts, isClean);
         });
}

void Tester::reportUncovered() {
  for (const auto &[key, c] : comparisons) {
    if (c.ways == 3)
      continue;
    std::string text = std::get<1>(key).str();
    double literal = llvm::bit_cast<double>(std::get<2>(key));
    if (!std::isnan(literal))
      llvm::raw_string_ostream(text) << llvm::format(" with %g", literal);
    text += c.isCandidate ? " in the candidate" : " in the reference";
    if (!llvm::is_contained(result.uncovered, text))
      result.uncovered.push_back(std::move(text));
  }
  llvm::sort(result.uncovered); // not by address
}

//===----------------------------------------------------------------------===//
// All shapes
//===----------------------------------------------------------------------===//

/// Tests on all surrogates, with means tied or not.
static bool testSurrogates(const Program &reference, const Program &candidate,
                           const SizeClasses &classes, bool tieMeans,
                           const FieldTestOptions &options,
                           FieldTestResult &result) {
  Random seeds(options.seed * 2 + tieMeans);
  auto test = [&](const Program &r, const Program &c, std::string name) {
    uint64_t seed = seeds.next();
    result.surrogates.push_back(name);
    return Tester(r, c, name, options, seed, result).run();
  };
  auto notTestable = [&](std::string text) {
    result.reason = FieldReason::NotTestable;
    result.text = std::move(text);
    return false;
  };
  double work = std::max(scalarOps(reference), scalarOps(candidate));
  bool realTested = false;
  std::vector<SurrogateKind> kinds = {SurrogateKind::Dividing};
  // What holds for one value of a tied literal may be a coincidence.
  std::vector<int64_t> tied;
  if (tieMeans)
    kinds.push_back(SurrogateKind::Dividing);
  if (classes.hasRaggedTiles())
    kinds.push_back(SurrogateKind::Ragged);
  for (SurrogateKind kind : kinds) {
    SurrogateOptions surrogate;
    surrogate.kind = kind;
    surrogate.tieMeans = tieMeans;
    surrogate.avoid = tied;
    std::string why;
    std::optional<Program> r, c;
    if (auto assignment = classes.assign(surrogate, why)) {
      llvm::append_range(tied, assignment->tied);
      r = instantiate(reference, assignment->reference, why);
      if (r)
        c = instantiate(candidate, assignment->candidate, why);
      if (r && c) {
        double size = std::max(scalarOps(*r), scalarOps(*c));
        if (size <= options.maxWork) {
          if (!test(*r, *c, assignment->name))
            return false;
          continue;
        }
        why = "the " + assignment->name + " surrogate takes " +
              std::to_string(static_cast<uint64_t>(size)) + " scalar functions";
      }
    }
    // The real extents do as well.
    if (realTested)
      continue;
    if (work > options.maxWork)
      return notTestable(why);
    if (!test(reference, candidate, "real"))
      return false;
    realTested = true;
  }
  if (!realTested && work <= options.realWork)
    return test(reference, candidate, "real");
  return true;
}

FieldTestResult mirage::verify::fieldTest(const Program &reference,
                                          const Program &candidate,
                                          const FieldTestOptions &options) {
  FieldTestResult result;
  auto attempt = [&](const Program &r, const Program &c) {
    result = {};
    result.seed = options.seed;
    std::string why;
    std::unique_ptr<SizeClasses> classes = SizeClasses::compute(r, c, why);
    if (!classes) {
      result.text = why;
      return;
    }
    // Tied or not, a mean's constant is generalised soundly: either will do.
    for (bool tieMeans : {false, true}) {
      if (tieMeans && !classes->hasMeans())
        break;
      FieldTestResult one;
      one.seed = options.seed;
      if (testSurrogates(r, c, *classes, tieMeans, options, one)) {
        one.accepted = true;
        one.reason = one.uncovered.empty() ? FieldReason::Accepted
                                           : FieldReason::Uncovered;
        one.text = "equal in " + std::to_string(one.draws) + " draws";
        if (options.bound && !one.boundLog2 && one.noBound.empty())
          one.noBound = "the programs are too large";
      }
      if (!tieMeans || one.accepted)
        result = std::move(one);
      if (result.accepted)
        break;
    }
  };
  Program r = reference, c = candidate;
  if (!liftDense(r, c).empty()) {
    attempt(r, c);
    if (result.accepted)
      return result;
  }
  FieldTestResult lifted = std::move(result);
  attempt(reference, candidate);
  if (result.reason == FieldReason::NotTestable && lifted.difference)
    return lifted;
  return result;
}
