#include "learn/model_import.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <cmath>
#include <functional>
#include <memory>
#include <limits>
#include <set>

#include "base/files.h"
#include "base/random.h"
#include "base/time.h"
#include "learn/foreign_trees.h"

namespace furrow::learn {
namespace {

constexpr size_t kImportParityRows = 32;
constexpr double kMissingShare = 0.05;

struct Source {
  std::string format, json;                       // the model as XGBoost's JSON
  std::vector<std::string> features;              // as the file names them; may be empty
  Task task = Task::kBinary;
  std::function<Result<std::vector<double>>(const Samples&, size_t)> margins;  // by the source's own definition
};

bool is_xgboost(std::string_view bytes) {
  simdjson::dom::parser parser;
  simdjson::dom::element learner;
  return !parser.parse(bytes.data(), bytes.size())["learner"].get(learner);
}

Result<Source> read_foreign(Result<ForeignTrees> read) {
  if (!read.ok()) return std::move(read).error();
  auto trees = std::make_shared<const ForeignTrees>(*std::move(read));
  Source out;
  out.format = trees->format;
  out.task = trees->task;
  out.features = trees->features;
  FURROW_ASSIGN(out.json, trees->xgboost_json());
  out.margins = [trees](const Samples& samples, size_t rows) -> Result<std::vector<double>> {
    std::vector<double> margins;
    for (size_t i = 0; i < rows; ++i) margins.push_back(trees->margin(samples.row(i)));
    return margins;
  };
  return out;
}

// As it is where the XGBoost linked here reads it and predicts with all its trees; else what its fields say.
Result<Source> read_xgboost(std::string_view bytes) {
  FURROW_ASSIGN(ForeignTrees trees, read_xgboost_trees(bytes));
  auto forest = Forest::parse(bytes);
  if (!forest.ok() || forest->trees().size() != trees.trees.size() || !XgboostModel::load(bytes).ok()) return read_foreign(std::move(trees));
  Source out;
  out.format = "XGBoost";
  out.json = bytes;
  out.task = forest->objective() == "binary:logistic" ? Task::kBinary : Task::kRegression;
  simdjson::dom::parser parser;
  simdjson::dom::array names;
  if (!parser.parse(bytes.data(), bytes.size())["learner"]["feature_names"].get(names)) {
    for (simdjson::dom::element element : names) {
      std::string_view name;
      if (!element.get(name)) out.features.emplace_back(name);
    }
  }
  out.margins = [json = out.json](const Samples& samples, size_t rows) -> Result<std::vector<double>> {
    FURROW_ASSIGN(XgboostModel reference, XgboostModel::load(json));
    FURROW_ASSIGN(std::vector<float> margins, reference.margins(samples.values.data(), rows, samples.columns));
    return std::vector<double>(margins.begin(), margins.end());
  };
  return out;
}

Result<Source> read_source(std::string_view bytes, size_t named) {
  size_t first = bytes.find_first_not_of(" \t\r\n");
  if (first == bytes.npos) return Error(ErrorCode::kInvalidFile, "the model file is empty");
  if (bytes.substr(first, 4) == "bina" || bytes.substr(first, 4) == "binf" || bytes.substr(0, 2) == "{L") {
    return Error(ErrorCode::kModelMismatch, "the file is in a binary form of XGBoost: save it as JSON (save_model(\"model.json\"))");
  }
  if (bytes[0] == '\x80') return Error(ErrorCode::kModelMismatch, "the file is a Python pickle, which is a program and not a model: save XGBoost's as JSON (save_model(\"model.json\")), LightGBM's as text (booster_.save_model), scikit-learn's as ONNX");
  // A zip: PyTorch's own files, TorchScript among them.
  if (bytes.substr(0, 4) == "PK\x03\x04") return Error(ErrorCode::kModelMismatch, "the file is an archive, as PyTorch saves its models (TorchScript too): only sums of trees are taken, from XGBoost's JSON, LightGBM's text or an ONNX tree ensemble");
  if (bytes[first] == '{') return is_xgboost(bytes) ? read_xgboost(bytes) : read_foreign(read_lightgbm(bytes));
  if (bytes.substr(first, 5) == "tree\n" || bytes.substr(first, 5) == "tree\r") return read_foreign(read_lightgbm(bytes));
  return read_foreign(read_onnx_trees(bytes, named));
}

// Rows at and around the values that splits test.
Samples draw_rows(const Forest& forest, uint64_t seed) {
  std::vector<std::vector<float>> values(forest.features());
  for (const Tree& tree : forest.trees()) {
    for (size_t n = 0; n < tree.nodes(); ++n) {
      if (!tree.is_leaf(n)) values[static_cast<size_t>(tree.feature[n])].push_back(tree.threshold[n]);
    }
  }
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  Random random(seed);
  Samples out;
  out.columns = forest.features();
  for (size_t i = 0; i < ImportOptions::kRows; ++i) {
    for (const auto& column : values) {
      float value = column.empty() ? static_cast<float>(random.normal()) : column[random.below(column.size())];
      uint64_t how = random.below(5);
      if (how == 0) value = std::nextafter(value, -kInfinity);
      if (how == 1) value = std::nextafter(value, kInfinity);
      if (how == 2) value += static_cast<float>(random.normal()) * (std::abs(value) + 1) / 4;
      if (how == 3 && random.chance(0.3)) value = 0;
      // A split that only tells what is missing tests the largest number there is, which no float is above.
      if (std::abs(value) >= std::numeric_limits<float>::max()) value = static_cast<float>(random.normal());
      if (random.chance(kMissingShare) || !std::isfinite(value)) value = std::nanf("");
      out.values.push_back(value);
    }
  }
  return out;
}

std::string encoding_of(const std::vector<std::string>& features) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("version", 1).key("inputs").begin_array();
  for (const auto& name : features) json.begin_object().field("name", name).field("kind", "number").field("method", "number").end_object();
  json.end_array().key("left_out").begin_array().end_array().end_object();
  return out;
}

// The rows another tool scored, encoded, with what it said; compared in scores.
Status compare_predictions(const ImportOptions& options, const Encoder& encoder, const Forest& forest, Task task, Samples& rows, Imported& out) {
  const Column* column = options.reference->find(options.prediction);
  if (!column || column->kind != ColumnKind::kNumber) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("the reference rows have no column of numbers '{}'", options.prediction)).in_field("--prediction");
  }
  FURROW_ASSIGN(rows, encoder.encode(*options.reference));
  for (size_t i = 0; i < options.reference->rows; ++i) {
    if (column->missing(i)) continue;
    double margin = forest.margin(rows.values.data() + i * rows.columns), said = column->numbers[i];
    double ours = task == Task::kBinary ? 1 / (1 + std::exp(-margin)) : margin;
    if (!(std::abs(ours - said) <= ImportOptions::kTolerance * std::max(1.0, std::abs(said)))) {
      return Error(ErrorCode::kModelMismatch, fmt::format("the model scores row {} of the reference {:.7g}, where it should be {:.7g}: is it the same model, with the same columns?", i + 1, ours, said));
    }
    ++out.predictions_compared;
  }
  return {};
}

}  // namespace

