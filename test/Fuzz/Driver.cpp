//===- Driver.cpp - Runs a fuzz target without libFuzzer -----------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// usage: FUZZER [-runs=N] [-seed=S] [FILE|FOLDER]...
//
// Runs all seeds, and then N inputs that are made from them. One that crashes
// is left in the file crash-input of the working directory.
//
//===----------------------------------------------------------------------===//

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static std::vector<std::string> readSeeds(const std::filesystem::path &path) {
  std::vector<std::filesystem::path> files;
  if (std::filesystem::is_directory(path)) {
    for (auto &entry : std::filesystem::recursive_directory_iterator(path))
      if (entry.is_regular_file())
        files.push_back(entry.path());
  } else {
    files.push_back(path);
  }
  std::sort(files.begin(), files.end());
  std::vector<std::string> seeds;
  for (const std::filesystem::path &file : files) {
    std::ifstream stream(file, std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(stream),
                       std::istreambuf_iterator<char>());
  }
  return seeds;
}

namespace {
/// Changes of bytes, and parts moved between seeds.
class Mutator {
public:
  Mutator(const std::vector<std::string> &seeds, uint64_t seed)
      : seeds(seeds), random(seed) {}

  std::string next() {
    std::string text = pick();
    for (uint64_t i = 0, n = 1 + below(4); i < n; ++i)
      change(text);
    return text;
  }

private:
  uint64_t below(uint64_t n) { return n ? random() % n : 0; }
  const std::string &pick() { return seeds[below(seeds.size())]; }

  void change(std::string &text) {
    size_t at = below(text.size() + 1);
    size_t length = below(std::min<size_t>(text.size() - at, 64) + 1);
    switch (below(5)) {
    case 0:
      text.insert(at, 1, static_cast<char>(random()));
      break;
    case 1:
      if (at < text.size())
        text[at] ^= static_cast<char>(1 << below(8));
      break;
    case 2:
      text.erase(at, length);
      break;
    case 3:
      text.insert(below(text.size() + 1), text.substr(at, length));
      break;
    case 4: {
      const std::string &other = pick();
      text.replace(at, length,
                   other.substr(below(other.size() + 1), below(64)));
      break;
    }
    }
  }

  const std::vector<std::string> &seeds;
  std::mt19937_64 random;
};
} // namespace

static const std::string *running = nullptr;

static void saveInput(int signal) {
  int file = open("crash-input", O_CREAT | O_WRONLY | O_TRUNC, 0644);
  if (file >= 0 && write(file, running->data(), running->size()) >= 0)
    close(file);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

int main(int argc, char **argv) {
  uint64_t runs = 0, seed = 1;
  std::vector<std::string> seeds;
  for (int i = 1; i < argc; ++i) {
    std::string argument = argv[i];
    if (argument.rfind("-runs=", 0) == 0)
      runs = std::stoull(argument.substr(6));
    else if (argument.rfind("-seed=", 0) == 0)
      seed = std::stoull(argument.substr(6));
    else
      for (std::string &text : readSeeds(argument))
        seeds.push_back(std::move(text));
  }
  if (seeds.empty())
    seeds.push_back(std::string(64, '\0'));
  Mutator mutator(seeds, seed);
  for (int signal : {SIGABRT, SIGSEGV, SIGFPE, SIGILL})
    std::signal(signal, saveInput);
  auto run = [](const std::string &text) {
    running = &text;
    LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t *>(text.data()),
                           text.size());
  };
  for (const std::string &text : seeds)
    run(text);
  for (uint64_t i = 0; i < runs; ++i)
    run(mutator.next());
  std::cout << seeds.size() + runs << " inputs\n";
}
