//===- RealShapeTest.cpp - A few elements at the real extents -------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A sampled element depends on a part of the inputs: its cone. Both programs
// are evaluated on the cone alone. Roots outside kernels are repaired one op
// after the other, each time only where they failed.
//
//===----------------------------------------------------------------------===//

#include "FieldDraws.h"
#include "Programs.h"
#include "mirage/Semantics/Cone.h"
#include "mirage/Verify/FieldTest.h"
#include "mirage/Verify/Surrogate.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>
#ifdef __linux__
#include <sys/mman.h>
#endif

using namespace mirage::sem;
using namespace mirage::verify;

namespace {
/// Roots of one op of the reference, at the elements that a sample needs.
struct RootStage {
  const Op *op;
  Region region;
  Cone cone;
};

/// Memory of the inputs, for one sample after the other: a whole weight is
/// large.
using Storage = std::vector<std::vector<FieldValue>>;

class Sample {
public:
  Sample(const Program &reference, const Program &candidate, unsigned output,
         Shape index, const RealShapeOptions &options, Random &random,
         FieldTestResult &result);

  double work() const {
    double elements = 0;
    for (const FieldPart &part : inputs)
      elements += numElements(part.tensor.shape);
    return std::max({expected.work(), actual.work(), 8 * elements});
  }
  /// Whether the reference reads a dense constant's -inf.
  bool readsMask() const;
  /// False: refused, and `result` says why.
  bool run(uint64_t firstTower, Storage &storage);

  const unsigned output;
  const Shape index;

private:
  Cone coneOf(const Program &program) const {
    Region region;
    for (int64_t i : index)
      region.push_back({i});
    return Cone(program, program.outputs[output], std::move(region),
                options.maxWork);
  }
  void drawInputs(const FieldDomain &domain, unsigned draw);
  bool repair(const FieldDomain &domain, const RootStage &stage,
              llvm::BitVector &locked);
  bool repairApart(const FieldDomain &domain, const RootStage &stage,
                   llvm::BitVector &locked);
  void forEachInput(const Cone &cone, llvm::function_ref<void(uint32_t)> visit);
  /// The roots that the stage's op takes, in order; nothing if they are not one
  /// for each element of the region.
  std::optional<std::vector<FieldRecorder::Root>>
  rootsOf(const FieldDomain &domain, const RootStage &stage, Tape *tape);
  bool test(uint64_t firstTower);
  bool refuse(FieldReason reason, const std::string &text);
  uint32_t countInputs() const {
    uint32_t count = 0;
    for (const FieldPart &part : inputs)
      count += part.tensor.data.size();
    return count;
  }
  FieldValue &input(uint32_t i) {
    for (FieldPart &part : inputs) {
      if (i < part.tensor.data.size())
        return part.tensor.data[i];
      i -= part.tensor.data.size();
    }
    llvm_unreachable("no such input");
  }

  const Program &reference, &candidate;
  const RealShapeOptions &options;
  Random &random;
  FieldTestResult &result;
  Cone expected, actual;
  std::vector<FieldPart> inputs;
  std::vector<RootStage> stages;
  bool rootsInKernels = false;
};
} // namespace

Sample::Sample(const Program &reference, const Program &candidate,
               unsigned output, Shape index, const RealShapeOptions &options,
               Random &random, FieldTestResult &result)
    : output(output), index(std::move(index)), reference(reference),
      candidate(candidate), options(options), random(random), result(result),
      expected(coneOf(reference)), actual(coneOf(candidate)) {
  if (work() > options.maxWork)
    return;
  for (auto [r, c] : llvm::zip(reference.inputs, candidate.inputs)) {
    FieldPart part;
    for (const Region *region : {expected.region(r), actual.region(c)}) {
      if (region && part.region.empty())
        part.region = *region;
      else if (region)
        include(part.region, *region);
    }
    bool needed = expected.region(r) || actual.region(c);
    if (!needed)
      part.region.resize(reference.shape(r).size());
    for (const auto &indices : part.region)
      part.tensor.shape.push_back(indices.size());
    if (!needed) // no element, even of a scalar
      part.tensor.shape = {0};
    inputs.push_back(std::move(part));
  }
  for (const Op &op : reference.ops) {
    if (op.kind == Op::Kernel)
      walk(op.body, [&](const Op &inner) {
        rootsInKernels |= hasRoots(reference, inner);
      });
    if (!hasRoots(reference, op))
      continue;
    if (const Region *region = expected.region(op.results[0]))
      stages.push_back({&op, *region, Cone(reference, op.results[0], *region)});
  }
}

