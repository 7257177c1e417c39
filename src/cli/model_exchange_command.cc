// `furrow model import` and `furrow model export`: models of other tools, and ours for them.
#include <fmt/format.h>

#include <filesystem>
#include <iostream>

#include "base/files.h"
#include "base/ids.h"
#include "cli/model_command.h"
#include "cli/model_input.h"
#include "learn/model_import.h"

namespace furrow::cli {
namespace {

struct ModelExchangeOptions {
  std::string file, out, reference;
  learn::ImportOptions import;
  bool json = false;
};

Status import_model(ModelExchangeOptions& options) {
  std::error_code error;
  if (std::filesystem::exists(options.out, error) && !std::filesystem::exists(std::filesystem::path(options.out) / "manifest.json", error)) {
    return Error(ErrorCode::kConflict, fmt::format("--out {} exists and is not a model: choose another folder", options.out));
  }
  if (options.reference.empty() != options.import.prediction.empty()) {
    return Error(ErrorCode::kInvalidArgument, "--reference and --prediction go together: rows, and the column of what the source predicts for them").in_field("--reference");
  }
  FURROW_ASSIGN(std::string bytes, read_file(options.file, size_t{1} << 30));
  ModelInput reference;
  if (!options.reference.empty()) {
    FURROW_ASSIGN(reference, read_model_input(options.reference));
    options.import.reference = &reference.data;
  }
  Hash128 hash = hash128(bytes);
  options.import.source_hash = fmt::format("{:016x}{:016x}", hash.high, hash.low);
  options.import.source_file = std::filesystem::path(options.file).filename().string();
  options.import.furrow_version = program_version();
  auto imported = learn::import_model(bytes, options.import);
  if (!imported.ok()) return std::move(imported).error().at(options.file);
  FURROW_TRY(learn::write_model(imported->files, options.out, true));
  FURROW_TRY(learn::Model::load(options.out));
  if (options.json) {
    std::string out;
    JsonWriter json(out);
    json.begin_object().field("model", options.out).field("format", imported->format).field("task", imported->task == learn::Task::kBinary ? "binary" : "regression");
    json.field("trees", imported->trees).field("rows_compared", imported->rows_compared).field("predictions_compared", imported->predictions_compared);
    json.field("largest_difference", imported->largest_difference).key("inputs").begin_array();
    for (const auto& name : imported->features) json.text(name);
    json.end_array().end_object();
    std::cout << out << "\n";
    return {};
  }
  std::cout << fmt::format("{}: {} trees on {} inputs, {}\n", imported->format, imported->trees, imported->features.size(),
                           imported->task == learn::Task::kBinary ? "scores are probabilities" : "scores are values");
  std::cout << fmt::format("parity holds: {} drawn rows, largest difference of a margin {:.2g}", imported->rows_compared, imported->largest_difference);
  std::cout << (imported->predictions_compared > 0 ? fmt::format("; {} predictions of the source\n", imported->predictions_compared) : std::string("\n"));
  std::cout << fmt::format("model written to {}\n", options.out);
  return {};
}

Status export_model(const ModelExchangeOptions& options) {
  if (std::filesystem::path(options.out).extension() != ".json") {
    return Error(ErrorCode::kInvalidArgument, fmt::format("--out {} must end in .json: a model is written as XGBoost's JSON, and in no other form", options.out)).in_field("out");
  }
  FURROW_ASSIGN(auto model, learn::Model::load(options.file));
  FURROW_ASSIGN(std::string text, learn::export_model(*model));
  FURROW_TRY(write_file_atomically(options.out, text));
  bool calibrated = model->task() == learn::Task::kBinary && model->calibration().method() != learn::CalibrationMethod::kNone;
  if (options.json) {
    std::string out;
    JsonWriter json(out);
    json.begin_object().field("out", options.out).field("format", "XGBoost").field("trees", model->forest().trees().size());
    json.field("columns", model->encoder().outputs()).field("calibration", model->calibration().method_name()).end_object();
    std::cout << out << "\n";
    return {};
  }
  std::cout << fmt::format("{} trees on {} encoded columns written to {} as XGBoost's JSON; XGBoost gives the same margins\n", model->forest().trees().size(), model->encoder().outputs(), options.out);
  std::cout << "it takes the columns as encoding.json of the model's folder makes them\n";
  if (calibrated) std::cout << fmt::format("its probabilities lack the {} calibration, which XGBoost has no place for\n", model->calibration().method_name());
  return {};
}

}  // namespace

void add_model_exchange_commands(Command model, Jobs& jobs) {
  auto i = std::make_shared<ModelExchangeOptions>();
  Command take = model.add_subcommand("import", "Take in a model of XGBoost, LightGBM or ONNX, after proving that it scores the same here.");
  take.add_option("FILE", i->file, "XGBoost's JSON, LightGBM's text or JSON dump, or an ONNX tree ensemble").required();
  take.add_option("--out", i->out, "The model's folder").required();
  take.add_option("--features", i->import.features, "Names of its inputs, in order, as a,b; the file's own when not given").list();
  take.add_option("--target", i->import.target, "The column it predicts, for `model evaluate`");
  take.add_option("--positive", i->import.positive, "The value of that column that a score means");
  take.add_option("--reference", i->reference, "Rows the source has scored");
  take.add_option("--prediction", i->import.prediction, "The column of these rows with the source's predictions");
  take.add_flag("--json", i->json, "Print one JSON object");
  take.footer("Example: furrow model import lightgbm.txt --out lead-model --reference scored.csv --prediction p");
  jobs.add(take, [i] { return import_model(*i); }, &i->json);

  auto e = std::make_shared<ModelExchangeOptions>();
  Command give = model.add_subcommand("export", "Write a model as XGBoost's JSON, after XGBoost has scored it the same.");
  give.add_option("DIR", e->file, "The model's folder").required();
  give.add_option("--out", e->out, "The file, .json").required();
  give.add_flag("--json", e->json, "Print one JSON object");
  give.footer("Example: furrow model export lead-model --out lead-model.json");
  jobs.add(give, [e] { return export_model(*e); }, &e->json);
}

}  // namespace furrow::cli
