//===- EqualPrograms.cpp - All programs of the same terms -----------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The pieces of a target are the terms by way of which it can be computed: a
// finite set, made once from its normal form. Each has ways: an op of the
// given program, a product of its factors, a sum over some of its axes of a
// product of sums over the others, factors taken into a sum, a common factor
// of two sums. A program is one way for each piece that it needs. Programs are
// listed by their arithmetic, best first.
//
//===----------------------------------------------------------------------===//

#include "Rules.h"
#include "Terms.h"
#include "mirage/Search/Search.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>
#include <functional>
#include <memory>
#include <queue>

using namespace mirage;
using namespace mirage::search;

namespace {
/// A way to compute a term from others.
struct Way {
  enum Kind { Op, Product, Add } kind;
  NodeId like = 0;    // Op: this node over `needs`
  AxisSet bound = 0;  // Product: summed over these axes
  Factors factors;    // Product
  llvm::SmallVector<std::pair<int64_t, TermId>, 2> addends; // Add
  llvm::SmallVector<TermId, 4> needs;
  double cost = 0;
};

/// Of a matrix product in the given program: what stood on its two sides.
struct Contraction {
  NodeId product;
  AxisSet bound;
  std::set<TermId> sides[2];
};

/// The most pieces, and the most factors of which all subsets are tried. Of more
/// summed axes than these, one, two or all are summed last.
constexpr size_t maxPieces = 1024, maxSubset = 4;
constexpr int maxSummed = 6;
/// Programs of more than so many times the least arithmetic are not listed.
constexpr double maxArithmetic = 2;
constexpr size_t maxPartial = 20000;

class Programs {
public:
  Programs(Graph &graph, Terms &terms, llvm::ArrayRef<NodeId> roots,
           const std::set<std::string> &disabled)
      : graph(graph), terms(terms), roots(roots),
        factorOut(!disabled.count("factor-out-of-sum")),
        distribute(!disabled.count("distribute-sums")) {
    ofNode = terms.termsOf(roots);
    for (auto [n, t] : ofNode)
      nodesOf[t].push_back(n);
    for (auto &[t, nodes] : nodesOf)
      for (NodeId n : nodes)
        addContraction(n);
  }

  std::vector<std::vector<NodeId>> list(size_t limit, bool &limitHit);
  std::set<TermId> pieces();

private:
  struct Choice {
    TermId term;
    const Way *way;
    std::shared_ptr<const Choice> rest;
  };
  struct Partial {
    double bound, cost;
    size_t number;
    std::shared_ptr<const Choice> chosen;
    llvm::SmallVector<TermId, 8> pending; // the heaviest last
    bool operator<(const Partial &other) const {
      return std::tie(bound, number) > std::tie(other.bound, other.number);
    }
  };

  bool lighter(TermId a, TermId b) const {
    return std::make_pair(terms[a].weight, a) <
           std::make_pair(terms[b].weight, b);
  }

  void addContraction(NodeId n);
  void leavesOf(TermId t, std::set<TermId> &leaves) const;

  //===--------------------------------------------------------------------===//
  // Ways
  //===--------------------------------------------------------------------===//

  void addWay(TermId t, Way way);
  void addProduct(TermId t, AxisSet bound, Factors factors);
  void addSums(TermId t, TermId sum, const Factors &more);
  void addMerges(TermId t);
  bool isPlain(const Term &term, NodeId n) const;
  void findWays(TermId t);
  bool findAllWays();
  double costOf(const Way &way) const;

  //===--------------------------------------------------------------------===//
  // Nodes
  //===--------------------------------------------------------------------===//

  using Made = std::map<TermId, NodeId>;
  NodeId make(TermId t, const std::map<TermId, const Way *> &ways, Made &made);
  NodeId makeProduct(const Way &way, llvm::function_ref<NodeId(TermId)> node);
  NodeId multiply(const Factors &factors,
                  llvm::function_ref<NodeId(TermId)> node);
  const Contraction *contractionOf(const Way &way, Factors (&sides)[2]) const;

  Graph &graph;
  Terms &terms;
  llvm::ArrayRef<NodeId> roots;
  bool factorOut, distribute;
  std::map<NodeId, TermId> ofNode;
  std::map<TermId, std::vector<NodeId>> nodesOf;
  std::vector<Contraction> contractions;
  std::map<TermId, std::vector<Way>> waysOf;
  bool cut = false; // some ways were not looked at
};
} // namespace

