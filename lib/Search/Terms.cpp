//===- Terms.cpp - What nodes compute, in a normal form -------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Terms.h"
#include "llvm/ADT/STLExtras.h"

using namespace mirage;
using namespace mirage::search;

/// A sum over axes that would be one of more terms is not distributed.
static constexpr size_t maxAddends = 4;

Terms::Terms(Graph &graph, const std::set<std::string> &disabled)
    : graph(graph), factorOut(!disabled.count("factor-out-of-sum")),
      reassociate(!disabled.count("reassociate-sums")),
      linearFirst(!disabled.count("linear-after-sum")),
      distribute(!disabled.count("distribute-sums")) {}

std::map<NodeId, TermId> Terms::termsOf(llvm::ArrayRef<NodeId> roots) {
  for (NodeId root : roots)
    termOf(root);
  return ofNode;
}

TermId Terms::intern(Term term) {
  term.axes &= ~term.bound;
  term.weight = 1 + llvm::popcount(term.bound);
  std::string key = std::to_string(term.kind) + '/' +
                    std::to_string(term.like) + '/' +
                    std::to_string(term.operand) + '/' +
                    std::to_string(term.axes) + '/' +
                    std::to_string(term.bound);
  for (TermId t : term.arguments) {
    key += ' ' + std::to_string(t);
    term.weight += terms[t].weight;
  }
  for (Factor f : term.factors) {
    key += (f.below ? " /" : " *") + std::to_string(f.term);
    term.weight += terms[f.term].weight;
  }
  for (auto [coefficient, t] : term.addends) {
    key += ' ' + std::to_string(coefficient) + '*' + std::to_string(t);
    term.weight += terms[t].weight;
  }
  auto [it, isNew] = interned.try_emplace(std::move(key), terms.size());
  if (isNew)
    terms.push_back(std::move(term));
  return it->second;
}

Factors Terms::factorsOf(TermId t) const {
  if (terms[t].kind == Term::Product)
    return terms[t].factors;
  return {Factor{t, false}};
}

TermId Terms::product(Factors factors) {
  Term term;
  term.kind = Term::Product;
  for (Factor f : factors) {
    if (terms[f.term].kind == Term::Product && !f.below)
      llvm::append_range(term.factors, terms[f.term].factors);
    else
      term.factors.push_back(f);
  }
  // Repeated over an axis that is there: not repeated.
  AxisSet own = 0;
  for (Factor f : term.factors)
    if (terms[f.term].kind != Term::Repeated)
      own |= terms[f.term].axes;
  llvm::sort(term.factors);
  Factor last{~0u};
  llvm::erase_if(term.factors, [&](Factor f) {
    bool isRepeated = terms[f.term].kind == Term::Repeated;
    bool twice = isRepeated && f == last;
    last = f;
    return twice || (isRepeated && !(terms[f.term].axes & ~own));
  });
  if (term.factors.size() == 1 && !term.factors[0].below)
    return term.factors[0].term;
  for (Factor f : term.factors)
    term.axes |= terms[f.term].axes;
  return intern(std::move(term));
}

TermId Terms::repeated(int axis) {
  Term term;
  term.kind = Term::Repeated;
  term.axes = axisBit(axis);
  return intern(std::move(term));
}

/// The extent of an axis. A constant would say something else on the other
/// shapes that plans are tested on, so that nothing makes this one.
TermId Terms::count(int axis) {
  return sumOfAll(axisBit(axis), {{repeated(axis)}});
}

TermId Terms::sumOfAll(AxisSet bound, Factors factors) {
  Term term;
  term.kind = Term::Sum;
  term.bound = bound;
  for (size_t i = 0; i < factors.size(); ++i) {
    const Term &inner = terms[factors[i].term];
    AxisSet others = term.bound;
    for (size_t j = 0; j < factors.size(); ++j)
      if (j != i)
        others |= terms[factors[j].term].axes | terms[factors[j].term].bound;
    if (reassociate && inner.kind == Term::Sum && !factors[i].below &&
        !(inner.bound & others)) {
      term.bound |= inner.bound;
      Factors more = inner.factors;
      factors.erase(factors.begin() + i);
      llvm::append_range(factors, more);
      i = -1;
    }
  }
  llvm::sort(factors);
  for (Factor f : factors)
    term.axes |= terms[f.term].axes;
  term.factors = std::move(factors);
  return intern(std::move(term));
}

