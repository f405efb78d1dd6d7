//===- FloatTest.cpp - Compare two programs in rounded arithmetic ---------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Algebraic equality says nothing about overflow and cancellation: softmax
// without the maximum is equal to softmax with it, and fails at logits above 88
// in f32. So plans run on inputs that are meant to hurt.
//
//===----------------------------------------------------------------------===//

#include "mirage/Verify/FloatTest.h"
#include "Programs.h"
#include "mirage/Semantics/Field.h"
#include "mirage/Verify/Surrogate.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <cmath>
#include <limits>

using namespace mirage::sem;
using namespace mirage::verify;

static constexpr double infinity = std::numeric_limits<double>::infinity();

double mirage::verify::outputError(const Tensor &expected, const Tensor &actual,
                                   Shape *worst) {
  if (expected.shape != actual.shape)
    return infinity;
  double squares = 0;
  for (double r : expected.data)
    squares += r * r;
  double rms = std::sqrt(squares / std::max<size_t>(expected.data.size(), 1));
  double error = 0;
  size_t at = 0;
  for (size_t i = 0; i < expected.data.size() && error < infinity; ++i) {
    double r = expected.data[i], a = actual.data[i];
    if (a == r)
      continue;
    double e = std::fabs(a - r) / (std::fabs(r) + rms);
    if (!std::isfinite(e))
      e = infinity;
    if (e > error) {
      error = e;
      at = i;
    }
  }
  if (worst) {
    worst->assign(expected.shape.size(), 0);
    for (size_t d = expected.shape.size(); d-- > 0; at /= expected.shape[d])
      (*worst)[d] = at % expected.shape[d];
  }
  return error;
}

double mirage::verify::tolerance(ElementType type) {
  switch (type) {
  case ElementType::F16:
    return 2e-3;
  case ElementType::BF16:
    return 1.6e-2;
  case ElementType::F32:
    return 2e-5;
  case ElementType::F64:
    return 1e-10;
  case ElementType::I1:
  case ElementType::I32:
    return 0;
  }
  llvm_unreachable("covered switch");
}

namespace {
using DenseData = std::vector<std::shared_ptr<const std::vector<double>>>;

/// How inputs are drawn.
struct Distribution {
  std::string name;
  double scale = 1;
  bool positive = false;
  /// The input that is a mask with runs of -inf.
  int mask = -1;
  /// The runs start at 0, so that the first tiles hold nothing else.
  bool leading = false;
};

class Tester {
public:
  Tester(const Program &reference, const Program &candidate,
         const DenseData &dense, const FloatTestOptions &options,
         FloatTestResult &result)
      : reference(reference), candidate(candidate), dense(dense),
        options(options), result(result) {}

  bool run();
  /// Whether the candidate was refused though it is the same in double.
  bool roundsWorse() const { return worse; }

private:
  enum Outcome { Passed, Skipped, Refused };
  Outcome compare(const Distribution &distribution, uint64_t seed);
  std::vector<Tensor> draw(const Distribution &distribution, Random &random);
  std::vector<Tensor> run(const Program &program, llvm::ArrayRef<Tensor> inputs,
                          bool rounded) const {
    RealDomain domain;
    domain.rounded = rounded;
    domain.parallel = options.parallel;
    return evaluate(domain, program, inputs);
  }

  const Program &reference, &candidate;
  const DenseData &dense;
  const FloatTestOptions &options;
  FloatTestResult &result;
  bool worse = false;
};
} // namespace