void Programs::leavesOf(TermId t, std::set<TermId> &leaves) const {
  for (Factor f : terms.factorsOf(t)) {
    leaves.insert(f.term);
    const Term &term = terms[f.term];
    for (Factor inner : term.factors)
      leavesOf(inner.term, leaves);
    for (auto [coefficient, addend] : term.addends)
      leavesOf(addend, leaves);
  }
}

void Programs::addContraction(NodeId n) {
  const Node &node = graph.nodes[n];
  if (node.kind != Node::Reduce)
    return;
  const Node &product = graph.nodes[node.operands[0]];
  if (!product.productType)
    return;
  Contraction c{node.operands[0], node.reduced, {}};
  for (unsigned side = 0; side < 2; ++side)
    leavesOf(ofNode.at(product.operands[side]),
             c.sides[side]);
  contractions.push_back(std::move(c));
}

//===----------------------------------------------------------------------===//
// Ways
//===----------------------------------------------------------------------===//

double Programs::costOf(const Way &way) const {
  auto size = [&](AxisSet axes) {
    return static_cast<double>(graph.size(axes));
  };
  if (way.kind == Way::Op) {
    const Node &node = graph.nodes[way.like];
    return size(node.axes | node.reduced);
  }
  AxisSet axes = 0;
  double cost = 0;
  if (way.kind == Way::Add) {
    for (auto [i, addend] : llvm::enumerate(way.addends)) {
      axes |= terms[addend.second].axes;
      if (i || addend.first != 1)
        cost += size(axes);
    }
    return cost;
  }
  llvm::SmallVector<AxisSet, 4> sets;
  for (Factor f : way.factors)
    sets.push_back(terms[f.term].axes);
  llvm::stable_sort(sets, [](AxisSet a, AxisSet b) {
    return llvm::popcount(a) < llvm::popcount(b);
  });
  for (auto [i, set] : llvm::enumerate(sets)) {
    axes |= set;
    if (i)
      cost += size(axes);
  }
  return way.bound ? cost + size(axes) : cost;
}

void Programs::addWay(TermId t, Way way) {
  for (TermId need : way.needs)
    if (!lighter(need, t))
      return;
  llvm::sort(way.needs);
  way.needs.erase(std::unique(way.needs.begin(), way.needs.end()),
                  way.needs.end());
  way.cost = costOf(way);
  std::vector<Way> &ways = waysOf[t];
  for (const Way &other : ways)
    if (other.kind == way.kind && other.bound == way.bound &&
        other.factors == way.factors && other.addends == way.addends &&
        (way.kind != Way::Op || other.like == way.like))
      return;
  ways.push_back(std::move(way));
}

void Programs::addProduct(TermId t, AxisSet bound, Factors factors) {
  Way way;
  way.kind = Way::Product;
  way.bound = bound;
  llvm::sort(factors);
  AxisSet axes = 0;
  bool solid = false;
  for (Factor f : factors) {
    const Term &term = terms[f.term];
    axes |= term.axes;
    if (term.kind == Term::Linear)
      llvm::append_range(way.needs, term.arguments);
    else if (term.kind != Term::Repeated)
      way.needs.push_back(f.term);
    solid |= !f.below && term.kind != Term::Linear &&
             term.kind != Term::Repeated;
  }
  if (!solid || (bound & ~axes))
    return;
  way.factors = std::move(factors);
  addWay(t, std::move(way));
}

/// Ways to sum the term `sum` times `more`, all in the sum: the axes that are
/// summed last, and before them, sums of what hangs together by the others.
void Programs::addSums(TermId t, TermId sum, const Factors &more) {
  const Term term = terms[sum];
  llvm::SmallVector<AxisSet> lasts{term.bound};
  if (llvm::popcount(term.bound) <= maxSummed) {
    for (AxisSet last = term.bound; (last = (last - 1) & term.bound);)
      lasts.push_back(last);
  } else {
    cut = true;
    for (AxisSet one = term.bound; one; one &= one - 1)
      for (AxisSet other = one; other; other &= other - 1)
        lasts.push_back((one & -one) | (other & -other));
  }
  for (AxisSet last : lasts) {
    AxisSet first = term.bound & ~last;
    Factors factors = more;
    for (Terms::Group &group : terms.connect(term.factors, first, factors))
      factors.push_back({terms.sum(group.axes, terms.product(group.factors))});
    addProduct(t, last, std::move(factors));
  }
}

