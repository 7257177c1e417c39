#include "learn/explanation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "base/time.h"
#include "learn/metrics.h"
#include "learn/shap.h"
#include "learn/shap_interactions.h"

namespace furrow::learn {
namespace {

constexpr size_t kTenths = 10;
constexpr size_t kShownLevels = 12;
constexpr size_t kSliceRows = 30;

// The level a row of one-hot outputs is of.
std::string level_of(const InputEncoding& input, const float* row) {
  const float* out = row + input.first_output;
  if (out[0] != out[0]) return "(missing)";
  if (input.method == EncodingMethod::kBinary) return input.levels[out[0] > 0];
  for (size_t l = 0; l < input.levels.size(); ++l) {
    if (out[l] > 0) return input.levels[l];
  }
  return "(other)";
}

std::string shown(const InputEncoding& input, double value) {
  if (input.method == EncodingMethod::kTime) return format_time(Time{static_cast<int64_t>(value) * 86'400'000'000}).substr(0, 10);
  return fmt::format("{:.4g}", value);
}

Dependence of_levels(const InputEncoding& input, const std::vector<const float*>& rows, const std::vector<double>& effects) {
  std::map<std::string, std::pair<size_t, double>> sums;
  for (size_t i = 0; i < rows.size(); ++i) {
    auto& [count, sum] = sums[level_of(input, rows[i])];
    ++count;
    sum += effects[i];
  }
  Dependence out{input.name, {}};
  for (const auto& [level, entry] : sums) out.points.push_back({level, entry.first, entry.second / static_cast<double>(entry.first)});
  std::stable_sort(out.points.begin(), out.points.end(), [](const auto& a, const auto& b) { return a.rows > b.rows; });
  if (out.points.size() > kShownLevels) out.points.resize(kShownLevels);
  return out;
}

Dependence of_values(const InputEncoding& input, const std::vector<const float*>& rows, const std::vector<double>& effects) {
  std::vector<std::pair<double, double>> values;
  DependencePoint missing{"(missing)", 0, 0};
  for (size_t i = 0; i < rows.size(); ++i) {
    float v = rows[i][input.first_output];
    if (v == v) values.emplace_back(v, effects[i]);
    else ++missing.rows, missing.effect += effects[i];
  }
  std::sort(values.begin(), values.end());
  Dependence out{input.name, {}};
  for (size_t begin = 0, tenth = 1; begin < values.size(); ++tenth) {
    size_t end = std::max(begin + 1, values.size() * tenth / kTenths);
    while (end < values.size() && values[end].first == values[end - 1].first) ++end;
    DependencePoint point{shown(input, values[begin + (end - begin) / 2].first), end - begin, 0};
    for (size_t i = begin; i < end; ++i) point.effect += values[i].second / static_cast<double>(end - begin);
    out.points.push_back(point);
    begin = end;
    while (tenth < kTenths && values.size() * (tenth + 1) / kTenths <= begin) ++tenth;
  }
  if (missing.rows > 0) missing.effect /= static_cast<double>(missing.rows), out.points.push_back(missing);
  return out;
}

// Each row's part of a column: a level, or a quarter of the values.
std::vector<std::string> parts_of(const Column& column, const std::vector<uint32_t>& rows) {
  std::vector<std::string> parts;
  if (column.kind == ColumnKind::kText) {
    for (uint32_t row : rows) parts.push_back(column.missing(row) ? "(missing)" : column.text(row).substr(0, 60));
    return parts;
  }
  std::vector<double> values;
  for (uint32_t row : rows) {
    if (!column.missing(row)) values.push_back(column.numbers[row]);
  }
  std::sort(values.begin(), values.end());
  std::vector<double> different = values;
  different.erase(std::unique(different.begin(), different.end()), different.end());
  auto text = [&](double v) { return column.kind == ColumnKind::kTime ? format_time(Time{static_cast<int64_t>(v * 1e6)}).substr(0, 10) : fmt::format("{:.4g}", v); };
  for (uint32_t row : rows) {
    if (column.missing(row)) {
      parts.push_back("(missing)");
    } else if (different.size() <= 4) {
      parts.push_back(text(column.numbers[row]));
    } else {
      size_t quarter = 0;
      while (quarter < 3 && column.numbers[row] > values[values.size() * (quarter + 1) / 4]) ++quarter;
      double low = values[values.size() * quarter / 4], high = quarter == 3 ? values.back() : values[values.size() * (quarter + 1) / 4];
      parts.push_back(quarter == 0 ? fmt::format("<= {}", text(high)) : fmt::format("{} to {}", text(low), text(high)));
    }
  }
  return parts;
}

// Contributions of rows by either definition.
class Contributions {
 public:
  Contributions(const Forest& forest, const InterventionalShap* background) : background_(background) {
    if (!background) explainer_.emplace(ShapExplainer::make(forest).value());
  }
  void of(const float* row, double* out) {
    if (background_) background_->contributions(row, out);
    else explainer_->contributions(row, scratch_, out);
  }

 private:
  const InterventionalShap* background_;
  std::optional<ShapExplainer> explainer_;
  ShapExplainer::Scratch scratch_;
};

// `order`: the inputs, the most important first.
void find_interactions(const Forest& forest, const Encoder& encoder, const std::vector<const float*>& rows, const std::vector<size_t>& order,
                       const InterventionalShap* background, Explanation& out) {
  size_t groups = std::min(order.size(), kInteractingInputs) + 1;  // the last: all other inputs
  std::vector<uint32_t> group_of_input(order.size(), static_cast<uint32_t>(groups - 1)), group_of;
  for (size_t g = 0; g + 1 < groups; ++g) group_of_input[order[g]] = static_cast<uint32_t>(g);
  for (uint32_t input : encoder.output_inputs()) group_of.push_back(group_of_input[input]);
  ShapInteractions interactions(forest, std::move(group_of), groups);
  double work = background ? 100.0 * static_cast<double>(background->background_rows() * forest.trees().size()) : interactions.work();
  size_t count = std::min(rows.size(), static_cast<size_t>(std::max(10.0, kInteractionWork / std::max(1.0, work))));
  Contributions contributions(forest, background);
  std::vector<double> shap(forest.features()), matrix(groups * groups), sum(groups * groups, 0);
  for (size_t k = 0; k < count; ++k) {
    const float* row = rows[k * rows.size() / count];
    contributions.of(row, shap.data());
    if (background) interactions.interventional(*background, row, shap.data(), matrix.data());
    else interactions.path_dependent(row, shap.data(), matrix.data());
    for (size_t c = 0; c < matrix.size(); ++c) sum[c] += 2 * std::abs(matrix[c]) / static_cast<double>(count);
  }
  out.interaction_rows = count;
  for (size_t g = 0; g + 1 < groups; ++g) {
    for (size_t h = 0; h < g; ++h) {
      if (sum[g * groups + h] > 0) out.interactions.push_back({encoder.inputs()[order[h]].name, encoder.inputs()[order[g]].name, sum[g * groups + h]});
    }
  }
  std::stable_sort(out.interactions.begin(), out.interactions.end(), [](const auto& a, const auto& b) { return a.strength > b.strength; });
  if (out.interactions.size() > kShownInteractions) out.interactions.resize(kShownInteractions);
}

}  // namespace

Explanation explain_model(const Forest& forest, const Encoder& encoder, const std::vector<const float*>& rows, size_t most,
                          const InterventionalShap* background) {
  Contributions contributions(forest, background);
  size_t inputs = encoder.inputs().size();
  std::vector<double> shap(forest.features()), sum(inputs, 0);
  std::vector<std::vector<double>> effects(inputs, std::vector<double>(rows.size(), 0));
  for (size_t k = 0; k < rows.size(); ++k) {
    contributions.of(rows[k], shap.data());
    for (size_t o = 0; o < shap.size(); ++o) effects[encoder.output_inputs()[o]][k] += shap[o];
    for (size_t i = 0; i < inputs; ++i) sum[i] += std::abs(effects[i][k]) / static_cast<double>(rows.size());
  }
  std::vector<size_t> order(inputs);
  for (size_t i = 0; i < inputs; ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return sum[a] > sum[b]; });
  Explanation out;
  for (size_t i : order) {
    const InputEncoding& input = encoder.inputs()[i];
    out.importance.emplace_back(input.name, sum[i]);
    if (out.dependence.size() >= most || sum[i] <= 0) continue;
    bool levels = input.method == EncodingMethod::kBinary || input.method == EncodingMethod::kOneHot;
    out.dependence.push_back(levels ? of_levels(input, rows, effects[i]) : of_values(input, rows, effects[i]));
  }
  if (most > 0) find_interactions(forest, encoder, rows, order, background, out);
  return out;
}

std::vector<Slice> slice_quality(const Dataset& data, const std::vector<uint32_t>& rows, const std::vector<double>& scores,
                                 const std::vector<float>& labels, const std::vector<std::string>& inputs) {
  std::vector<double> sorted = scores;
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  double tenth = sorted.empty() ? 0 : sorted[(sorted.size() - 1) / 10];
  std::vector<Slice> out;
  for (const std::string& name : inputs) {
    const Column* column = data.find(name);
    if (!column) continue;
    std::vector<std::string> parts = parts_of(*column, rows);
    std::map<std::string, std::vector<size_t>> members;
    for (size_t i = 0; i < parts.size(); ++i) members[parts[i]].push_back(i);
    if (members.size() > kShownLevels) continue;
    for (const auto& [part, places] : members) {
      if (places.size() < kSliceRows) continue;
      Slice slice{name, part, places.size(), 0, 0, 0, 0};
      std::vector<double> own_scores;
      std::vector<float> own_labels;
      double positives = 0, reached = 0;
      for (size_t i : places) {
        own_scores.push_back(scores[i]);
        own_labels.push_back(labels[i]);
        slice.mean_score += scores[i] / static_cast<double>(places.size());
        positives += labels[i] > 0;
        reached += labels[i] > 0 && scores[i] >= tenth;
      }
      slice.rate = positives / static_cast<double>(places.size());
      slice.reached_share = positives > 0 ? reached / positives : 0;
      if (positives > 0 && positives < static_cast<double>(places.size())) slice.auc = auc(own_scores, own_labels);
      out.push_back(std::move(slice));
    }
  }
  return out;
}

void write_json(JsonWriter& json, const std::vector<Dependence>& dependence) {
  json.begin_array();
  for (const Dependence& d : dependence) {
    json.begin_object().field("input", d.input).key("points").begin_array();
    for (const DependencePoint& p : d.points) json.begin_object().field("at", p.at).field("rows", p.rows).field("effect", p.effect).end_object();
    json.end_array().end_object();
  }
  json.end_array();
}

void write_json(JsonWriter& json, const std::vector<Interaction>& interactions) {
  json.begin_array();
  for (const Interaction& i : interactions) json.begin_object().field("first", i.first).field("second", i.second).field("strength", i.strength).end_object();
  json.end_array();
}

void write_json(JsonWriter& json, const std::vector<Slice>& slices) {
  json.begin_array();
  for (const Slice& s : slices) {
    json.begin_object().field("input", s.input).field("part", s.part).field("rows", s.rows).field("rate", s.rate).field("mean_score", s.mean_score);
    json.field("auc", s.auc).field("reached_share", s.reached_share).end_object();
  }
  json.end_array();
}

}  // namespace furrow::learn