std::vector<Tensor> Tester::draw(const Distribution &distribution,
                                 Random &random) {
  std::vector<Tensor> inputs;
  size_t own = reference.inputs.size() - dense.size();
  for (size_t i = 0; i < reference.inputs.size(); ++i) {
    const ValueType &type = reference.values[reference.inputs[i]];
    Tensor t;
    t.shape = type.shape;
    int64_t size = numElements(t.shape);
    int64_t width = t.shape.empty() ? 1 : t.shape.back();
    int64_t from = 0, to = 0; // the run of -inf in this row
    for (int64_t e = 0; e < size; ++e) {
      if (i >= own) {
        const std::vector<double> &data = *dense[i - own];
        t.data.push_back(data[e % data.size()]);
        continue;
      }
      double x = random.normal();
      if (type.element == ElementType::I1)
        x = x > 0;
      else if (type.element == ElementType::I32)
        x = std::round(4 * x);
      else if (distribution.mask == static_cast<int>(i)) {
        if (e % width == 0) {
          int64_t length = width / 2 + random.below(width - width / 2);
          length = std::min(length, width - 1);
          from = distribution.leading ? 0 : random.below(width - length + 1);
          to = from + length;
        }
        x = e % width >= from && e % width < to ? -infinity : 0;
      } else
        x *= distribution.scale;
      if (distribution.positive)
        x = std::fabs(x);
      t.data.push_back(roundTo(x, type.element));
    }
    inputs.push_back(std::move(t));
  }
  return inputs;
}

static bool isFinite(llvm::ArrayRef<Tensor> tensors) {
  for (const Tensor &t : tensors)
    for (double x : t.data)
      if (!std::isfinite(x))
        return false;
  return true;
}

static std::string number(double value) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.2g", value);
  return text;
}

Tester::Outcome Tester::compare(const Distribution &distribution,
                                uint64_t seed) {
  size_t outputs = reference.outputs.size();
  // Maxima over the samples: one sample's error is a matter of luck.
  std::vector<double> exact(outputs, 0), own(outputs, 0), error(outputs, 0);
  std::vector<Shape> exactAt(outputs), errorAt(outputs);
  bool any = false;
  for (unsigned sample = 0; sample < options.samples; ++sample) {
    Random random(seed + sample);
    std::vector<Tensor> inputs = draw(distribution, random);
    std::vector<Tensor> expected = run(reference, inputs, false);
    if (!isFinite(expected))
      continue;
    std::vector<Tensor> plain = run(reference, inputs, true);
    if (!isFinite(plain))
      continue;
    any = true;
    std::vector<Tensor> inDouble = run(candidate, inputs, false),
                        rounded = run(candidate, inputs, true);
    for (size_t o = 0; o < outputs; ++o) {
      own[o] = std::max(own[o], outputError(expected[o], plain[o]));
      Shape at;
      auto note = [&](const Tensor &actual, double &largest, Shape &where) {
        double e = outputError(expected[o], actual, &at);
        if (e >= largest) {
          largest = e;
          where = at;
        }
      };
      note(inDouble[o], exact[o], exactAt[o]);
      note(rounded[o], error[o], errorAt[o]);
    }
  }
  if (!any) {
    result.skipped.push_back(distribution.name);
    return Skipped;
  }
  result.testable = true;
  result.compared.push_back(distribution.name);
  for (size_t o = 0; o < outputs; ++o) {
    double allowed = tolerance(reference.values[reference.outputs[o]].element);
    auto where = [&](const Shape &index) {
      std::string text = " on " + distribution.name + " inputs, at output " +
                         std::to_string(o) + " [";
      for (size_t d = 0; d < index.size(); ++d)
        text += (d ? ", " : "") + std::to_string(index[d]);
      return text + "] of " +
             toString(reference.shape(reference.outputs[o])) + " (" +
             result.surrogate + " surrogate, seed " +
             std::to_string(options.seed) + ")";
    };
    if (distribution.name == "normal") {
      result.maxError = std::max(result.maxError, error[o]);
      result.referenceError = std::max(result.referenceError, own[o]);
      result.tolerance = std::max(result.tolerance, allowed);
    }
    if (exact[o] > options.doubleTolerance) {
      result.text =
          "in double the error is " + number(exact[o]) + where(exactAt[o]);
      return Refused;
    }
    if (error[o] > allowed && error[o] > 2 * own[o]) {
      result.text = "rounded, the error is " + number(error[o]) +
                    " (the program's own is " + number(own[o]) + ")" +
                    where(errorAt[o]);
      worse = true;
      return Refused;
    }
  }
  return Passed;
}