bool Sample::readsMask() const {
  for (const Op &op : reference.ops) {
    const Region *region =
        op.kind == Op::Dense ? expected.region(op.results[0]) : nullptr;
    if (!region)
      continue;
    const Shape &shape = reference.shape(op.results[0]);
    std::vector<int64_t> offsets = {0};
    for (size_t d = 0; d < shape.size(); ++d) {
      std::vector<int64_t> next;
      for (int64_t offset : offsets)
        for (int64_t i : (*region)[d])
          next.push_back(offset * shape[d] + i);
      offsets = std::move(next);
    }
    if (llvm::any_of(offsets,
                     [&](int64_t i) { return (*op.data)[i] == -HUGE_VAL; }))
      return true;
  }
  return false;
}

/// The sum of three uniform numbers: mean 0 and variance 1, from one step.
static double roughlyNormal(Random &random) {
  constexpr uint64_t mask = (1 << 21) - 1;
  uint64_t bits = random.next();
  return ((bits & mask) + (bits >> 21 & mask) + (bits >> 42 & mask)) * 0x1p-20 -
         3;
}

/// Makes room for values that are all written soon. Large pages save most of
/// the time that a whole weight takes to be mapped.
static void reserve(std::vector<FieldValue> &values, size_t size) {
  if (size <= values.capacity())
    return;
  values.clear();
  values.reserve(size);
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  constexpr uintptr_t page = 1 << 21;
  uintptr_t begin = reinterpret_cast<uintptr_t>(values.data()),
            end = begin + size * sizeof(FieldValue);
  begin = (begin + page - 1) / page * page;
  end = end / page * page;
  if (begin < end) // only advice
    madvise(reinterpret_cast<void *>(begin), end - begin, MADV_HUGEPAGE);
#endif
}

void Sample::drawInputs(const FieldDomain &domain, unsigned draw) {
  const double scales[] = {1, 4, 1, 0.25};
  double scale = scales[draw % 4];
  bool positive = draw % 4 == 2; // for logarithms
  // A copy that no write to a value can change.
  Random stream = random;
  for (auto [v, part] : llvm::zip(reference.inputs, inputs)) {
    ElementType type = reference.values[v].element;
    bool isReal = isFloat(type);
    auto drawAt = [&](FieldValue &value) {
      double shadow = scale * roughlyNormal(stream);
      if (positive)
        shadow = std::fabs(shadow);
      if (!isReal) {
        value = drawElement(domain, stream, type, shadow);
        return;
      }
      value.shadow = shadow;
      for (unsigned level = 0; level < domain.levels(); ++level)
        domain.redraw(value, level, stream);
    };
    std::vector<FieldValue> &data = part.tensor.data;
    size_t size = numElements(part.tensor.shape);
    data.clear();
    reserve(data, size);
    while (data.size() < size)
      drawAt(data.emplace_back());
  }
  random = stream;
}

std::optional<std::vector<FieldRecorder::Root>>
Sample::rootsOf(const FieldDomain &domain, const RootStage &stage, Tape *tape) {
  FieldRecorder recorder;
  recorder.tape = tape;
  domain.recorder = &recorder;
  stage.cone.evaluate(domain, inputs);
  domain.recorder = nullptr;
  llvm::erase_if(recorder.roots, [&](const FieldRecorder::Root &root) {
    return root.site != stage.op;
  });
  if (static_cast<int64_t>(recorder.roots.size()) != numElements(stage.region))
    return std::nullopt;
  return std::move(recorder.roots);
}

/// The indices of a product of places, in order.
static std::vector<Shape> pointsOf(const Region &region) {
  std::vector<Shape> points;
  Shape at(region.size(), 0);
  for (int64_t i = 0, n = numElements(region); i < n; ++i) {
    Shape point;
    for (size_t d = 0; d < at.size(); ++d)
      point.push_back(region[d][at[d]]);
    points.push_back(std::move(point));
    for (size_t d = at.size();
         d-- > 0 && ++at[d] == static_cast<int64_t>(region[d].size());)
      at[d] = 0;
  }
  return points;
}