Result<Imported> import_model(std::string_view bytes, const ImportOptions& options) {
  FURROW_ASSIGN(Source source, read_source(bytes, options.features.size()));
  FURROW_ASSIGN(Forest forest, Forest::parse(source.json));
  Imported out;
  out.format = source.format;
  out.task = source.task;
  out.trees = forest.trees().size();
  out.features = !options.features.empty() ? options.features : source.features;
  if (out.features.empty()) {
    for (size_t f = 0; f < forest.features(); ++f) out.features.push_back(fmt::format("f{}", f));
  }
  if (out.features.size() != forest.features()) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("{} features are named, but the model takes {}", out.features.size(), forest.features())).in_field("--features");
  }
  if (std::set<std::string>(out.features.begin(), out.features.end()).size() != out.features.size()) {
    return Error(ErrorCode::kInvalidArgument, "two of the model's features have the same name: name them with --features").in_field("--features");
  }
  out.files.encoding = encoding_of(out.features);
  FURROW_ASSIGN(Encoder encoder, Encoder::parse(out.files.encoding));
  Samples rows = draw_rows(forest, options.seed);
  FURROW_ASSIGN(std::vector<double> expected, source.margins(rows, ImportOptions::kRows));
  std::vector<float> leaves(forest.trees().size());
  for (size_t i = 0; i < ImportOptions::kRows; ++i) {
    double ours = forest.margin(rows.row(i)), scale = 1;
    forest.leaves(rows.row(i), leaves.data());
    for (float leaf : leaves) scale += std::abs(static_cast<double>(leaf));
    double difference = std::abs(ours - expected[i]);
    out.largest_difference = std::max(out.largest_difference, difference);
    if (!(difference <= 1e-5 * scale)) {
      return Error(ErrorCode::kModelMismatch, fmt::format("the imported forest gives the margin {:.9g} where {} gives {:.9g} (drawn row {})", ours, source.format, expected[i], i + 1));
    }
    ++out.rows_compared;
  }
  size_t kept = std::min(kImportParityRows, ImportOptions::kRows);
  if (options.reference) {
    FURROW_TRY(compare_predictions(options, encoder, forest, source.task, rows, out));
    kept = std::min(kImportParityRows, options.reference->rows);
  }
  out.files.model = std::move(source.json);
  FURROW_ASSIGN(out.files.parity, make_parity(out.files.model, Calibration(), out.task, rows, kept));
  JsonWriter calibration(out.files.calibration), metrics(out.files.metrics), lineage(out.files.lineage);
  Calibration().write(calibration);
  metrics.begin_object().field("version", 1).field("task", out.task == Task::kBinary ? "binary" : "regression").end_object();
  lineage.begin_object().field("version", 1).field("created", format_time(SystemClock().now())).field("furrow", options.furrow_version);
  lineage.field("imported_from", out.format).field("data_file", options.source_file).field("data_hash", options.source_hash);
  lineage.field("target", options.target).field("positive", options.positive).field("task", out.task == Task::kBinary ? "binary" : "regression");
  lineage.field("id", "").field("inputs", out.features.size()).field("rounds", out.trees).end_object();
  return out;
}