std::vector<Terms::Group> Terms::connect(const Factors &factors, AxisSet bound,
                                         Factors &others) const {
  std::vector<Group> groups;
  for (Factor f : factors) {
    Group group{terms[f.term].axes & bound, {f}};
    if (!group.axes) {
      others.push_back(f);
      continue;
    }
    llvm::erase_if(groups, [&](Group &other) {
      if (!(other.axes & group.axes))
        return false;
      group.axes |= other.axes;
      llvm::append_range(group.factors, other.factors);
      return true;
    });
    groups.push_back(std::move(group));
  }
  return groups;
}

TermId Terms::sum(AxisSet bound, TermId t) {
  Factors factors = factorsOf(t);
  if (!factorOut)
    return sumOfAll(bound, std::move(factors));
  if (distribute)
    for (auto [i, f] : llvm::enumerate(factors)) {
      if (f.below || terms[f.term].kind != Term::Add ||
          !(terms[f.term].axes & bound))
        continue;
      llvm::SmallVector<std::pair<int64_t, TermId>, 4> sums;
      Factors rest = factors;
      rest.erase(rest.begin() + i);
      const auto addends = terms[f.term].addends;
      for (auto [coefficient, addend] : addends) {
        Factors product = rest;
        product.push_back({addend});
        // An addend without an axis that the sum had is repeated over it.
        for (int a = 0; a < 64; ++a)
          if (terms[f.term].axes & ~terms[addend].axes & axisBit(a))
            product.push_back({repeated(a)});
        sums.push_back({coefficient, sum(bound, this->product(product))});
      }
      TermId result = add(sums);
      size_t count = 1;
      for (Factor g : factorsOf(result))
        count *= std::max<size_t>(1, terms[g.term].addends.size());
      if (count <= maxAddends)
        return result;
    }
  // Repeated over an axis that is summed: counted below.
  Factors outside, summed = factors;
  llvm::erase_if(summed, [&](Factor f) {
    return terms[f.term].kind == Term::Repeated && (terms[f.term].axes & bound);
  });
  std::vector<Group> groups = connect(summed, bound, outside);
  AxisSet covered = 0;
  for (const Group &group : groups) {
    // Something must be left to sum.
    if (llvm::none_of(group.factors, [&](Factor f) {
          return !f.below && terms[f.term].kind != Term::Linear;
        }))
      return sumOfAll(bound, std::move(factors));
    covered |= group.axes;
  }
  for (Group &group : groups)
    outside.push_back({sumOfAll(group.axes, std::move(group.factors))});
  for (int a = 0; a < 64; ++a)
    if (bound & ~covered & axisBit(a))
      outside.push_back({count(a)});
  return product(std::move(outside));
}

TermId Terms::add(llvm::ArrayRef<std::pair<int64_t, TermId>> addends) {
  std::map<TermId, int64_t> coefficients;
  AxisSet axes = 0;
  for (auto [coefficient, t] : addends) {
    axes |= terms[t].axes;
    if (terms[t].kind == Term::Add)
      for (auto [inner, u] : terms[t].addends)
        coefficients[u] += coefficient * inner;
    else
      coefficients[t] += coefficient;
  }
  Term term;
  term.kind = Term::Add;
  for (auto [t, coefficient] : coefficients)
    if (coefficient)
      term.addends.push_back({coefficient, t});
  if (term.addends.empty())
    term.addends.push_back({0, coefficients.begin()->first});
  term.axes = axes;
  if (term.addends.size() == 1 && term.addends[0].first == 1 &&
      terms[term.addends[0].second].axes == axes)
    return term.addends[0].second;
  // Common factors.
  Factors common;
  if (distribute && term.addends.size() > 1) {
    common = factorsOf(term.addends[0].second);
    bool alone = false;
    for (auto [coefficient, t] : term.addends) {
      Factors factors = factorsOf(t), both;
      std::set_intersection(common.begin(), common.end(), factors.begin(),
                            factors.end(), std::back_inserter(both));
      common = std::move(both);
    }
    auto isSolid = [&](Factor f) {
      return !f.below && terms[f.term].kind != Term::Linear &&
             terms[f.term].kind != Term::Repeated;
    };
    for (auto &[coefficient, t] : term.addends) {
      Factors factors = factorsOf(t), rest;
      std::set_difference(factors.begin(), factors.end(), common.begin(),
                          common.end(), std::back_inserter(rest));
      alone |= llvm::none_of(rest, isSolid);
    }
    if (alone)
      common.clear();
  }
  if (!common.empty()) {
    for (auto &[coefficient, t] : term.addends) {
      Factors factors = factorsOf(t), rest;
      std::set_difference(factors.begin(), factors.end(), common.begin(),
                          common.end(), std::back_inserter(rest));
      t = product(std::move(rest));
    }
    common.push_back({add(term.addends)});
    for (int a = 0; a < 64; ++a)
      if (axes & axisBit(a))
        common.push_back({repeated(a)});
    return product(std::move(common));
  }
  llvm::sort(term.addends,
             [](auto &a, auto &b) { return a.second < b.second; });
  return intern(std::move(term));
}