static bool isIn(const Region &region, const Shape &point) {
  for (size_t d = 0; d < point.size(); ++d)
    if (!std::binary_search(region[d].begin(), region[d].end(), point[d]))
      return false;
  return true;
}

/// The smallest product that holds all the points.
static Region hullOf(llvm::ArrayRef<Shape> points) {
  Region hull(points.front().size());
  for (const Shape &point : points)
    for (size_t d = 0; d < point.size(); ++d)
      hull[d].push_back(point[d]);
  for (auto &indices : hull) {
    llvm::sort(indices);
    indices.erase(llvm::unique(indices), indices.end());
  }
  return hull;
}

/// Visits the inputs that a cone has, by number.
void Sample::forEachInput(const Cone &cone,
                          llvm::function_ref<void(uint32_t)> visit) {
  uint32_t base = 0;
  for (auto [v, part] : llvm::zip(reference.inputs, inputs)) {
    if (const Region *region = cone.region(v)) {
      std::vector<std::vector<uint32_t>> places;
      for (size_t d = 0; d < region->size(); ++d) {
        places.emplace_back();
        for (int64_t i : (*region)[d])
          places.back().push_back(llvm::lower_bound(part.region[d], i) -
                                  part.region[d].begin());
      }
      std::vector<uint32_t> offsets = {0};
      for (size_t d = 0; d < places.size(); ++d) {
        std::vector<uint32_t> next;
        next.reserve(offsets.size() * places[d].size());
        for (uint32_t offset : offsets)
          for (uint32_t place : places[d])
            next.push_back(offset * part.region[d].size() + place);
        offsets = std::move(next);
      }
      for (uint32_t offset : offsets)
        visit(base + offset);
    }
    base += part.tensor.data.size();
  }
}

/// For roots that share no input, such as those of rows: redraws all that the
/// failed ones depend on. False: they share some, or others do.
bool Sample::repairApart(const FieldDomain &domain, const RootStage &stage,
                         llvm::BitVector &locked) {
  constexpr unsigned maxRounds = 60;
  std::vector<Shape> points = pointsOf(stage.region);
  bool apart = true;
  int64_t total = 0, one = 0;
  forEachInput(stage.cone, [&](uint32_t i) {
    apart &= !locked.test(i);
    ++total;
  });
  ValueId v = stage.op->results[0];
  forEachInput(Cone(reference, v, hullOf(points.front())),
               [&](uint32_t) { ++one; });
  if (!apart || one * numElements(stage.region) != total)
    return false;
  std::vector<uint8_t> failed(points.size(), domain.allLevels());
  for (unsigned round = 0;; ++round) {
    std::vector<Shape> again;
    for (size_t i = 0; i < points.size(); ++i)
      if (failed[i])
        again.push_back(points[i]);
    if (again.empty())
      break;
    Region hull = hullOf(again);
    // A product that is larger would redraw roots that exist.
    if (numElements(hull) != static_cast<int64_t>(again.size()) ||
        round == maxRounds)
      return false;
    RootStage part{stage.op, hull, Cone(reference, v, hull)};
    auto roots = rootsOf(domain, part, nullptr);
    if (!roots)
      return false;
    size_t next = 0;
    for (uint8_t &f : failed)
      if (f)
        f = (*roots)[next++].failed;
    for (unsigned level = 0; level < domain.levels(); ++level) {
      std::vector<Shape> ofLevel;
      for (size_t i = 0; i < points.size(); ++i)
        if (failed[i] >> level & 1)
          ofLevel.push_back(points[i]);
      if (ofLevel.empty())
        continue;
      Region region = hullOf(ofLevel);
      if (numElements(region) != static_cast<int64_t>(ofLevel.size()))
        return false;
      forEachInput(Cone(reference, v, region), [&](uint32_t i) {
        domain.redraw(input(i), level, random);
        ++result.repairs;
      });
    }
  }
  forEachInput(stage.cone, [&](uint32_t i) { locked.set(i); });
  return true;
}