Result<std::string> export_model(const Model& model) {
  std::string names;
  JsonWriter json(names);
  json.begin_array();
  for (const std::string& name : model.encoder().output_names()) {
    std::string plain = name;  // XGBoost takes no brackets and no less-than in names
    for (char& c : plain) c = c == '[' || c == ']' || c == '<' ? '_' : c;
    json.text(plain);
  }
  json.end_array();
  FURROW_ASSIGN(std::string out, read_file(model.folder() / "model.json", size_t{1} << 30));
  // Our own files, and those XGBoost writes, hold the list of names once.
  size_t key = out.find("\"feature_names\":"), open = key == out.npos ? key : out.find('[', key), close = open == out.npos ? open : out.find(']', open);
  if (close == out.npos) return Error(ErrorCode::kModelMismatch, "the model's file has no place for the names of its columns");
  std::string_view types = "\"feature_types\":";
  out.replace(open, close + 1 - open, names);
  std::string list = "[";
  for (size_t c = 0; c < model.encoder().outputs(); ++c) list += c ? ",\"float\"" : "\"float\"";
  size_t type_key = out.find(types), type_open = type_key == out.npos ? type_key : out.find('[', type_key), type_close = type_open == out.npos ? type_open : out.find(']', type_open);
  if (type_close != out.npos) out.replace(type_open, type_close + 1 - type_open, list + "]");
  FURROW_ASSIGN(XgboostModel reference, XgboostModel::load(out));
  Samples rows = draw_rows(model.forest(), 1);
  FURROW_ASSIGN(std::vector<float> margins, reference.margins(rows.values.data(), ImportOptions::kRows, rows.columns));
  for (size_t i = 0; i < margins.size(); ++i) {
    float ours = model.forest().margin(rows.row(i));
    if (margins[i] != ours) return Error(ErrorCode::kModelMismatch, fmt::format("XGBoost gives {} for a row that scores {} here", margins[i], ours));
  }
  return out;
}

}  // namespace furrow::learn
