#include "learn/class_model.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <cmath>

#include "base/files.h"
#include "base/ids.h"
#include "learn/class_training.h"
#include "learn/whole_folder.h"

namespace furrow::learn {
namespace {

constexpr const char *kClasses = "classes.json", *kManifest = "manifest.json";
constexpr size_t kFileLimit = size_t{1} << 26, kParityRows = 16;
constexpr double kTolerance = 1e-9;

std::string digest(std::string_view bytes) {
  Hash128 hash = hash128(bytes);
  return fmt::format("{:016x}{:016x}", hash.high, hash.low);
}

Error corrupt(const std::filesystem::path& path, std::string_view what) {
  return Error(ErrorCode::kStorageCorrupt, fmt::format("{} {}: train the model again, or restore the folder from a copy", path.string(), what)).at(path.string());
}

Result<std::string> read_classes(const std::filesystem::path& folder) {
  auto manifest = read_file(folder / kManifest, kFileLimit);
  auto content = read_file(folder / kClasses, kFileLimit);
  for (auto [file, name] : {std::pair(&manifest, kManifest), {&content, kClasses}}) {
    if (file->ok()) continue;
    if (file->error().code() == ErrorCode::kNotFound) return corrupt(folder / name, "is missing");
    return std::move(*file).error();
  }
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  std::string_view expected;
  if (parser.parse(*manifest).get(document) || document["files"][kClasses].get(expected)) return corrupt(folder / kManifest, "is torn");
  if (digest(*content) != expected) return corrupt(folder / kClasses, "is torn or was changed: its hash is not the manifest's");
  return std::move(content).value();
}

void write_numbers(JsonWriter& json, const double* values, size_t count) {
  json.begin_array();
  for (size_t i = 0; i < count; ++i) json.number(values[i]);
  json.end_array();
}

// Margins that held-out rows had, and their probabilities: what a load has to give again.
void write_parity(JsonWriter& json, const ClassProbabilities& probabilities, const TrainedClasses& trained) {
  const size_t classes = trained.classes.size(), rows = std::min(kParityRows, trained.each[0].held_out.rows.size());
  json.begin_array();
  for (size_t i = 0; i < rows; ++i) {
    std::vector<double> margins, out(classes);
    for (const Trained& each : trained.each) margins.push_back(each.held_out.margins[i % each.held_out.margins.size()]);
    probabilities.of(margins.data(), out.data());
    json.begin_object();
    write_numbers(json.key("margins"), margins.data(), classes);
    write_numbers(json.key("probabilities"), out.data(), classes);
    json.end_object();
  }
  json.end_array();
}

}  // namespace

bool ClassModel::is_folder(const std::filesystem::path& folder) {
  std::error_code error;
  return std::filesystem::exists(folder / kClasses, error);
}

Result<std::shared_ptr<const ClassModel>> ClassModel::load(const std::filesystem::path& folder) {
  FURROW_ASSIGN(std::string text, read_classes(folder));
  simdjson::dom::parser parser;
  simdjson::dom::element document, how, metrics, lineage, parity;
  simdjson::dom::array classes;
  if (parser.parse(text).get(document) || document["classes"].get(classes) || document["probabilities"].get(how) || document["metrics"].get(metrics) ||
      document["lineage"].get(lineage) || document["parity"].get(parity) || classes.size() < 2) {
    return corrupt(folder / kClasses, "cannot be read");
  }
  std::shared_ptr<ClassModel> model(new ClassModel());
  std::vector<Calibration> calibrations;
  for (simdjson::dom::element element : classes) {
    std::string_view name, place;
    if (element["class"].get(name) || element["folder"].get(place) || place.find('/') != place.npos) return corrupt(folder / kClasses, "cannot be read");
    FURROW_ASSIGN(auto each, Model::load(folder / std::string(place)));
    calibrations.push_back(each->calibration());
    model->classes_.emplace_back(name);
    model->models_.push_back(std::move(each));
  }
  FURROW_ASSIGN(model->probabilities_, ClassProbabilities::parse(simdjson::minify(how), std::move(calibrations)));
  model->metrics_ = simdjson::minify(metrics);
  model->lineage_ = simdjson::minify(lineage);
  model->folder_ = folder;
  FURROW_TRY(model->check_parity(simdjson::minify(parity)));
  return std::shared_ptr<const ClassModel>(model);
}

Status ClassModel::check_parity(std::string_view json) const {
  auto fail = [&](std::string what) {
    return Error(ErrorCode::kModelMismatch, "the model does not reproduce its reference rows: " + std::move(what)).at((folder_ / kClasses).string());
  };
  simdjson::dom::parser parser;
  simdjson::dom::array rows;
  if (parser.parse(json.data(), json.size()).get(rows) || rows.size() == 0) return fail("there are none");
  for (simdjson::dom::element row : rows) {
    std::vector<double> read[2];
    for (auto [name, place] : {std::pair("margins", 0), {"probabilities", 1}}) {
      simdjson::dom::array values;
      if (row[name].get(values) || values.size() != classes_.size()) return fail("a row has the wrong width");
      for (simdjson::dom::element value : values) {
        double number = 0;
        if (value.get(number)) return fail("a value is not a number");
        read[place].push_back(number);
      }
    }
    std::vector<double> got(classes_.size());
    probabilities_->of(read[0].data(), got.data());
    for (size_t k = 0; k < got.size(); ++k) {
      if (!(std::abs(got[k] - read[1][k]) <= kTolerance)) return fail(fmt::format("class '{}' has {} instead of {}", classes_[k], got[k], read[1][k]));
    }
  }
  return {};
}

Result<std::vector<Samples>> ClassModel::encode(const Dataset& data) const {
  std::vector<Samples> out;
  for (const auto& model : models_) {
    FURROW_ASSIGN(Samples rows, model->encoder().encode(data));
    out.push_back(std::move(rows));
  }
  return out;
}

ClassScores ClassModel::score(const std::vector<Samples>& encoded, size_t rows) const {
  const size_t classes = classes_.size();
  ClassScores out{classes, std::vector<double>(rows * classes)};
  std::vector<float> margins(rows);
  for (size_t k = 0; k < classes; ++k) {
    models_[k]->forest().margins(encoded[k].values.data(), rows, margins.data());
    for (size_t i = 0; i < rows; ++i) out.row(i)[k] = margins[i];
  }
  std::vector<double> row(classes);
  for (size_t i = 0; i < rows; ++i) {
    probabilities_->of(out.row(i), row.data());
    std::copy(row.begin(), row.end(), out.row(i));
  }
  return out;
}

Status write_class_model(const TrainedClasses& trained, const std::filesystem::path& folder) {
  return write_whole_folder(folder, [&](const std::filesystem::path& draft) -> Status {
    std::vector<Calibration> calibrations;
    std::string text, manifest;
    JsonWriter json(text);
    json.begin_object().field("version", 1).key("classes").begin_array();
    for (size_t k = 0; k < trained.classes.size(); ++k) {
      const std::string place = fmt::format("class_{}", k + 1);
      FURROW_TRY(write_model(trained.each[k].files, draft / place));
      FURROW_ASSIGN(Calibration calibration, Calibration::parse(trained.each[k].files.calibration));
      calibrations.push_back(std::move(calibration));
      json.begin_object().field("class", trained.classes[k]).field("folder", place).field("rows", trained.class_rows[k]).end_object();
    }
    FURROW_ASSIGN(ClassProbabilities probabilities, ClassProbabilities::parse(trained.probabilities, std::move(calibrations)));
    json.end_array().key("probabilities").raw(trained.probabilities).key("metrics").raw(trained.metrics).key("lineage").raw(trained.lineage);
    write_parity(json.key("parity"), probabilities, trained);
    json.end_object();
    FURROW_TRY(write_file_atomically(draft / kClasses, text));
    JsonWriter(manifest).begin_object().field("version", 1).field("kind", "classes").key("files").begin_object().field(kClasses, digest(text)).end_object().end_object();
    return write_file_atomically(draft / kManifest, manifest);
  });
}

}  // namespace furrow::learn
