//===- Options.cpp - The command line of the runners ----------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Runtime/Options.h"
#include <charconv>
#include <cmath>

using namespace mirage::runtime;

const char *mirage::runtime::toString(Target target) {
  switch (target) {
  case Target::Eval:
    return "eval";
  case Target::Cpu:
    return "cpu";
  case Target::Cuda:
    return "cuda";
  }
  return "";
}

InputRecipe RunOptions::recipe(unsigned input) const {
  auto it = recipes.find(input);
  return it == recipes.end() ? InputRecipe{distribution} : it->second;
}

/// All of `text` as a decimal number.
template <typename T>
static std::optional<T> parseNumber(std::string_view text) {
  T value;
  auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

namespace {
class OptionParser {
public:
  Expected<RunOptions> parse(int argc, const char *const *argv) {
    for (int i = 1; i < argc; ++i)
      if (MaybeError error = parseArgument(argv[i]))
        return *error;
    if (options.help)
      return options;
    if (MaybeError error = checkTogether())
      return *error;
    return options;
  }

private:
  MaybeError parseArgument(std::string_view argument) {
    if (argument.substr(0, 1) != "-") {
      if (!options.file.empty())
        return Error{"a second file: '" + std::string(argument) + "'"};
      options.file = argument;
      return std::nullopt;
    }
    size_t equals = argument.find('=');
    std::string name(argument.substr(0, equals));
    std::optional<std::string> value;
    if (equals != std::string_view::npos)
      value = argument.substr(equals + 1);

    bool isFlag = name == "--bench" || name == "--help";
    auto option = valueOptions.find(name);
    if (!isFlag && option == valueOptions.end())
      return Error{"unknown option", std::string(argument)};
    if (isFlag && value)
      return Error{"takes no value", name};
    if (!isFlag && (!value || value->empty()))
      return Error{"needs a value: " + name + "=...", name};
    if (name != "--input" && ++given[name] > 1)
      return Error{"given twice", name};
    if (isFlag) {
      (name == "--bench" ? options.bench : options.help) = true;
      return std::nullopt;
    }
    if (MaybeError error = (this->*option->second)(*value))
      return Error{error->message + ": '" + *value + "'", name};
    return std::nullopt;
  }

  MaybeError checkTogether() const {
    if (options.file.empty())
      return Error{"no file given"};
    if (!options.referenceFile.empty() && !options.referenceOutputs.empty())
      return Error{"--reference and --reference-outputs exclude each other"};
    if (!options.saveOutputs.empty() &&
        options.saveOutputs == options.referenceOutputs)
      return Error{"--save-outputs would overwrite --reference-outputs"};
    if (!options.saveReference.empty() && !options.referenceOutputs.empty())
      return Error{"--save-reference and --reference-outputs exclude each "
                   "other"};
    if (!options.saveReference.empty() &&
        options.saveReference == options.saveOutputs)
      return Error{"--save-reference and --save-outputs name one folder"};
    if (options.bench && options.target == Target::Eval)
      return Error{"--bench needs --target=cpu or --target=cuda"};
    for (const auto &[input, recipe] : options.recipes)
      if (options.inputFiles.count(input))
        return Error{"--input and --dist both say what input " +
                     std::to_string(input) + " is"};
    return std::nullopt;
  }

  template <std::string RunOptions::*member>
  MaybeError setString(const std::string &value) {
    options.*member = value;
    return std::nullopt;
  }

  MaybeError setTarget(const std::string &value) {
    for (Target target : {Target::Eval, Target::Cpu, Target::Cuda})
      if (value == toString(target)) {
        options.target = target;
        return std::nullopt;
      }
    return Error{"expected eval, cpu or cuda"};
  }

  /// Splits "I:rest".
  static std::optional<unsigned> takeIndex(std::string_view &text) {
    size_t colon = text.find(':');
    if (colon == std::string_view::npos)
      return std::nullopt;
    std::optional<unsigned> index =
        parseNumber<unsigned>(text.substr(0, colon));
    text.remove_prefix(colon + 1);
    return index;
  }

  MaybeError addInput(const std::string &value) {
    std::string_view file = value;
    std::optional<unsigned> index = takeIndex(file);
    if (!index || file.empty())
      return Error{"expected INDEX:FILE.npy"};
    if (!options.inputFiles.emplace(*index, file).second)
      return Error{"a second file for this input"};
    return std::nullopt;
  }

  MaybeError setSeed(const std::string &value) {
    std::optional<uint64_t> seed = parseNumber<uint64_t>(value);
    if (!seed)
      return Error{"expected an integer in [0, 2^64)"};
    options.seed = *seed;
    return std::nullopt;
  }

  MaybeError setTolerance(const std::string &value) {
    options.tolerance = parseNumber<double>(value);
    if (!options.tolerance || !std::isfinite(*options.tolerance) ||
        *options.tolerance < 0)
      return Error{"expected a finite number that is not negative"};
    return std::nullopt;
  }

  MaybeError setDistribution(const std::string &value) {
    Error malformed{"expected normal, large, tiny, INDEX:DISTRIBUTION, "
                    "INDEX:mask or INDEX:scale=NUMBER, separated by commas"};
    std::optional<Distribution> overall;
    std::map<unsigned, std::optional<Distribution>> single;
    std::map<unsigned, double> scales;
    std::string_view rest = value;
    for (bool more = true; more;) {
      size_t comma = rest.find(',');
      more = comma != std::string_view::npos;
      std::string_view item = rest.substr(0, comma);
      rest.remove_prefix(more ? comma + 1 : rest.size());

      if (item.find(':') == std::string_view::npos) {
        std::optional<Distribution> parsed = parseDistribution(item);
        if (!parsed || *parsed == Distribution::Mask)
          return malformed;
        if (overall)
          return Error{"two distributions for all inputs"};
        overall = parsed;
        continue;
      }
      std::optional<unsigned> index = takeIndex(item);
      if (!index)
        return malformed;
      constexpr std::string_view prefix = "scale=";
      if (item.substr(0, prefix.size()) == prefix) {
        auto scale = parseNumber<double>(item.substr(prefix.size()));
        if (!scale || !std::isfinite(*scale) || *scale <= 0)
          return Error{"a scale must be finite and positive"};
        if (!scales.emplace(*index, *scale).second)
          return Error{"two scales for one input"};
        single[*index];
        continue;
      }
      std::optional<Distribution> parsed = parseDistribution(item);
      if (!parsed)
        return malformed;
      if (single[*index])
        return Error{"two distributions for one input"};
      single[*index] = parsed;
    }
    options.distribution = overall.value_or(Distribution::Normal);
    for (const auto &[index, distribution] : single) {
      InputRecipe &recipe = options.recipes[index];
      recipe.distribution = distribution.value_or(options.distribution);
      auto scale = scales.find(index);
      if (scale != scales.end())
        recipe.scale = scale->second;
    }
    return std::nullopt;
  }

  /// FILE or FILE:NAME, where a name holds no slash or dot.
  MaybeError setReference(const std::string &value) {
    size_t colon = value.rfind(':');
    bool named = colon != std::string::npos &&
                 value.find_first_of("/.", colon) == std::string::npos;
    options.referenceFile = value.substr(0, named ? colon : std::string::npos);
    if (named)
      options.referenceEntry = value.substr(colon + 1);
    if (options.referenceFile.empty() ||
        (named && options.referenceEntry.empty()))
      return Error{"expected FILE or FILE:NAME"};
    return std::nullopt;
  }

  using Setter = MaybeError (OptionParser::*)(const std::string &);
  const std::map<std::string, Setter> valueOptions = {
      {"--entry", &OptionParser::setString<&RunOptions::entry>},
      {"--target", &OptionParser::setTarget},
      {"--input", &OptionParser::addInput},
      {"--seed", &OptionParser::setSeed},
      {"--dist", &OptionParser::setDistribution},
      {"--save-inputs", &OptionParser::setString<&RunOptions::saveInputs>},
      {"--save-outputs", &OptionParser::setString<&RunOptions::saveOutputs>},
      {"--save-reference",
       &OptionParser::setString<&RunOptions::saveReference>},
      {"--reference", &OptionParser::setReference},
      {"--reference-outputs",
       &OptionParser::setString<&RunOptions::referenceOutputs>},
      {"--tolerance", &OptionParser::setTolerance},
      {"--json", &OptionParser::setString<&RunOptions::json>}};

  RunOptions options;
  std::map<std::string, unsigned> given;
};
} // namespace

Expected<RunOptions> mirage::runtime::parseRunOptions(int argc,
                                                      const char *const *argv) {
  return OptionParser().parse(argc, argv);
}

std::string mirage::runtime::runUsage(const std::string &tool) {
  return "usage: " + tool + R"( FILE [options]

  FILE                      a program (.mlir) or a bundle (.mirage.json)
  --entry=NAME              the function; default: main, or the only one
  --target=eval|cpu|cuda    what executes it
  --input=I:FILE.npy        input I (floats are rounded to its type)
  --seed=N                  of the inputs that are not files (default 0)
  --dist=ITEM,...           their values, of z, a standard normal value:
      normal|large|tiny       z (the default), 16 z, 1e-4 z
      I:normal|large|tiny     the same for input I alone
      I:mask                  an additive mask: z, with whole tiles of -inf
      I:scale=S               all values of input I are multiplied by S
  --save-inputs=DIR         write input_<i>.npy
  --save-outputs=DIR        write output_<i>.npy
  --save-reference=DIR      write the reference's output_<i>.npy, in double
  --reference=FILE[:NAME]   compare with this program, computed in double
  --reference-outputs=DIR   compare with output_<i>.npy
  --tolerance=X             default: 2e-3 f16, 1.6e-2 bf16, 2e-5 f32, 1e-12 f64
  --bench                   measure the time, if the outputs agree
  --json=FILE|-             write the report as JSON, too

bf16 tensors are uint16 in .npy files.
exit status: 0 ran and agreed, 1 disagreed, 2 an error, 3 no driver or device
)";
}
