#include "predict/scorer.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace furrow::predict {

uint64_t feature_hash(const profile::FeatureDefinition& d) {
  std::string text;
  for (const auto& event : d.events) text.append(event) += '\n';
  text += fmt::format("\t{}\t{}\t{}\t{}\t{}", d.where, d.aggregate_text(), d.window ? d.window->micros : -1,
                      d.default_value ? fmt::format("{}", *d.default_value) : "", d.timezone);
  // What came later counts only where it is used, so that models trained before stay bound.
  if (d.ago.micros != 0 || d.tumbling != profile::Period::kNone) text += "\t" + d.window_text();
  if (!d.default_text.empty()) text += "\tdefault " + d.default_text;
  return hash64(text);
}

namespace {

// The hashes that training in a workspace wrote into lineage.json; none for a model trained on files.
void read_trained_features(const std::string& lineage, std::vector<std::pair<std::string, uint64_t>>& out) {
  simdjson::dom::parser parser;
  simdjson::dom::object features;
  if (parser.parse(lineage)["workspace"]["features"].get(features) != simdjson::SUCCESS) return;
  for (auto [name, value] : features) {
    std::string_view text;
    uint64_t hash = 0;
    if (value.get(text) != simdjson::SUCCESS) continue;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), hash, 16);
    if (error == std::errc() && end == text.data() + text.size()) out.emplace_back(std::string(name), hash);
  }
}

}  // namespace

Result<std::shared_ptr<const Scorer>> Scorer::bind(Declaration declaration, std::shared_ptr<const learn::Model> model,
                                                   std::shared_ptr<const profile::FeatureProgram> program) {
  auto mismatch = [&](std::string what) {
    return Error(ErrorCode::kModelMismatch,
                 fmt::format("model {} {}: {}; train it again", declaration.name, declaration.version, what));
  };
  std::shared_ptr<Scorer> scorer(new Scorer());
  read_trained_features(model->lineage_json(), declaration.trained_features);
  const auto& inputs = model->encoder().inputs();
  for (size_t i = 0; i < inputs.size(); ++i) {
    const std::string& name = inputs[i].name;
    const auto& actions = declaration.action_features;
    if (std::find(actions.begin(), actions.end(), name) != actions.end()) {
      scorer->action_inputs_.push_back({i, name});
      continue;
    }
    auto feature = program->index_of(name);
    if (!feature) return mismatch(fmt::format("its input \"{}\" is no declared feature and no action feature", name));
    const bool text = inputs[i].kind == learn::ColumnKind::kText;
    if (text && program->definitions()[*feature].result() == profile::ResultKind::kNumber) return mismatch(fmt::format("its input \"{}\" was a text", name));
    for (const auto& [trained, hash] : declaration.trained_features) {
      if (trained == name && hash != feature_hash(program->definitions()[*feature])) {
        return mismatch(fmt::format("feature \"{}\" was declared otherwise when it was trained", name));
      }
    }
    scorer->feature_inputs_.push_back({i, *feature, text});
    scorer->reads_texts_ |= text;
  }
  scorer->declaration_ = std::move(declaration);
  scorer->model_ = std::move(model);
  scorer->program_ = std::move(program);
  return std::shared_ptr<const Scorer>(std::move(scorer));
}

std::vector<std::string> Scorer::feature_names() const {
  std::vector<std::string> names;
  for (const auto& input : feature_inputs_) names.push_back(encoder().inputs()[input.input].name);
  return names;
}

Value Scorer::value_of(const FeatureInput& input, std::span<const double> values, std::span<const std::string> texts) const {
  const double number = values[input.feature];
  if (!std::isnan(number)) return Value(number);
  if (input.text && !texts.empty() && !texts[input.feature].empty()) return Value(std::string_view(texts[input.feature]));
  return Value();
}

void Scorer::encode_features(std::span<const double> values, std::span<const std::string> texts, float* row) const {
  for (const FeatureInput& input : feature_inputs_) encoder().encode_value(input.input, value_of(input, values, texts), row);
}

double Scorer::score_person(std::span<const double> values, std::span<const std::string> texts, std::vector<float>& row) const {
  row.assign(encoder().outputs(), std::numeric_limits<float>::quiet_NaN());
  encode_features(values, texts, row.data());
  return score(forest().margin(row.data()));
}

namespace {

// Text whose levels the encoder tells apart one by one.
bool has_levels(const learn::InputEncoding& input) {
  return input.method == learn::EncodingMethod::kBinary || input.method == learn::EncodingMethod::kOneHot || learn::has_rates(input.method);
}

}  // namespace

float Scorer::recorded(const FeatureInput& input, std::span<const double> values, std::span<const std::string> texts) const {
  constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();
  if (!input.text) return static_cast<float>(values[input.feature]);
  const Value value = value_of(input, values, texts);
  const learn::InputEncoding& encoding = encoder().inputs()[input.input];
  if (value.is_null() || encoding.method == learn::EncodingMethod::kWords) return kMissing;
  if (has_levels(encoding)) {
    const std::string text = value.is_text() ? std::string(value.text()) : fmt::format("{}", value.number());
    const auto level = encoding.index.find(text);
    return level == encoding.index.end() ? -1.0f : static_cast<float>(level->second);
  }
  std::vector<float> row(encoder().outputs(), kMissing);
  encoder().encode_value(input.input, value, row.data());
  return row[encoding.first_output];
}

std::optional<std::string_view> Scorer::recorded_text(const FeatureInput& input, float recorded) const {
  const learn::InputEncoding& encoding = encoder().inputs()[input.input];
  if (!input.text || !has_levels(encoding) || !(recorded >= 0) || static_cast<size_t>(recorded) >= encoding.levels.size()) return std::nullopt;
  return encoding.levels[static_cast<size_t>(recorded)];
}

void Scorer::encode_recorded(const FeatureInput& input, float recorded, float* row) const {
  const learn::InputEncoding& encoding = encoder().inputs()[input.input];
  if (!input.text) {
    const auto value = static_cast<double>(recorded);
    return encoder().encode_value(input.input, std::isnan(value) ? Value() : Value(value), row);
  }
  if (std::isnan(recorded)) return encoder().encode_value(input.input, Value(), row);
  if (auto text = recorded_text(input, recorded)) return encoder().encode_value(input.input, Value(*text), row);
  if (has_levels(encoding)) return encoder().encode_value(input.input, Value(std::string_view("(none of its levels)")), row);
  row[encoding.first_output] = recorded;
}

}  // namespace furrow::predict
