// What the `furrow model` commands share: reading rows, and showing quality.
#pragma once
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "learn/dataset.h"
#include "learn/metrics.h"
#include "table/files.h"

namespace furrow::cli {

struct ModelInput {
  learn::Dataset data;
  table::ReadReport report;
};
// `text_columns` are never read as numbers: ids. A file without rows is kInvalidFile; rejected rows are said on stderr.
Result<ModelInput> read_model_input(const std::string& path, std::vector<std::string> text_columns = {});

// "0.8123  [0.8012, 0.8230]": the value and its interval.
std::string measure_text(const learn::Measure& measure);
// On standard output, beside the baseline when there is one.
void print_quality(const learn::BinaryQuality& quality, const learn::BinaryQuality* baseline);
void print_quality(const learn::RegressionQuality& quality, const learn::RegressionQuality* baseline);
// The lines train and evaluate share at the top of their JSON: the measures by their own names.
void write_measures(JsonWriter& json, const learn::BinaryQuality& quality);
void write_measures(JsonWriter& json, const learn::RegressionQuality& quality);
// The page into its file, and on standard output that it is there.
Status write_report(const std::string& file, const std::string& html, bool json);

}  // namespace furrow::cli
