//===- search-ablation.cpp - What pruning by pieces saves -----------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// usage: search-ablation prune|all THREADS MAX_OPS SECONDS
//
// Grows all block programs for RMSNorm with gain and a product (16 rows, 4096
// columns, 4096 outputs) up to MAX_OPS ops, and prints one JSON line: states by
// number of ops, whether the space was exhausted, seconds. Without pruning it
// stops after SECONDS.
//
//===----------------------------------------------------------------------===//

#include "NormWithGain.h"
#include "Prefixes.h"
#include "nlohmann/json.hpp"
#include <chrono>
#include <cstdlib>
#include <iostream>

using namespace mirage::search;

int main(int argc, char **argv) {
  if (argc != 5 || (std::string(argv[1]) != "prune" &&
                    std::string(argv[1]) != "all")) {
    std::cerr << "usage: search-ablation prune|all THREADS MAX_OPS SECONDS\n";
    return 1;
  }
  auto start = std::chrono::steady_clock::now();
  auto seconds = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() -
                                         start)
        .count();
  };
  PrefixOptions options;
  options.prune = std::string(argv[1]) == "prune";
  options.threads = std::max(1, std::atoi(argv[2]));
  options.maxOps = std::max(1, std::atoi(argv[3]));
  double most = std::atof(argv[4]);
  options.stop = [&] { return seconds() > most; };
  mirage::sem::Program program = normWithGain(16, 4096, 4096);
  Region region = regionOf(program);
  Prefixes prefixes(region.graph, {region.outputs[0].node});
  PrefixResult result = prefixes.grow(options);
  std::cout << nlohmann::json{{"pruning", options.prune},
                              {"threads", options.threads},
                              {"max_ops", options.maxOps},
                              {"states", result.states},
                              {"total", result.total()},
                              {"complete", result.complete},
                              {"exhausted", result.exhausted},
                              {"seconds", seconds()}}
                   .dump()
            << '\n';
}