/// Two addends that are sums over the same axes with factors in common:
/// sum a b + sum a c = sum a (b + c).
void Programs::addMerges(TermId t) {
  const Term term = terms[t];
  struct Open {
    int64_t coefficient;
    AxisSet bound;
    Factors inside; // sorted
  };
  std::vector<std::vector<Open>> open;
  for (auto [coefficient, addend] : term.addends) {
    std::vector<Open> &opened = open.emplace_back();
    Factors factors = terms.factorsOf(addend);
    for (auto [i, f] : llvm::enumerate(factors)) {
      const Term &sum = terms[f.term];
      if (f.below || sum.kind != Term::Sum)
        continue;
      Open o{coefficient, sum.bound, sum.factors};
      bool clash = false;
      for (auto [j, other] : llvm::enumerate(factors))
        if (j != i) {
          clash |= (terms[other.term].axes & sum.bound) != 0;
          o.inside.push_back(other);
        }
      llvm::sort(o.inside);
      if (!clash)
        opened.push_back(std::move(o));
    }
  }
  for (size_t i = 0; i < open.size(); ++i)
    for (size_t j = i + 1; j < open.size(); ++j)
      for (const Open &a : open[i])
        for (const Open &b : open[j]) {
          AxisSet bound = a.bound & b.bound;
          Factors common, rest[2];
          std::set_intersection(a.inside.begin(), a.inside.end(),
                                b.inside.begin(), b.inside.end(),
                                std::back_inserter(common));
          std::set_difference(a.inside.begin(), a.inside.end(),
                              common.begin(), common.end(),
                              std::back_inserter(rest[0]));
          std::set_difference(b.inside.begin(), b.inside.end(),
                              common.begin(), common.end(),
                              std::back_inserter(rest[1]));
          AxisSet own = (a.bound | b.bound) & ~bound, shared = 0;
          for (Factor f : common)
            shared |= terms[f.term].axes;
          if (common.empty() || rest[0].empty() || rest[1].empty() ||
              !bound || (own & shared))
            continue;
          llvm::SmallVector<std::pair<int64_t, TermId>, 2> sides;
          for (auto [o, r] : {std::make_pair(&a, &rest[0]),
                              std::make_pair(&b, &rest[1])}) {
            TermId side = terms.product(*r);
            if (AxisSet before = o->bound & ~bound)
              side = terms.sum(before, side);
            sides.push_back({o->coefficient, side});
          }
          common.push_back({terms.add(sides)});
          if (open.size() == 2) {
            addProduct(t, bound, std::move(common));
            continue;
          }
          // The two alone, and then the others.
          auto pair = {term.addends[i], term.addends[j]};
          Way way;
          way.kind = Way::Add;
          way.addends.push_back({1, terms.add(pair)});
          for (auto [k, addend] : llvm::enumerate(term.addends))
            if (k != i && k != j)
              way.addends.push_back(addend);
          for (auto &[coefficient, need] : way.addends)
            way.needs.push_back(need);
          addWay(t, std::move(way));
        }
}

/// Whether the op of node n does to its operands what `term` says anyway.
bool Programs::isPlain(const Term &term, NodeId n) const {
  const Node &node = graph.nodes[n];
  auto isProduct = [&](const Node &node) {
    return node.kind == Node::Map && !node.productType &&
           (node.isFn("mirage.mul") || node.isFn("mirage.div"));
  };
  switch (term.kind) {
  case Term::Product:
    return isProduct(node);
  case Term::Sum: {
    if (node.kind != Node::Reduce || node.reduced != term.bound)
      return false;
    const Factors factors = terms.factorsOf(ofNode.at(node.operands[0]));
    return factors == term.factors &&
           !graph.nodes[node.operands[0]].productType;
  }
  case Term::Add:
    return node.kind == Node::Map && term.addends.size() == 2 &&
           llvm::all_of(term.addends, [&](auto &addend) {
             return std::abs(addend.first) == 1 &&
                    llvm::any_of(node.operands, [&](NodeId operand) {
                      return ofNode.at(operand) == addend.second;
                    });
           });
  default:
    return false;
  }
}

