//===- FieldTest.cpp - Test two programs in finite fields -----------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Verify/FieldTest.h"
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
// What the programs need
//===----------------------------------------------------------------------===//

namespace {
/// Levels used up on the way to each value. An uninterpreted function starts
/// anew: it reads level 0 and gives all levels.
struct DepthFinder {
  const Program &program;
  std::vector<unsigned> depth;
  unsigned deepest = 0;

  void set(ValueId v, unsigned d) {
    depth[v] = std::max(depth[v], d);
    deepest = std::max(deepest, d);
  }
  unsigned ofBody(const Op &op) {
    llvm::SmallVector<unsigned, 8> stack;
    Structure s = structureOf(program, op);
    for (const ScalarExpr::Token &t : s.body.tokens) {
      if (t.kind == ScalarExpr::Token::Arg)
        stack.push_back(depth[op.operands[t.arg]]);
      else if (t.kind == ScalarExpr::Token::Constant)
        stack.push_back(0);
      else if (t.kind == ScalarExpr::Token::Call) {
        unsigned d = 0;
        for (unsigned i = 0; i < t.fn->arity; ++i)
          d = std::max(d, stack.pop_back_val());
        llvm::StringRef name = t.fn->name;
        if (name == fn::exp.name || name == fn::exp_sub.name ||
            name == fn::log.name || name == fn::tanh.name)
          ++d;
        deepest = std::max(deepest, d);
        if (!t.fn->field || name == fn::erf.name)
          d = 0;
        stack.push_back(d);
      }
    }
    return stack.back();
  }
  void visit(llvm::ArrayRef<Op> ops) {
    for (const Op &op : ops) {
      switch (op.kind) {
      case Op::Algebra: {
        unsigned d = ofBody(op);
        for (ValueId v : op.operands)
          if (op.sem->elementwise() == nullptr &&
              op.sem->name() == concatSem().name())
            d = std::max(d, depth[v]);
        if (op.operands.size() == 2 && op.sem->name() == reduceSem().name())
          d = std::max(d, depth[op.operands[1]] + 1);
        set(op.results[0], d);
        break;
      }
      case Op::Load:
      case Op::Store:
        set(op.results[0], depth[op.operands[0]]);
        break;
      case Op::Kernel:
      case Op::Loop:
        visit(op.body);
        for (size_t i = 0; i < op.accumulators.size(); ++i) {
          const Accumulator &a = op.accumulators[i];
          unsigned d = depth[a.value];
          if (a.rel >= 0)
            d = std::max(d, depth[op.accumulators[a.rel].value] + 1);
          set(op.results[i], d);
        }
        break;
      case Op::Constant:
      case Op::Dense:
        break;
      }
    }
  }
};

bool hasRoots(const Program &program) {
  bool found = false;
  walk(program.ops, [&](const Op &op) {
    if (op.kind != Op::Algebra || found)
      return;
    Structure s = structureOf(program, op);
    for (const ScalarExpr::Token &t : s.body.tokens)
      if (t.kind == ScalarExpr::Token::Call)
        found |= t.fn->name == fn::sqrt.name || t.fn->name == fn::rsqrt.name ||
                 t.fn->name == fn::log.name;
  });
  return found;
}

//===----------------------------------------------------------------------===//
// One pair of shapes
//===----------------------------------------------------------------------===//

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
  void noteComparisons(const FieldRecorder &recorder, bool isCandidate);
  bool needsMoreDraws() const;
  void reportUncovered();
  std::vector<FieldTensor> evaluateRepaired(const FieldDomain &domain,
                                            FieldRecorder &recorder);
  bool compare(const FieldDomain &domain,
               const std::vector<FieldTensor> &expected,
               const std::vector<FieldTensor> &actual);
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
  unsigned draws = 0;
  /// The comparisons of the two programs over all draws, and the literals
  /// compared with.
  struct Comparison {
    uint8_t ways = 0;
    bool isCandidate = false;
  };
  std::map<FieldRecorder::ComparisonKey, Comparison> comparisons;
  std::set<double> literals;
};
} // namespace