/// Redraws inputs that no locked root depends on until all of the stage's roots
/// exist, and locks what they depend on. False: some do not.
bool Sample::repair(const FieldDomain &domain, const RootStage &stage,
                    llvm::BitVector &locked) {
  constexpr unsigned maxRounds = 200;
  std::vector<Shape> points = pointsOf(stage.region);
  std::optional<std::vector<FieldRecorder::Root>> roots;
  std::vector<llvm::SmallVector<uint32_t>> own;
  if (points.size() == 1) {
    // It may have all of its cone, which may be a whole weight.
    roots = rootsOf(domain, stage, nullptr);
    if (!roots)
      return false;
    own.emplace_back();
    forEachInput(stage.cone, [&](uint32_t i) {
      if (!locked.test(i))
        own.back().push_back(i);
    });
  } else {
    Tape tape;
    uint32_t count = countInputs();
    for (uint32_t i = 0; i < count; ++i)
      input(i).node = tape.input(i, input(i));
    roots = rootsOf(domain, stage, &tape);
    if (!roots)
      return false;
    TapeWalk walk(tape);
    for (const FieldRecorder::Root &root : *roots) {
      own.push_back(walk.inputs(root.node));
      llvm::erase_if(own.back(), [&](uint32_t i) { return locked.test(i); });
    }
  }
  std::vector<uint8_t> failed;
  for (const FieldRecorder::Root &root : *roots)
    failed.push_back(root.failed);
  std::vector<unsigned> tries(failed.size(), 0);
  for (unsigned round = 0; round < maxRounds; ++round) {
    std::vector<Shape> again;
    for (size_t i = 0; i < failed.size(); ++i) {
      if (!failed[i] || own[i].empty())
        continue;
      again.push_back(points[i]);
      uint8_t levels = levelsToRedraw(domain, failed[i], ++tries[i]);
      for (uint32_t element : own[i])
        for (unsigned level = 0; level < domain.levels(); ++level)
          if (levels >> level & 1) {
            domain.redraw(input(element), level, random);
            ++result.repairs;
          }
    }
    if (again.empty()) {
      if (points.size() == 1 && !failed[0])
        break;
      // What was redrawn for one root may have broken another.
      auto all = rootsOf(domain, stage, nullptr);
      if (!all)
        return false;
      bool good = true, hopeless = false;
      for (size_t i = 0; i < failed.size(); ++i) {
        failed[i] = (*all)[i].failed;
        good &= !failed[i];
        hopeless |= failed[i] && own[i].empty();
      }
      if (hopeless)
        return false;
      if (good)
        break;
      continue;
    }
    Region hull = hullOf(again);
    RootStage part{stage.op, hull, Cone(reference, stage.op->results[0], hull)};
    auto some = rootsOf(domain, part, nullptr);
    if (!some)
      return false;
    size_t next = 0;
    for (size_t i = 0; i < failed.size(); ++i)
      if (isIn(hull, points[i]))
        failed[i] = (*some)[next++].failed;
  }
  for (const auto &set : own)
    for (uint32_t i : set)
      locked.set(i);
  return true;
}

bool Sample::refuse(FieldReason reason, const std::string &text) {
  result.reason = reason;
  result.text = text + " at output " + std::to_string(output) + " [";
  for (size_t d = 0; d < index.size(); ++d)
    result.text += (d ? ", " : "") + std::to_string(index[d]);
  result.text += "] of " + toString(reference.shape(reference.outputs[output])) +
                 " (real shapes, seed " + std::to_string(options.seed) + ")";
  result.difference = {"real", output, index};
  return false;
}

bool Sample::run(uint64_t firstTower, Storage &storage) {
  storage.resize(inputs.size());
  for (auto [part, data] : llvm::zip(inputs, storage))
    part.tensor.data.swap(data);
  bool accepted = test(firstTower);
  for (auto [part, data] : llvm::zip(inputs, storage))
    part.tensor.data.swap(data);
  return accepted;
}

