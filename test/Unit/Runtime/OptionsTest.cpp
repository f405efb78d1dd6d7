//===- OptionsTest.cpp - The command line of the runners ------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Runtime/Options.h"
#include <gtest/gtest.h>

using namespace mirage::runtime;

static Expected<RunOptions> parse(std::vector<const char *> arguments) {
  arguments.insert(arguments.begin(), "mirage-run");
  return parseRunOptions(static_cast<int>(arguments.size()), arguments.data());
}

static std::string errorOf(std::vector<const char *> arguments) {
  Expected<RunOptions> options = parse(std::move(arguments));
  if (options)
    return "";
  EXPECT_EQ(options.error().exitCode(), 2);
  return options.error().str();
}

TEST(Options, Defaults) {
  Expected<RunOptions> options = parse({"p.mlir"});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->file, "p.mlir");
  EXPECT_EQ(options->entry, "");
  EXPECT_FALSE(options->target);
  EXPECT_EQ(options->seed, 0u);
  EXPECT_FALSE(options->tolerance);
  EXPECT_FALSE(options->bench);
  EXPECT_EQ(options->recipe(3).distribution, Distribution::Normal);
}

TEST(Options, All) {
  Expected<RunOptions> options =
      parse({"--entry=f", "--target=cpu", "--input=0:a.npy", "--input=2:b:c",
             "k.json", "--seed=18446744073709551615",
             "--dist=large,1:mask,3:scale=0.5,1:scale=2e-1,4:tiny",
             "--save-inputs=i", "--save-outputs=o", "--save-reference=s",
             "--reference=d.x/r.mlir:g",
             "--tolerance=1e-3", "--bench", "--json=-"});
  ASSERT_TRUE(options) << options.error().str();
  EXPECT_EQ(options->file, "k.json");
  EXPECT_EQ(options->entry, "f");
  EXPECT_EQ(options->target, Target::Cpu);
  EXPECT_EQ(options->inputFiles,
            (std::map<unsigned, std::string>{{0, "a.npy"}, {2, "b:c"}}));
  EXPECT_EQ(options->seed, UINT64_MAX);
  EXPECT_EQ(options->recipe(0).str(), "large");
  EXPECT_EQ(options->recipe(1).str(), "mask, scale 0.2");
  EXPECT_EQ(options->recipe(3).str(), "large, scale 0.5");
  EXPECT_EQ(options->recipe(4).str(), "tiny");
  EXPECT_EQ(options->saveInputs, "i");
  EXPECT_EQ(options->saveOutputs, "o");
  EXPECT_EQ(options->saveReference, "s");
  EXPECT_EQ(options->referenceFile, "d.x/r.mlir");
  EXPECT_EQ(options->referenceEntry, "g");
  EXPECT_EQ(options->tolerance, 1e-3);
  EXPECT_TRUE(options->bench);
  EXPECT_EQ(options->json, "-");
}

TEST(Options, ReferenceNames) {
  EXPECT_EQ(parse({"p", "--reference=a/b.mlir"})->referenceFile, "a/b.mlir");
  EXPECT_EQ(parse({"p", "--reference=a:1/b.mlir"})->referenceFile,
            "a:1/b.mlir");
  EXPECT_EQ(parse({"p", "--reference=b.mlir:f"})->referenceEntry, "f");
}

TEST(Options, HelpNeedsNoFile) {
  EXPECT_TRUE(parse({"--help"})->help);
  std::string usage = runUsage("mirage-run");
  for (const char *name :
       {"--entry", "--target", "--input", "--seed", "--dist", "--save-inputs",
        "--save-outputs", "--reference=", "--reference-outputs", "--tolerance",
        "--bench", "--json"})
    EXPECT_NE(usage.find(name), std::string::npos) << name;
}

