//===- Report.cpp - What a run found --------------------------------------===//
//
// Part of the Mirage project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mirage/Runtime/Report.h"
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

using namespace mirage::runtime;
using nlohmann::ordered_json;

Quantiles mirage::runtime::quantiles(std::vector<double> samples) {
  std::sort(samples.begin(), samples.end());
  auto at = [&](double fraction) {
    double position = fraction * static_cast<double>(samples.size() - 1);
    size_t below = static_cast<size_t>(position);
    size_t above = std::min(below + 1, samples.size() - 1);
    double weight = position - static_cast<double>(below);
    return samples[below] + weight * (samples[above] - samples[below]);
  };
  return {at(0.5), at(0.1), at(0.9)};
}

bool RunReport::ok() const {
  return std::all_of(outputs.begin(), outputs.end(),
                     [](const OutputReport &output) {
                       return !output.comparison || output.comparison->ok;
                     });
}

/// The index of a dense row-major tensor's element in each dimension.
static Shape unflatten(int64_t index, const Shape &shape) {
  Shape indices(shape.size());
  for (size_t i = shape.size(); i-- > 0;) {
    indices[i] = index % shape[i];
    index /= shape[i];
  }
  return indices;
}

//===----------------------------------------------------------------------===//
// Table
//===----------------------------------------------------------------------===//

template <typename... Args>
static std::string format(const char *pattern, Args... args) {
  char buffer[128];
  std::snprintf(buffer, sizeof(buffer), pattern, args...);
  return buffer;
}

static std::string formatRow(const std::vector<std::string> &cells,
                             const std::vector<size_t> &widths) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    line += cells[i];
    if (i + 1 < cells.size())
      line.append(widths[i] - cells[i].size() + 2, ' ');
  }
  return line + "\n";
}

std::string mirage::runtime::formatTable(const RunReport &report) {
  std::vector<std::vector<std::string>> rows = {
      {"tensor", "type", "values", "max error", "norm error", "tolerance",
       "worst at", "non-finite", "result"}};
  for (size_t i = 0; i < report.inputs.size(); ++i) {
    const InputReport &input = report.inputs[i];
    rows.push_back(
        {"input " + std::to_string(i),
         toString(input.desc.shape) + " " + toString(input.desc.dtype),
         input.source});
  }
  for (size_t i = 0; i < report.outputs.size(); ++i) {
    const OutputReport &output = report.outputs[i];
    std::vector<std::string> row = {
        "output " + std::to_string(i),
        toString(output.desc.shape) + " " + toString(output.desc.dtype), ""};
    if (const std::optional<Comparison> &comparison = output.comparison) {
      std::string worst = "-";
      if (comparison->worstIndex >= 0) {
        worst = "";
        for (int64_t index :
             unflatten(comparison->worstIndex, output.desc.shape))
          worst += (worst.empty() ? "" : ",") + std::to_string(index);
        worst = "[" + worst + "]";
      }
      row.insert(row.end(), {format("%.3g", comparison->maxError),
                             format("%.3g", comparison->normError),
                             format("%.3g", comparison->tolerance), worst,
                             std::to_string(comparison->nonfinite),
                             comparison->ok ? "ok" : "DIFFERS"});
    } else {
      row.insert(row.end(), {"-", "-", "-", "-",
                             std::to_string(output.nonfinite), "not compared"});
    }
    rows.push_back(std::move(row));
  }

  std::vector<size_t> widths(rows[0].size());
  for (const std::vector<std::string> &row : rows)
    for (size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], row[i].size());
  std::string table = report.file + ": " + report.entry + " on " +
                      (report.device.empty() ? report.target : report.device) +
                      ", seed " + std::to_string(report.seed) + "\n";
  for (const std::vector<std::string> &row : rows)
    table += formatRow(row, widths);
  if (report.bench) {
    for (auto [name, times] : {std::pair("hot ", report.bench->hotUs),
                               std::pair("cold", report.bench->coldUs)})
      table += format("%s  median %.2f us, p10 %.2f, p90 %.2f\n", name,
                      times.median, times.p10, times.p90);
    double microseconds = report.bench->coldUs.median;
    double bytes = static_cast<double>(report.bench->bytes);
    table += format("at least %.0f bytes moved: %.1f GB/s cold\n", bytes,
                    microseconds > 0 ? bytes / microseconds * 1e-3 : 0.0);
  }
  return table;
}

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

static ordered_json errorValue(double error) {
  return std::isfinite(error) ? ordered_json(error) : ordered_json("inf");
}

static ordered_json writeQuantiles(const Quantiles &quantiles) {
  return {{"median", quantiles.median},
          {"p10", quantiles.p10},
          {"p90", quantiles.p90}};
}

static ordered_json writeOutput(const OutputReport &output) {
  ordered_json object = {{"name", output.desc.name},
                         {"dtype", toString(output.desc.dtype)},
                         {"shape", output.desc.shape},
                         {"max_error", nullptr},
                         {"norm_error", nullptr},
                         {"tolerance", nullptr},
                         {"worst_index", nullptr},
                         {"nonfinite", output.nonfinite},
                         {"ok", nullptr}};
  if (const std::optional<Comparison> &comparison = output.comparison) {
    object["max_error"] = errorValue(comparison->maxError);
    object["norm_error"] = errorValue(comparison->normError);
    object["tolerance"] = comparison->tolerance;
    if (comparison->worstIndex >= 0)
      object["worst_index"] =
          unflatten(comparison->worstIndex, output.desc.shape);
    object["nonfinite"] = comparison->nonfinite;
    object["ok"] = comparison->ok;
  }
  return object;
}

std::string mirage::runtime::formatJson(const RunReport &report) {
  ordered_json document = {{"file", report.file},
                           {"entry", report.entry},
                           {"target", report.target},
                           {"device", report.device},
                           {"seed", report.seed},
                           {"inputs", ordered_json::array()},
                           {"outputs", ordered_json::array()},
                           {"ok", report.ok()},
                           {"bench", nullptr}};
  for (const InputReport &input : report.inputs)
    document["inputs"].push_back({{"name", input.desc.name},
                                  {"dtype", toString(input.desc.dtype)},
                                  {"shape", input.desc.shape},
                                  {"source", input.source}});
  for (const OutputReport &output : report.outputs)
    document["outputs"].push_back(writeOutput(output));
  if (report.bench)
    document["bench"] = {{"hot_us", writeQuantiles(report.bench->hotUs)},
                         {"cold_us", writeQuantiles(report.bench->coldUs)},
                         {"bytes", report.bench->bytes}};
  return document.dump(2, ' ', false, ordered_json::error_handler_t::replace) +
         "\n";
}
