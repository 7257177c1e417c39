#include "learn/model.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <system_error>

#include "base/files.h"
#include "base/ids.h"
#include "learn/whole_folder.h"

namespace furrow::learn {
namespace {

constexpr size_t kFileLimit = size_t{1} << 30;
constexpr double kScoreTolerance = 1e-9;
struct NamedFile {
  const char* name;
  std::string ModelFiles::*content;
  bool optional = false;
};
constexpr NamedFile kFiles[] = {{"model.json", &ModelFiles::model},       {"encoding.json", &ModelFiles::encoding},
                                {"calibration.json", &ModelFiles::calibration}, {"metrics.json", &ModelFiles::metrics},
                                {"lineage.json", &ModelFiles::lineage},   {"parity.json", &ModelFiles::parity},
                                {"reference.json", &ModelFiles::reference, true}, {"intervals.json", &ModelFiles::intervals, true}};

std::string digest(std::string_view bytes) {
  Hash128 hash = hash128(bytes);
  return fmt::format("{:016x}{:016x}", hash.high, hash.low);
}

Error corrupt(const std::filesystem::path& path, std::string_view what) {
  return Error(ErrorCode::kStorageCorrupt, fmt::format("{} {}: train the model again, or restore the folder from a copy", path.string(), what)).at(path.string());
}

Result<ModelFiles> read_files(const std::filesystem::path& folder) {
  auto manifest = read_file(folder / "manifest.json", kFileLimit);
  if (!manifest.ok()) {
    if (manifest.error().code() != ErrorCode::kNotFound) return std::move(manifest).error();
    return Error(ErrorCode::kNotFound, fmt::format("{} is not a model folder: it has no manifest.json", folder.string())).at(folder.string());
  }
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  std::string_view kind;
  if (parser.parse(*manifest).get(document) != simdjson::SUCCESS) return corrupt(folder / "manifest.json", "is torn");
  if (document["kind"].get(kind) == simdjson::SUCCESS && kind == "classes") {
    return Error(ErrorCode::kModelMismatch, fmt::format("{} is a model of several classes, and this needs one score: train for one class with --positive", folder.string())).at(folder.string());
  }
  ModelFiles files;
  for (const NamedFile& file : kFiles) {
    std::string_view expected;
    bool named = document["files"][file.name].get(expected) == simdjson::SUCCESS;
    if (!named && file.optional) continue;
    if (!named) return corrupt(folder / "manifest.json", fmt::format("does not name {}", file.name));
    auto content = read_file(folder / file.name, kFileLimit);
    if (!content.ok()) {
      if (content.error().code() == ErrorCode::kNotFound) return corrupt(folder / file.name, "is missing");
      return std::move(content).error();
    }
    if (digest(*content) != expected) return corrupt(folder / file.name, "is torn or was changed: its hash is not the manifest's");
    files.*file.content = std::move(content).value();
  }
  return files;
}

}  // namespace

Result<std::shared_ptr<const Model>> Model::load(const std::filesystem::path& folder) {
  FURROW_ASSIGN(ModelFiles files, read_files(folder));
  FURROW_ASSIGN(Encoder encoder, Encoder::parse(files.encoding));
  FURROW_ASSIGN(Forest forest, Forest::parse(files.model));
  FURROW_ASSIGN(ShapExplainer explainer, ShapExplainer::make(forest));
  FURROW_ASSIGN(Calibration calibration, Calibration::parse(files.calibration));
  if (encoder.outputs() != forest.features()) {
    return Error(ErrorCode::kModelMismatch, fmt::format("the encoding gives {} numbers but the trees take {}", encoder.outputs(), forest.features())).at(folder.string());
  }
  std::shared_ptr<Model> model(new Model(std::move(encoder), std::move(forest), std::move(explainer), std::move(calibration)));
  model->task_ = model->forest_.objective() == "binary:logistic" ? Task::kBinary : Task::kRegression;
  model->metrics_ = std::move(files.metrics);
  model->lineage_ = std::move(files.lineage);
  model->reference_ = std::move(files.reference);
  model->folder_ = folder;
  if (!files.intervals.empty()) {
    FURROW_ASSIGN(model->intervals_, ConformalIntervals::parse(files.intervals));
  }
  FURROW_TRY(model->check_parity(files.parity));
  return std::shared_ptr<const Model>(model);
}

int Model::input_index(std::string_view name) const {
  auto found = std::find_if(inputs().begin(), inputs().end(), [&](const InputEncoding& i) { return i.name == name; });
  return found == inputs().end() ? -1 : static_cast<int>(found - inputs().begin());
}

Status Model::check_parity(std::string_view json) const {
  auto fail = [&](std::string what) {
    return Error(ErrorCode::kModelMismatch, "the model does not reproduce its reference rows: " + std::move(what)).at((folder_ / "parity.json").string());
  };
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  simdjson::dom::array rows, margins, scores;
  if (parser.parse(json.data(), json.size()).get(document) != simdjson::SUCCESS || document["rows"].get(rows) != simdjson::SUCCESS ||
      document["margins"].get(margins) != simdjson::SUCCESS || document["scores"].get(scores) != simdjson::SUCCESS) {
    return fail("they cannot be read");
  }
  if (rows.size() == 0 || margins.size() != rows.size() || scores.size() != rows.size()) return fail("there are none");
  std::vector<float> row(forest_.features());
  auto margin = margins.begin(), score = scores.begin();
  size_t number = 0;
  for (simdjson::dom::element element : rows) {
    simdjson::dom::array cells;
    if (element.get(cells) != simdjson::SUCCESS || cells.size() != row.size()) return fail("a row has the wrong width");
    size_t c = 0;
    for (simdjson::dom::element cell : cells) {
      double value = std::nan("");
      if (!cell.is_null() && cell.get(value) != simdjson::SUCCESS) return fail("a cell is not a number");
      row[c++] = static_cast<float>(value);
    }
    double expected_margin = 0, expected_score = 0;
    if ((*margin).get(expected_margin) != simdjson::SUCCESS || (*score).get(expected_score) != simdjson::SUCCESS) return fail("a result is not a number");
    float got = forest_.margin(row.data());
    if (got != static_cast<float>(expected_margin)) return fail(fmt::format("row {} gives the margin {} instead of {}", number, got, expected_margin));
    double got_score = score_of_margin(got);
    if (!(std::abs(got_score - expected_score) <= kScoreTolerance * (1 + std::abs(expected_score)))) {
      return fail(fmt::format("row {} scores {} instead of {}", number, got_score, expected_score));
    }
    ++margin;
    ++score;
    ++number;
  }
  return {};
}

void Model::contributions(const float* row, Scratch& scratch, double* out) const {
  scratch.shap.resize(forest_.features());
  explainer_.contributions(row, scratch.explain, scratch.shap.data());
  gather_contributions(scratch.shap, bias(), forest_.margin(row), out);
}

void Model::gather_contributions(std::span<const double> columns, double bias, float margin, double* out) const {
  const size_t count = inputs().size();
  if (count == 0) return;
  std::fill(out, out + count, 0.0);
  for (size_t o = 0; o < columns.size(); ++o) out[encoder_.output_inputs()[o]] += columns[o];
  double* largest = std::max_element(out, out + count, [](double a, double b) { return std::abs(a) < std::abs(b); });
  if (*largest != 0) *largest += static_cast<double>(margin) - std::accumulate(out, out + count, bias);
}

std::vector<Reason> Model::reasons(const float* row, size_t most, Scratch& scratch) const {
  std::vector<double> each(inputs().size());
  contributions(row, scratch, each.data());
  std::vector<Reason> all;
  for (uint32_t i = 0; i < each.size(); ++i) {
    if (each[i] != 0) all.push_back({i, each[i]});
  }
  auto larger = [](const Reason& a, const Reason& b) {
    return std::abs(a.contribution) > std::abs(b.contribution) || (std::abs(a.contribution) == std::abs(b.contribution) && a.input < b.input);
  };
  size_t kept = std::min(most, all.size());
  std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(kept), all.end(), larger);
  all.resize(kept);
  return all;
}