void Tester::noteComparisons(const FieldRecorder &recorder, bool isCandidate) {
  for (auto &[key, ways] : recorder.comparisons) {
    Comparison &c = comparisons[key];
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

void Tester::drawInputs(const FieldDomain &domain, unsigned draw) {
  // Shadows of size 1; beyond every literal that something is compared with;
  // between those literals, for what agrees on both sides of them; positive
  // ones, for logarithms; then larger and smaller ones in turn.
  double scale = draw == 1 ? 4 : 1;
  if (draw == 1)
    for (double literal : literals)
      scale = std::max(scale, 2 * std::fabs(literal));
  else if (draw >= 4)
    scale = std::ldexp(1, (draw % 2 ? -1 : 1) * 4 * (draw / 2 - 1));
  bool positive = draw % 4 == 3, between = draw == 2 && !literals.empty();
  inputs.clear();
  for (ValueId v : reference.inputs) {
    FieldTensor t;
    t.shape = reference.shape(v);
    for (int64_t i = 0, n = numElements(t.shape); i < n; ++i) {
      double shadow =
          between ? drawBetweenLiterals() : scale * random.normal();
      if (positive)
        shadow = std::fabs(shadow);
      FieldValue value = domain.random(random, shadow);
      if (!isFloat(reference.values[v].element)) {
        // A predicate or an index: a number that means itself.
        value = domain.constant(reference.values[v].element == ElementType::I1
                                    ? shadow > scale / 2
                                    : std::round(shadow));
        value.literal = false;
      }
      t.data.push_back(value);
    }
    inputs.push_back(std::move(t));
  }
}

/// Evaluates the reference; while an argument of a root is no residue, redraws
/// the inputs that this root depends on and none before it does.
std::vector<FieldTensor> Tester::evaluateRepaired(const FieldDomain &domain,
                                                  FieldRecorder &recorder) {
  constexpr unsigned maxRounds = 200, patience = 6;
  if (!roots)
    return evaluate(domain, reference, inputs);
  Tape tape;
  uint32_t index = 0;
  for (FieldTensor &t : inputs)
    for (FieldValue &v : t.data)
      v.node = tape.input(index++, v);
  recorder.tape = &tape;
  std::vector<FieldTensor> outputs = evaluate(domain, reference, inputs);
  recorder.tape = nullptr;
  std::vector<llvm::SmallVector<uint32_t>> own;
  TapeWalk walk(tape);
  for (const FieldRecorder::Root &root : recorder.roots)
    own.push_back(walk.inputs(root.node));
  std::vector<FieldRecorder::Root> all = recorder.roots;
  std::vector<unsigned> tries(all.size(), 0);
  for (unsigned round = 0; round < maxRounds; ++round) {
    if (recorder.roots.size() != all.size())
      break; // another path was taken
    auto redraw = [&](unsigned root, llvm::ArrayRef<uint32_t> set) {
      // Behind an exponential, a level depends on the one above.
      uint8_t levels = recorder.roots[root].failed;
      if (++tries[root] > patience)
        while (levels != (levels | (levels << 1 & domain.allLevels())))
          levels |= levels << 1 & domain.allLevels();
      for (uint32_t i : set)
        for (unsigned level = 0; level < domain.levels(); ++level)
          if (levels >> level & 1) {
            domain.redraw(input(i), level, random);
            ++result.repairs;
          }
    };
    bool failed = false, redrawn = false;
    unsigned first = 0;
    for (unsigned r = 0; r < all.size(); ++r) {
      if (!recorder.roots[r].failed)
        continue;
      if (!failed)
        first = r;
      failed = true;
      if (!own[r].empty()) {
        redraw(r, own[r]);
        redrawn = true;
      }
    }
    if (!failed)
      break;
    if (!redrawn)
      redraw(first, TapeWalk(tape).inputs(all[first].node));
    recorder.roots.clear();
    outputs = evaluate(domain, reference, inputs);
  }
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

bool Tester::compare(const FieldDomain &domain,
                     const std::vector<FieldTensor> &expected,
                     const std::vector<FieldTensor> &actual) {
  for (unsigned o = 0; o < expected.size(); ++o)
    for (size_t i = 0; i < expected[o].data.size(); ++i) {
      const FieldValue &r = expected[o].data[i], &c = actual[o].data[i];
      bool defined = r.lost || !std::isnan(r.shadow);
      if (defined && !r.lost && std::isnan(c.shadow) && !c.lost)
        return refuse(FieldReason::Undefined,
                      "the candidate is undefined where the reference is "
                      "defined",
                      o, i);
      if (!domain.comparable(r, c))
        continue;
      if (!domain.same(r, c))
        return refuse(FieldReason::Different, "the programs differ", o, i);
      if (defined) {
        ++clean[o][i];
        ++result.comparisons;
      }
    }
  return true;
}

bool Tester::run() {
  unsigned depth =
      std::max(exponentialDepth(reference), exponentialDepth(candidate));
  unsigned levels = std::min(depth + 1, FieldValue::maxLevels);
  bool deep = depth + 1 > FieldValue::maxLevels;
  result.levels = std::max(result.levels, levels);
  result.deepExponentials |= deep;
  for (ValueId v : reference.outputs)
    clean.emplace_back(numElements(reference.shape(v)), 0);
  uint64_t firstTower = random.next();
  while (draws < std::max(options.maxDraws, options.draws) &&
         needsMoreDraws()) {
    size_t towers = fieldTowers().size();
    const Tower &tower = fieldTowers()[(firstTower + draws * 27) % towers];
    FieldDomain domain(tower, levels, random.next(), deep);
    drawInputs(domain, draws);
    FieldRecorder recorder;
    domain.recorder = &recorder;
    std::vector<FieldTensor> expected = evaluateRepaired(domain, recorder);
    FieldRecorder second;
    domain.recorder = &second;
    std::vector<FieldTensor> actual = evaluate(domain, candidate, inputs);
    ++draws;
    ++result.draws;
    result.primes.push_back(tower[0]);
    if (!compare(domain, expected, actual))
      return false;
    noteComparisons(recorder, false);
    noteComparisons(second, true);
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
  return true;
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

unsigned mirage::verify::exponentialDepth(const Program &program) {
  DepthFinder finder{program, std::vector<unsigned>(program.values.size(), 0)};
  finder.visit(program.ops);
  return finder.deepest;
}

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
  if (options.deep)
    kinds.push_back(SurrogateKind::Deep);
  for (SurrogateKind kind : kinds) {
    if (kind == SurrogateKind::Deep && realTested)
      continue;
    SurrogateOptions surrogate;
    surrogate.kind = kind;
    surrogate.tieMeans = tieMeans;
    if (kind != SurrogateKind::Deep)
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
        // Repair of roots keeps a set of inputs for each value: the square of
        // their number bounds it. The surrogates before have spoken.
        int64_t elements = 0;
        for (ValueId v : r->inputs)
          elements += numElements(r->shape(v));
        if (kind == SurrogateKind::Deep && hasRoots(*r) &&
            elements > options.maxRootInputs)
          continue;
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