bool Tester::run() {
  Random seeds(options.seed);
  // Products of two inputs reach several hundred at 16, inputs alone at 64.
  // Where the program itself overflows, less will do.
  bool anyLarge = false;
  for (const Distribution &large :
       {Distribution{"largest", 64}, Distribution{"larger", 16},
        Distribution{"large", 8}, Distribution{"moderate", 3}}) {
    if (anyLarge && large.scale < 8)
      break;
    Outcome outcome = compare(large, seeds.next());
    if (outcome == Refused)
      return false;
    anyLarge |= outcome == Passed;
  }
  std::vector<Distribution> distributions = {{"normal"}, {"tiny", 0x1p-10}};
  size_t own = reference.inputs.size() - dense.size();
  for (size_t i = 0; i < own; ++i) {
    const ValueType &type = reference.values[reference.inputs[i]];
    if (!isFloat(type.element) || type.shape.empty() || type.shape.back() < 2)
      continue;
    std::string name = "masked (input " + std::to_string(i) + ")";
    distributions.push_back({name, 1, false, static_cast<int>(i), true});
    distributions.push_back({name, 1, false, static_cast<int>(i), false});
  }
  for (const Distribution &distribution : distributions)
    if (compare(distribution, seeds.next()) == Refused)
      return false;
  if (result.compared.empty()) {
    Distribution positive;
    positive.name = "positive";
    positive.positive = true;
    if (compare(positive, seeds.next()) == Refused)
      return false;
  }
  if (!result.testable)
    result.text = "the reference is not finite on any inputs tried";
  return result.testable;
}

/// Programs of a size that can be run: the real one if it is small, else the
/// widest tiles that the budget allows.
static bool chooseShapes(const Program &reference, const Program &candidate,
                         const SizeClasses &classes, bool tieMeans,
                         double maxWork, Program &r, Program &c,
                         std::string &name, std::string &why) {
  auto work = [](const Program &a, const Program &b) {
    return std::max(scalarOps(a), scalarOps(b));
  };
  if (work(reference, candidate) <= maxWork) {
    r = reference;
    c = candidate;
    name = "real";
    return true;
  }
  SurrogateOptions options;
  options.tieMeans = tieMeans;
  auto attempt = [&] {
    auto assignment = classes.assign(options, why);
    if (!assignment)
      return false;
    auto first = instantiate(reference, assignment->reference, why);
    if (!first)
      return false;
    auto second = instantiate(candidate, assignment->candidate, why);
    if (!second)
      return false;
    if (work(*first, *second) > maxWork) {
      why = "the " + assignment->name + " surrogate is too large";
      return false;
    }
    r = std::move(*first);
    c = std::move(*second);
    name = assignment->name;
    return true;
  };
  options.kind = SurrogateKind::Float;
  for (options.tileCap = 64; options.tileCap >= 4; options.tileCap /= 2)
    if (attempt())
      return true;
  for (SurrogateKind kind : {SurrogateKind::Ragged, SurrogateKind::Dividing}) {
    options.kind = kind;
    if (attempt())
      return true;
  }
  return false;
}

FloatTestResult mirage::verify::floatTest(const Program &reference,
                                          const Program &candidate,
                                          const FloatTestOptions &options) {
  FloatTestResult result;
  Program r = reference, c = candidate;
  DenseData dense = liftDense(r, c);
  std::string why;
  std::unique_ptr<SizeClasses> classes = SizeClasses::compute(r, c, why);
  if (!classes) {
    result.text = why;
    return result;
  }
  result.text = narrowingFault(reference, candidate);
  if (!result.text.empty()) {
    result.testable = true;
    return result;
  }
  // A mean's constant follows the extent if it can. As in the field test, either
  // choice will do for equality, but rounding is judged where it follows.
  for (bool tieMeans : {true, false}) {
    if (tieMeans && !classes->hasMeans())
      continue;
    bool isFinal = false;
    FloatTestResult one;
    one.seed = options.seed;
    Program small, smallCandidate;
    if (!chooseShapes(r, c, *classes, tieMeans, options.maxWork, small,
                      smallCandidate, one.surrogate, why))
      one.text = why;
    else {
      Tester tester(small, smallCandidate, dense, options, one);
      one.accepted = tester.run();
      isFinal = one.accepted || tester.roundsWorse();
    }
    if (result.text.empty() || isFinal)
      result = std::move(one);
    if (isFinal)
      break;
  }
  return result;
}
