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
  std::vector<std::string> ids;  // letter by letter as the file has them, which `data` does not keep; empty: no such column
  std::string id_column;
  // The row's id, else its number in the file, from 1.
  std::string id(size_t row) const { return ids.empty() ? std::to_string(report.number_in_file(row)) : ids[row]; }
};
// `id`: the column that names a row; "id" where there is none of that name. Rows that cannot be read, and rows of totals at the end, are left out, said on stderr by
// line and reason, and kept in the file `rejects` ("": nowhere). A name that the header has twice is said, too, unless it is that of `target` ("": none): kInvalidFile.
// So are a file without rows, and one whose header, as it names the target, comes below its first line.
Result<ModelInput> read_model_input(const std::string& path, const std::string& id = "", const std::string& rejects = "", const std::string& target = "");

// An error about a file's rows, naming the file; one about an option as it is.
Error about_file(Error error, const std::string& path);
template <class T>
Result<T> about_file(Result<T> result, const std::string& path) {
  if (result.ok()) return result;
  return about_file(std::move(result).error(), path);
}

// "0.8123  [0.8012, 0.8230]": the value and its interval.
std::string measure_text(const learn::Measure& measure);
// " on 200000 of them, drawn at random": which rows were cross-validated, "" when all were.
std::string drawn_rows(size_t cross_validated, size_t rows);
// On standard output, beside the baseline when there is one.
void print_quality(const learn::BinaryQuality& quality, const learn::BinaryQuality* baseline);
void print_quality(const learn::RegressionQuality& quality, const learn::RegressionQuality* baseline);
// The lines train and evaluate share at the top of their JSON: the measures by their own names.
void write_measures(JsonWriter& json, const learn::BinaryQuality& quality);
void write_measures(JsonWriter& json, const learn::RegressionQuality& quality);
// The page into its file, and on standard output that it is there.
Status write_report(const std::string& file, const std::string& html, bool json);

}  // namespace furrow::cli