void Programs::findWays(TermId t) {
  const Term term = terms[t];
  auto nodes = nodesOf.find(t);
  if (nodes != nodesOf.end())
    for (NodeId n : nodes->second) {
      if (graph.nodes[n].operands.empty() || isPlain(term, n))
        continue;
      Way way;
      way.kind = Way::Op;
      way.like = n;
      for (NodeId operand : graph.nodes[n].operands)
        way.needs.push_back(ofNode.at(operand));
      addWay(t, std::move(way));
    }
  if (term.kind == Term::Sum)
    addSums(t, t, {});
  if (term.kind == Term::Add) {
    Way way;
    way.kind = Way::Add;
    way.addends = term.addends;
    for (auto &[coefficient, need] : way.addends)
      way.needs.push_back(need);
    addWay(t, std::move(way));
    if (distribute && factorOut)
      addMerges(t);
  }
  if (term.kind != Term::Product)
    return;
  addProduct(t, 0, term.factors);
  if (!factorOut)
    return;
  for (auto [i, f] : llvm::enumerate(term.factors)) {
    const Term sum = terms[f.term];
    if (f.below || sum.kind != Term::Sum)
      continue;
    // Factors that are cheaper to apply before the sum than after it.
    Factors may, others;
    for (auto [j, q] : llvm::enumerate(term.factors)) {
      if (j == i)
        continue;
      const Term &factor = terms[q.term];
      bool fits = !((factor.axes | factor.bound) & sum.bound) &&
                  factor.kind != Term::Repeated;
      bool cheaper = llvm::any_of(sum.factors, [&](Factor in) {
        AxisSet axes = terms[in.term].axes;
        return !(factor.axes & ~axes) &&
               graph.size(axes) < graph.size(sum.axes);
      });
      (fits && cheaper && may.size() < maxSubset ? may : others).push_back(q);
    }
    for (unsigned subset = 1; subset < 1u << may.size(); ++subset) {
      Factors in, out = others;
      for (auto [j, q] : llvm::enumerate(may))
        (subset >> j & 1 ? in : out).push_back(q);
      if (out.empty()) {
        addSums(t, f.term, in);
        continue;
      }
      llvm::append_range(in, sum.factors);
      out.push_back({terms.sumOfAll(sum.bound, std::move(in))});
      addProduct(t, 0, std::move(out));
    }
  }
}