//===----------------------------------------------------------------------===//
// Terms of nodes
//===----------------------------------------------------------------------===//

TermId Terms::termOf(NodeId n) {
  auto it = ofNode.find(n);
  if (it != ofNode.end())
    return it->second;
  const Node node = graph.nodes[n];
  for (NodeId operand : node.operands)
    termOf(operand);
  bool isFloat = sem::isFloat(node.type);
  TermId result;
  if (node.kind == Node::Tensor || node.kind == Node::Constant) {
    Term term;
    term.like = n;
    term.axes = node.axes;
    result = intern(std::move(term));
  } else if (node.kind == Node::Broadcast) {
    Factors factors{{ofNode.at(node.operands[0])}};
    for (int a = 0; a < 64; ++a)
      if (node.axes & axisBit(a))
        factors.push_back({repeated(a)});
    result = product(std::move(factors));
  } else if (node.kind == Node::Reduce &&
             node.combiner == sem::Combiner::Sum && !node.isRelative() &&
             isFloat) {
    result = sum(node.reduced, ofNode.at(node.operands[0]));
  } else if (node.kind == Node::Map && isFloat && node.isFn("mirage.mul")) {
    result = product({{ofNode.at(node.operands[0])},
                      {ofNode.at(node.operands[1])}});
  } else if (node.kind == Node::Map && isFloat && node.isFn("mirage.div")) {
    std::optional<TermId> q = quotient(ofNode.at(node.operands[0]),
                                       ofNode.at(node.operands[1]));
    result = q ? *q : function(n);
  } else if (node.kind == Node::Map && isFloat &&
             (node.isFn("mirage.add") || node.isFn("mirage.sub"))) {
    result = add({{1, ofNode.at(node.operands[0])},
                  {node.isFn("mirage.sub") ? -1 : 1,
                   ofNode.at(node.operands[1])}});
  } else {
    result = function(n);
    if (node.kind == Node::Map && isFloat && linearFirst)
      for (unsigned p = 0; p < node.operands.size(); ++p)
        if (node.sem->isLinearIn(p)) {
          result = linear(n, p);
          break;
        }
  }
  return ofNode[n] = result;
}

TermId Terms::function(NodeId n) {
  llvm::SmallVector<TermId, 3> arguments;
  for (NodeId operand : graph.nodes[n].operands)
    arguments.push_back(ofNode.at(operand));
  return function(n, arguments);
}

/// Two nodes are one function if they differ in their operands alone.
TermId Terms::function(NodeId like, llvm::ArrayRef<TermId> arguments) {
  Node bare = graph.nodes[like];
  bare.operands.clear();
  bare.axes = 0;
  Term term;
  term.kind = Term::Function;
  term.like = functions.try_emplace(bare.key(), like).first->second;
  for (TermId t : arguments)
    term.axes |= terms[t].axes;
  term.axes &= ~bare.reduced;
  term.arguments.assign(arguments.begin(), arguments.end());
  return intern(std::move(term));
}

std::optional<TermId> Terms::quotient(TermId above, TermId below) {
  Factors factors = factorsOf(above);
  for (Factor f : factorsOf(below)) {
    Term::Kind kind = terms[f.term].kind;
    if (f.below || kind == Term::Linear || kind == Term::Repeated)
      return std::nullopt;
    factors.push_back({f.term, true});
  }
  return product(std::move(factors));
}

TermId Terms::linear(NodeId n, unsigned operand) {
  const Node &node = graph.nodes[n];
  Term term = terms[function(n)];
  term.kind = Term::Linear;
  term.operand = operand;
  term.axes = 0;
  term.arguments.erase(term.arguments.begin() + operand);
  for (TermId t : term.arguments)
    term.axes |= terms[t].axes;
  Factors factors = factorsOf(ofNode.at(node.operands[operand]));
  factors.push_back({intern(std::move(term))});
  return product(std::move(factors));
}