bool Sample::test(uint64_t firstTower) {
  auto [levels, deep] = levelsFor(reference, candidate);
  unsigned clean = 0;
  for (unsigned draw = 0; draw < options.maxDraws && clean < options.draws;
       ++draw) {
    llvm::ArrayRef<Tower> towers = fieldTowers();
    const Tower &tower =
        towers[(firstTower + result.draws * 27) % towers.size()];
    FieldDomain domain(tower, levels, random.next(), deep);
    if (!llvm::is_contained(result.primes, tower[0]))
      result.primes.push_back(tower[0]);
    drawInputs(domain, draw);
    llvm::BitVector locked(countInputs());
    bool whole = rootsInKernels;
    for (const RootStage &stage : stages)
      whole |= !repairApart(domain, stage, locked) &&
               !repair(domain, stage, locked);
    FieldPart r;
    FieldRecorder recorder;
    domain.recorder = &recorder;
    if (whole) {
      auto at = [&](uint32_t i) -> FieldValue & { return input(i); };
      result.repairs +=
          repairRoots(domain, random, recorder, {countInputs(), at},
                      [&] { r = expected.evaluate(domain, inputs); });
    } else {
      r = expected.evaluate(domain, inputs);
    }
    FieldPart c = actual.evaluate(domain, inputs);
    ++result.draws;
    switch (compare(domain, r.tensor.data[0], c.tensor.data[0])) {
    case Comparison::Undefined:
      return refuse(FieldReason::Undefined,
                    "the candidate is undefined where the reference is "
                    "defined");
    case Comparison::Different:
      return refuse(FieldReason::Different, "the programs differ");
    case Comparison::Same:
      ++clean;
      ++result.comparisons;
      break;
    case Comparison::Skipped:
      break;
    }
  }
  if (clean < options.draws)
    return refuse(FieldReason::NeverCompared,
                  "no " + std::to_string(options.draws) +
                      " clean comparisons in " +
                      std::to_string(options.maxDraws) + " draws");
  return true;
}

/// Moves an element towards a -inf of a dense constant, along the dimensions
/// that look alike; nothing if there is no -inf.
static std::optional<Shape> nearMask(const Program &program, Shape index,
                                     unsigned output, Random &random) {
  std::vector<std::pair<const Op *, int64_t>> infinities;
  for (const Op &op : program.ops)
    if (op.kind == Op::Dense)
      for (size_t i = 0; i < op.data->size(); ++i)
        if ((*op.data)[i] == -HUGE_VAL)
          infinities.push_back({&op, i});
  if (infinities.empty())
    return std::nullopt;
  auto [op, place] = infinities[random.below(infinities.size())];
  const Shape &shape = program.shape(op->results[0]),
              &out = program.shape(program.outputs[output]);
  for (size_t e = shape.size(); e-- > 0; place /= shape[e])
    for (size_t d = 0; d < out.size(); ++d)
      if (out[d] == shape[e] && out[d] > 1)
        index[d] = place % shape[e];
  return index;
}

FieldTestResult mirage::verify::realShapeTest(const Program &reference,
                                              const Program &candidate,
                                              const RealShapeOptions &options) {
  FieldTestResult result;
  result.seed = options.seed;
  result.surrogates = {"real"};
  // Asks for well-formed programs with one signature.
  if (!SizeClasses::compute(reference, candidate, result.text))
    return result;
  auto [levels, deep] = levelsFor(reference, candidate);
  result.levels = levels;
  result.deepExponentials = deep;
  Random random(options.seed);
  uint64_t firstTower = random.next();
  auto sampleAt = [&](unsigned output, Shape index) {
    return Sample(reference, candidate, output, std::move(index), options,
                  random, result);
  };
  Storage storage;
  auto test = [&](Sample sample) {
    if (sample.work() <= options.maxWork)
      return sample.run(firstTower, storage);
    result.reason = FieldReason::NotTestable;
    result.text = "one element takes more than " +
                  std::to_string(static_cast<uint64_t>(options.maxWork)) +
                  " scalar functions";
    return false;
  };
  for (unsigned o = 0; o < reference.outputs.size(); ++o) {
    const Shape &shape = reference.shape(reference.outputs[o]);
    Shape first(shape.size(), 0), last = shape;
    for (int64_t &i : last)
      --i;
    auto anywhere = [&] {
      Shape index;
      for (int64_t extent : shape)
        index.push_back(random.below(extent));
      return index;
    };
    std::vector<Shape> elements = {first};
    if (last != first)
      elements.push_back(last);
    for (unsigned i = 0; i < options.samples; ++i)
      elements.push_back(anywhere());
    for (unsigned tries = 0; tries < 16; ++tries) {
      std::optional<Shape> index = nearMask(reference, anywhere(), o, random);
      if (!index || !sampleAt(o, *index).readsMask())
        continue;
      elements.push_back(std::move(*index));
      break;
    }
    for (Shape &index : elements)
      if (!test(sampleAt(o, std::move(index))))
        return result;
  }
  result.accepted = true;
  result.reason = FieldReason::Accepted;
  result.text = "equal in " + std::to_string(result.draws) + " draws";
  return result;
}