double Model::score(std::span<const Value> values, Scratch& scratch) const {
  scratch.row.resize(encoder_.outputs());
  encoder_.encode_row(values, scratch.row.data());
  return score_encoded(scratch.row.data());
}

double Model::score_with_reasons(std::span<const Value> values, size_t most, Scratch& scratch, std::vector<Reason>& out) const {
  double result = score(values, scratch);
  out = reasons(scratch.row.data(), most, scratch);
  return result;
}

Status write_model(const ModelFiles& files, const std::filesystem::path& folder, bool replace) {
  std::error_code error;
  if (std::filesystem::exists(folder, error) && !replace) {
    return Error(ErrorCode::kConflict, fmt::format("{} exists already: choose another folder or remove it", folder.string())).at(folder.string());
  }
  return write_whole_folder(folder, [&](const std::filesystem::path& draft) -> Status {
    std::string manifest;
    JsonWriter json(manifest);
    json.begin_object().field("version", 1).key("files").begin_object();
    for (const NamedFile& file : kFiles) {
      if (file.optional && (files.*file.content).empty()) continue;
      FURROW_TRY(write_file_atomically(draft / file.name, files.*file.content));
      json.field(file.name, digest(files.*file.content));
    }
    json.end_object().end_object();
    return write_file_atomically(draft / "manifest.json", manifest);
  });
}

Result<std::string> make_parity(const std::string& model_json, const Calibration& calibration, Task task, const Samples& samples, size_t rows) {
  FURROW_ASSIGN(XgboostModel reference, XgboostModel::load(model_json));
  rows = std::min(rows, samples.values.size() / samples.columns);
  FURROW_ASSIGN(std::vector<float> margins, reference.margins(samples.values.data(), rows, samples.columns));
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("version", 1).field("columns", samples.columns).key("rows").begin_array();
  for (size_t i = 0; i < rows; ++i) {
    json.begin_array();
    for (size_t c = 0; c < samples.columns; ++c) json.number(samples.row(i)[c]);
    json.end_array();
  }
  json.end_array().key("margins").begin_array();
  for (float m : margins) json.number(m);
  json.end_array().key("scores").begin_array();
  for (float m : margins) json.number(task == Task::kBinary ? calibration.probability(m) : m);
  json.end_array().end_object();
  return out;
}

}  // namespace furrow::learn
