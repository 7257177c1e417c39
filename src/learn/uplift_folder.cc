#include "learn/uplift_folder.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

#include "base/files.h"
#include "base/time.h"
#include "learn/whole_folder.h"

namespace furrow::learn {
namespace {

constexpr const char* kSummary = "uplift.json";

std::string summary_json(const UpliftSummary& s, const UpliftOptions& options) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("version", 1).field("created", format_time(SystemClock().now())).field("furrow", options.furrow_version);
  json.field("data_file", options.data_file).field("data_hash", options.data_hash).field("seed", static_cast<int64_t>(options.seed));
  json.field("treatment", s.treatment).field("control", s.control).field("target", s.target).field("positive", s.positive).field("id", s.id);
  json.field("task", s.binary ? "binary" : "regression").field("learner", s.learner).field("random", s.random).field("value", s.value);
  json.field("rows", s.rows).field("control_rows", s.control_rows).field("rows_left_out", s.rows_left_out).key("arms").begin_array();
  for (size_t a = 0; a < s.arms.size(); ++a) {
    const UpliftArm& arm = s.arms[a];
    json.begin_object().field("name", arm.name).field("folder", fmt::format("arm_{}", a + 1)).field("cost", arm.cost).field("rows", arm.rows);
    write_json(json.key("quality"), arm.quality);
    json.end_object();
  }
  json.end_array().key("tried").begin_array();
  for (const auto& [name, area] : s.tried) json.begin_object().field("learner", name).field("auuc", area).end_object();
  json.end_array();
  write_json(json.key("policy"), s.policy);
  json.key("left_out").begin_array();
  for (const LeftOut& left : s.left_out) json.begin_object().field("name", left.name).field("reason", left.reason).end_object();
  json.end_array();
  write_json(json.key("warnings"), s.warnings);
  json.end_object();
  return out;
}

}  // namespace

int recommend_arm(const UpliftSummary& summary, const std::vector<double>& effects) {
  int best = 0;
  double most = 0;
  for (size_t a = 0; a < effects.size(); ++a) {
    double gain = summary.value * effects[a] - summary.arms[a].cost;
    if (gain > most) most = gain, best = static_cast<int>(a) + 1;
  }
  return best;
}

void write_arm_files(const UpliftSummary& s, size_t arm, const Encoder& encoder, const std::vector<std::pair<std::string, double>>& importance,
                     const UpliftOptions& options, ModelFiles& out) {
  JsonWriter encoding(out.encoding), calibration(out.calibration), metrics(out.metrics), lineage(out.lineage);
  encoder.write(encoding);
  Calibration().write(calibration);
  metrics.begin_object().field("version", 1).field("task", "regression");
  write_json(metrics.key("uplift"), s.arms[arm].quality);
  metrics.key("importance").begin_array();
  for (const auto& [name, value] : importance) metrics.begin_object().field("input", name).field("mean_abs_shap", value).end_object();
  metrics.end_array().end_object();
  lineage.begin_object().field("version", 1).field("created", format_time(SystemClock().now())).field("furrow", options.furrow_version);
  lineage.field("data_file", options.data_file).field("data_hash", options.data_hash).field("target", s.target).field("positive", s.positive);
  lineage.field("task", "uplift").field("treatment", s.treatment).field("arm", s.arms[arm].name).field("learner", s.learner).field("id", s.id);
  lineage.field("rows", s.arms[arm].rows + s.control_rows).field("inputs", encoder.inputs().size()).field("seed", static_cast<int64_t>(options.seed)).end_object();
}

Status write_uplift_folder(const UpliftSummary& summary, const std::vector<ModelFiles>& arms, const UpliftOptions& options, const std::filesystem::path& folder) {
  return write_whole_folder(folder, [&](const std::filesystem::path& draft) -> Status {
    for (size_t a = 0; a < arms.size(); ++a) FURROW_TRY(write_model(arms[a], draft / fmt::format("arm_{}", a + 1)));
    return write_file_atomically(draft / kSummary, summary_json(summary, options));
  });
}

Result<UpliftModel> UpliftModel::load(const std::filesystem::path& folder) {
  auto text = read_file(folder / kSummary, 1 << 24);
  if (!text.ok()) {
    if (text.error().code() != ErrorCode::kNotFound) return std::move(text).error();
    return Error(ErrorCode::kNotFound, fmt::format("{} is not an uplift model's folder: it has no {}", folder.string(), kSummary)).at(folder.string());
  }
  auto torn = [&] { return Error(ErrorCode::kStorageCorrupt, fmt::format("{} is torn: train the model again", (folder / kSummary).string())).at((folder / kSummary).string()); };
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  simdjson::dom::array arms;
  UpliftModel out;
  UpliftSummary& s = out.summary_;
  if (parser.parse(*text).get(document) || document["arms"].get(arms) || arms.size() == 0 || document["value"].get(s.value)) return torn();
  for (auto [name, field] : {std::pair("treatment", &s.treatment), {"control", &s.control}, {"target", &s.target}, {"positive", &s.positive}, {"id", &s.id}, {"learner", &s.learner}}) {
    std::string_view value;
    if (document[name].get(value)) return torn();
    *field = value;
  }
  std::string_view task;
  if (document["task"].get(task)) return torn();
  s.binary = task == "binary";
  for (simdjson::dom::element element : arms) {
    std::string_view name, place;
    UpliftArm arm;
    if (element["name"].get(name) || element["folder"].get(place) || element["cost"].get(arm.cost) || place.find('/') != place.npos) return torn();
    arm.name = name;
    FURROW_ASSIGN(auto model, Model::load(folder / std::string(place)));
    out.arms_.push_back(std::move(model));
    s.arms.push_back(std::move(arm));
  }
  out.json_ = *std::move(text);
  return out;
}

Result<std::vector<std::vector<double>>> UpliftModel::effects(const Dataset& data) const {
  std::vector<std::vector<double>> out;
  for (const auto& arm : arms_) {
    FURROW_ASSIGN(Samples rows, arm->encoder().encode(data));
    std::vector<float> margins(data.rows);
    arm->forest().margins(rows.values.data(), margins.size(), margins.data());
    out.emplace_back(margins.begin(), margins.end());
  }
  return out;
}

int UpliftModel::recommend(const std::vector<double>& effects) const { return recommend_arm(summary_, effects); }

Result<std::vector<int>> read_arms(const Dataset& data, const std::string& treatment, const std::string& control, const std::vector<std::string>& arms) {
  const Column* column = data.find(treatment);
  if (!column) return Error(ErrorCode::kInvalidArgument, fmt::format("the data have no column '{}', which says what each row got", treatment)).in_field(treatment);
  std::vector<int> out(data.rows, -1);
  for (size_t row = 0; row < data.rows; ++row) {
    if (column->missing(row)) continue;
    std::string level = column->text(row);
    auto found = std::find(arms.begin(), arms.end(), level);
    if (level == control) out[row] = 0;
    else if (found != arms.end()) out[row] = static_cast<int>(found - arms.begin()) + 1;
  }
  return out;
}

}  // namespace furrow::learn