TEST(Options, Errors) {
  EXPECT_EQ(errorOf({}), "no file given");
  EXPECT_EQ(errorOf({""}), "no file given");
  EXPECT_EQ(errorOf({"p", "q"}), "a second file: 'q'");
  EXPECT_EQ(errorOf({"p", "--frob"}), "--frob: unknown option");
  EXPECT_EQ(errorOf({"p", "-seed=1"}), "-seed=1: unknown option");
  EXPECT_EQ(errorOf({"p", "--seed"}), "--seed: needs a value: --seed=...");
  EXPECT_EQ(errorOf({"p", "--entry="}), "--entry: needs a value: --entry=...");
  EXPECT_EQ(errorOf({"p", "--bench=1"}), "--bench: takes no value");
  EXPECT_EQ(errorOf({"p", "--seed=1", "--seed=1"}), "--seed: given twice");
  EXPECT_EQ(errorOf({"p", "--bench", "--bench"}), "--bench: given twice");
  EXPECT_EQ(errorOf({"p", "--target=gpu"}),
            "--target: expected eval, cpu or cuda: 'gpu'");
  for (const char *seed : {"--seed=-1", "--seed=1.5", "--seed=x", "--seed=1 ",
                           "--seed=18446744073709551616"})
    EXPECT_NE(errorOf({"p", seed}).find("expected an integer in [0, 2^64)"),
              std::string::npos)
        << seed;
  for (const char *input :
       {"--input=a.npy", "--input=0", "--input=0:", "--input=-1:a",
        "--input=:a", "--input=x:a", "--input=99999999999:a"})
    EXPECT_NE(errorOf({"p", input}).find("expected INDEX:FILE.npy"),
              std::string::npos)
        << input;
  EXPECT_EQ(errorOf({"p", "--input=0:a", "--input=0:b"}),
            "--input: a second file for this input: '0:b'");
  for (const char *tolerance :
       {"--tolerance=x", "--tolerance=-1", "--tolerance=nan", "--tolerance=inf",
        "--tolerance=1e999", "--tolerance=1,5"})
    EXPECT_NE(errorOf({"p", tolerance}).find("expected a finite number"),
              std::string::npos)
        << tolerance;
  for (const char *reference : {"--reference=:f", "--reference=a.mlir:"})
    EXPECT_NE(errorOf({"p", reference}).find("expected FILE or FILE:NAME"),
              std::string::npos)
        << reference;
}

TEST(Options, DistributionErrors) {
  for (const char *dist :
       {"--dist=uniform", "--dist=mask", "--dist=normal,", "--dist=,0:mask",
        "--dist=0:", "--dist=0:scale", "--dist=x:mask", "--dist=:mask",
        "--dist=-1:mask", "--dist=scale=2", "--dist=normal 0:mask"})
    EXPECT_NE(errorOf({"p", dist}).find("expected normal, large, tiny"),
              std::string::npos)
        << dist;
  for (const char *dist :
       {"--dist=0:scale=0", "--dist=0:scale=-1", "--dist=0:scale=nan",
        "--dist=0:scale=inf", "--dist=0:scale=", "--dist=0:scale=2x"})
    EXPECT_NE(errorOf({"p", dist}).find("must be finite and positive"),
              std::string::npos)
        << dist;
  EXPECT_EQ(errorOf({"p", "--dist=normal,large"}),
            "--dist: two distributions for all inputs: 'normal,large'");
  EXPECT_EQ(errorOf({"p", "--dist=0:mask,0:tiny"}),
            "--dist: two distributions for one input: '0:mask,0:tiny'");
  EXPECT_EQ(errorOf({"p", "--dist=0:scale=1,0:scale=1"}),
            "--dist: two scales for one input: '0:scale=1,0:scale=1'");
}

TEST(Options, Contradictions) {
  EXPECT_EQ(errorOf({"p", "--reference=q", "--reference-outputs=d"}),
            "--reference and --reference-outputs exclude each other");
  EXPECT_EQ(errorOf({"p", "--save-outputs=d", "--reference-outputs=d"}),
            "--save-outputs would overwrite --reference-outputs");
  EXPECT_EQ(errorOf({"p", "--bench", "--target=eval"}),
            "--bench needs --target=cpu or --target=cuda");
  EXPECT_EQ(errorOf({"p", "--input=1:a.npy", "--dist=1:mask"}),
            "--input and --dist both say what input 1 is");
}