/// Whether all pieces were found.
bool Programs::findAllWays() {
  std::vector<TermId> work;
  std::set<TermId> seen;
  auto visit = [&](TermId t) {
    if (seen.insert(t).second)
      work.push_back(t);
  };
  for (NodeId root : roots)
    visit(ofNode.at(root));
  for (size_t i = 0; i < work.size(); ++i) {
    if (i >= maxPieces)
      return false;
    findWays(work[i]);
    for (const Way &way : waysOf[work[i]])
      llvm::for_each(way.needs, visit);
  }
  return true;
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

/// The matrix product of the given program that this sum of a product is like:
/// one that has factors on both sides. Other factors go to the side that has
/// their axes.
const Contraction *Programs::contractionOf(const Way &way,
                                           Factors (&sides)[2]) const {
  if (!way.bound)
    return nullptr;
  for (const Contraction &c : contractions) {
    if (!(c.bound & way.bound))
      continue;
    sides[0].clear();
    sides[1].clear();
    Factors others;
    AxisSet axes[2] = {0, 0};
    bool ambiguous = false;
    for (Factor f : way.factors) {
      std::set<TermId> leaves;
      leavesOf(f.term, leaves);
      bool on[2];
      for (unsigned s = 0; s < 2; ++s)
        on[s] = llvm::any_of(
            leaves, [&](TermId leaf) { return c.sides[s].count(leaf) != 0; });
      ambiguous |= on[0] && on[1];
      if (on[0] == on[1]) {
        others.push_back(f);
        continue;
      }
      sides[on[1]].push_back(f);
      axes[on[1]] |= terms[f.term].axes;
    }
    auto isSolid = [&](Factor f) { return !f.below; };
    if (ambiguous || llvm::none_of(sides[0], isSolid) ||
        llvm::none_of(sides[1], isSolid))
      continue;
    for (Factor f : others)
      sides[(terms[f.term].axes & ~axes[0]) &&
            !(terms[f.term].axes & ~axes[1])]
          .push_back(f);
    return &c;
  }
  return nullptr;
}

NodeId Programs::multiply(const Factors &factors,
                          llvm::function_ref<NodeId(TermId)> node) {
  std::optional<NodeId> value;
  auto type = [&](NodeId a, NodeId b) {
    sem::ElementType x = sem::accumulationType(graph.nodes[a].type),
                     y = sem::accumulationType(graph.nodes[b].type);
    return sem::bitWidth(x) < sem::bitWidth(y) ? y : x;
  };
  for (Factor f : factors) {
    Term::Kind kind = terms[f.term].kind;
    if (f.below || kind == Term::Linear || kind == Term::Repeated)
      continue;
    NodeId x = node(f.term);
    value = value ? graph.map(sem::mulSem(), {*value, x}, type(*value, x)) : x;
  }
  for (Factor f : factors)
    if (f.below) {
      NodeId x = node(f.term);
      value = graph.map(sem::divSem(), {*value, x}, type(*value, x));
    }
  for (Factor f : factors) {
    const Term &term = terms[f.term];
    if (term.kind != Term::Linear)
      continue;
    llvm::SmallVector<NodeId, 3> operands;
    for (TermId argument : term.arguments)
      operands.push_back(node(argument));
    operands.insert(operands.begin() + term.operand, *value);
    value = graph.withOperands(term.like, operands);
  }
  AxisSet axes = graph.nodes[*value].axes, all = axes;
  for (Factor f : factors)
    all |= terms[f.term].axes;
  if (all == axes)
    return *value;
  Node repeated;
  repeated.kind = Node::Broadcast;
  repeated.operands = {*value};
  repeated.axes = all;
  repeated.type = graph.nodes[*value].type;
  return graph.add(std::move(repeated));
}

NodeId Programs::makeProduct(const Way &way,
                             llvm::function_ref<NodeId(TermId)> node) {
  Factors sides[2];
  NodeId value;
  if (const Contraction *c = contractionOf(way, sides)) {
    NodeId left = multiply(sides[0], node), right = multiply(sides[1], node);
    value = graph.withOperands(c->product, {left, right});
  } else {
    value = multiply(way.factors, node);
  }
  if (!way.bound)
    return value;
  return graph.reduce(sem::Combiner::Sum, way.bound, value,
                      sem::accumulationType(graph.nodes[value].type));
}

NodeId Programs::make(TermId t, const std::map<TermId, const Way *> &ways,
                      Made &made) {
  auto it = made.find(t);
  if (it != made.end())
    return it->second;
  if (terms[t].kind == Term::Leaf)
    return made[t] = terms[t].like;
  const Way &way = *ways.at(t);
  auto node = [&](TermId need) { return make(need, ways, made); };
  NodeId result;
  if (way.kind == Way::Op) {
    llvm::SmallVector<NodeId, 3> operands;
    for (NodeId operand : llvm::SmallVector<NodeId, 3>(
             graph.nodes[way.like].operands))
      operands.push_back(node(ofNode.at(operand)));
    result = graph.withOperands(way.like, operands);
  } else if (way.kind == Way::Product) {
    result = makeProduct(way, node);
  } else {
    std::optional<NodeId> sum;
    // What is subtracted comes last.
    auto addends = way.addends;
    llvm::stable_sort(addends, [](auto &a, auto &b) {
      return (a.first > 0) > (b.first > 0);
    });
    for (auto [coefficient, addend] : addends) {
      NodeId x = node(addend);
      sem::ElementType type = sem::accumulationType(graph.nodes[x].type);
      int64_t magnitude = sum && coefficient < 0 ? -coefficient : coefficient;
      if (magnitude != 1) {
        Node constant;
        constant.kind = Node::Constant;
        constant.constant = static_cast<double>(magnitude);
        constant.type = type;
        x = graph.map(sem::mulSem(), {x, graph.add(std::move(constant))},
                      type);
      }
      const sem::OpSemantics &op =
          coefficient < 0 ? sem::subSem() : sem::addSem();
      sum = sum ? graph.map(op, {*sum, x}, type) : x;
    }
    result = *sum;
  }
  return made[t] = result;
}

//===----------------------------------------------------------------------===//
// Programs
//===----------------------------------------------------------------------===//

std::vector<std::vector<NodeId>> Programs::list(size_t limit, bool &limitHit) {
  limitHit |= !findAllWays() || cut;
  // Bottom up: the pieces that every way needs, and the least they cost.
  std::vector<TermId> order;
  for (auto &[t, ways] : waysOf)
    order.push_back(t);
  llvm::sort(order, [&](TermId a, TermId b) { return lighter(a, b); });
  std::map<TermId, llvm::BitVector> needed;
  std::vector<double> least(terms.size(), 0);
  for (TermId t : order) {
    std::vector<Way> &ways = waysOf[t];
    if (terms[t].kind == Term::Leaf)
      continue;
    llvm::erase_if(ways, [&](const Way &way) {
      return llvm::any_of(way.needs, [&](TermId need) {
        return terms[need].kind != Term::Leaf && !needed.count(need);
      });
    });
    if (ways.empty())
      continue;
    std::optional<llvm::BitVector> all;
    least[t] = INFINITY;
    for (const Way &way : ways) {
      llvm::BitVector some(terms.size());
      for (TermId need : way.needs)
        if (terms[need].kind != Term::Leaf)
          some |= needed.at(need);
      if (all)
        *all &= some;
      else
        all = std::move(some);
      least[t] = std::min(least[t], way.cost);
    }
    all->set(t);
    needed[t] = std::move(*all);
  }
  size_t number = 0;
  auto finish = [&](Partial &p) {
    llvm::sort(p.pending, [&](TermId a, TermId b) { return lighter(a, b); });
    p.pending.erase(std::unique(p.pending.begin(), p.pending.end()),
                    p.pending.end());
    llvm::BitVector all(terms.size());
    for (TermId t : p.pending)
      all |= needed.at(t);
    p.bound = p.cost;
    for (unsigned t : all.set_bits())
      p.bound += least[t];
    p.number = number++;
  };
  std::vector<std::vector<NodeId>> programs{{roots.begin(), roots.end()}};
  std::set<std::vector<NodeId>> seen(programs.begin(), programs.end());
  std::set<NodeId> distinct(roots.begin(), roots.end());
  std::priority_queue<Partial> queue;
  Partial start{};
  for (NodeId root : roots) {
    TermId t = ofNode.at(root);
    if (terms[t].kind == Term::Leaf)
      continue;
    if (!needed.count(t))
      return programs;
    start.pending.push_back(t);
  }
  finish(start);
  double worthwhile = INFINITY;
  queue.push(std::move(start));
  while (!queue.empty()) {
    if (programs.size() >= limit || number >= maxPartial) {
      limitHit = true;
      break;
    }
    Partial p = queue.top();
    queue.pop();
    if (p.bound > worthwhile)
      break;
    if (!p.pending.empty()) {
      TermId t = p.pending.pop_back_val();
      for (const Way &way : waysOf.at(t)) {
        Partial next = p;
        next.cost += way.cost;
        next.chosen = std::make_shared<Choice>(Choice{t, &way, p.chosen});
        for (TermId need : way.needs)
          if (terms[need].kind != Term::Leaf)
            next.pending.push_back(need);
        finish(next);
        if (next.bound <= worthwhile)
          queue.push(std::move(next));
      }
      continue;
    }
    worthwhile = std::min(worthwhile, maxArithmetic * p.cost);
    std::map<TermId, const Way *> ways;
    for (const Choice *c = p.chosen.get(); c; c = c->rest.get())
      ways[c->term] = c->way;
    Made made;
    std::vector<NodeId> program;
    for (NodeId root : roots)
      program.push_back(make(ofNode.at(root), ways, made));
    // Outputs that are equal by the laws alone may differ in their types.
    if (std::set<NodeId>(program.begin(), program.end()).size() ==
            distinct.size() &&
        seen.insert(program).second)
      programs.push_back(std::move(program));
  }
  return programs;
}

/// Also what is made on the way of one: products of some of its factors, sums
/// of some of its addends.
std::set<TermId> Programs::pieces() {
  findAllWays();
  std::set<TermId> pieces;
  for (const auto &[t, ways] : waysOf) {
    pieces.insert(t);
    for (const Way &way : ways) {
      if (way.kind == Way::Op)
        continue;
      size_t parts = way.factors.size() + way.addends.size();
      for (unsigned subset = 1; subset < 1u << std::min<size_t>(parts, 12);
           ++subset) {
        Factors factors;
        llvm::SmallVector<std::pair<int64_t, TermId>, 4> addends;
        for (auto [i, f] : llvm::enumerate(way.factors))
          if (subset >> i & 1)
            factors.push_back(f);
        for (auto [i, addend] : llvm::enumerate(way.addends))
          if (subset >> i & 1)
            addends.push_back(addend);
        pieces.insert(way.factors.empty() ? terms.add(addends)
                                          : terms.product(factors));
      }
    }
  }
  return pieces;
}

std::set<TermId> mirage::search::piecesOf(Graph &graph, Terms &terms,
                                          llvm::ArrayRef<NodeId> roots) {
  return Programs(graph, terms, roots, {}).pieces();
}

std::vector<std::vector<NodeId>>
mirage::search::equalPrograms(Graph &graph, llvm::ArrayRef<NodeId> roots,
                              const std::set<std::string> &disabled,
                              size_t limit, bool &limitHit) {
  Terms terms(graph, disabled);
  return Programs(graph, terms, roots, disabled).list(limit, limitHit);
}
