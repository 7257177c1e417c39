#include "learn/counterfactual.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace furrow::learn {
namespace {

struct Partial {
  std::vector<float> row;
  Counterfactual found;
  double cost = 0;
};

}  // namespace

Result<CounterfactualSearch> CounterfactualSearch::make(const Model& model, const Dataset& data, const Samples& encoded, const std::vector<std::string>& changeable) {
  CounterfactualSearch out(model, encoded);
  for (const std::string& name : changeable) {
    if (model.input_index(name) < 0) return Error(ErrorCode::kInvalidArgument, fmt::format("the model has no input '{}' to change", name)).in_field(name);
  }
  for (uint32_t i = 0; i < model.inputs().size(); ++i) {
    const InputEncoding& encoding = model.inputs()[i];
    if (!changeable.empty() && std::find(changeable.begin(), changeable.end(), encoding.name) == changeable.end()) continue;
    const Column* column = data.find(encoding.name);
    if (!column) continue;
    Input input;
    input.input = i;
    if (column->kind == ColumnKind::kText) {
      std::map<int32_t, std::pair<size_t, uint32_t>> levels;  // rows, and one of them
      for (uint32_t row = 0; row < data.rows; ++row) {
        if (!column->missing(row)) levels.try_emplace(column->codes[row], 0, row).first->second.first++;
      }
      std::vector<std::pair<size_t, uint32_t>> order;
      for (const auto& [code, level] : levels) order.push_back(level);
      std::sort(order.begin(), order.end(), [](auto a, auto b) { return a.first > b.first || (a.first == b.first && a.second < b.second); });
      for (size_t k = 0; k < std::min(kValues, order.size()); ++k) input.donors.push_back(order[k].second);
    } else {
      std::vector<uint32_t> order;
      for (uint32_t row = 0; row < data.rows; ++row) {
        if (!column->missing(row)) order.push_back(row);
      }
      std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return column->numbers[a] < column->numbers[b] || (column->numbers[a] == column->numbers[b] && a < b); });
      input.ranks.assign(data.rows, 0.5);
      for (size_t k = 0; k < order.size(); ++k) input.ranks[order[k]] = static_cast<double>(k) / static_cast<double>(order.size());
      for (size_t k = 1; k < order.size(); ++k) {  // equal values share a rank
        if (column->numbers[order[k]] == column->numbers[order[k - 1]]) input.ranks[order[k]] = input.ranks[order[k - 1]];
      }
      for (size_t k = 0; k < kValues && !order.empty(); ++k) {
        uint32_t donor = order[k * (order.size() - 1) / (kValues - 1)];
        if (input.donors.empty() || column->numbers[input.donors.back()] != column->numbers[donor]) input.donors.push_back(donor);
      }
    }
    if (!input.donors.empty()) out.inputs_.push_back(std::move(input));
  }
  return out;
}

void CounterfactualSearch::change(std::vector<float>& row, uint32_t input, size_t donor) const {
  const InputEncoding& encoding = model_.inputs()[input];
  const float* from = encoded_.values.data() + donor * encoded_.columns;
  std::copy(from + encoding.first_output, from + encoding.first_output + encoding.outputs, row.begin() + static_cast<std::ptrdiff_t>(encoding.first_output));
}

std::optional<Counterfactual> CounterfactualSearch::find(size_t place, double threshold) const {
  const float* start = encoded_.values.data() + place * encoded_.columns;
  double before = model_.score_encoded(start);
  bool rise = before < threshold;
  std::vector<Partial> beam{{std::vector<float>(start, start + encoded_.columns), {{}, before}, 0}};
  for (size_t depth = 0; depth < kMostChanges; ++depth) {
    std::optional<Partial> best;
    std::vector<Partial> next;
    for (const Partial& partial : beam) {
      for (const Input& input : inputs_) {
        auto used = [&](const Change& c) { return c.input == input.input; };
        if (std::any_of(partial.found.changes.begin(), partial.found.changes.end(), used)) continue;
        for (uint32_t donor : input.donors) {
          double cost = partial.cost + (input.ranks.empty() ? kTextCost : std::abs(input.ranks[donor] - input.ranks[place]));
          Partial changed = partial;
          change(changed.row, input.input, donor);
          if (changed.row == partial.row) continue;
          changed.cost = cost;
          changed.found.changes.push_back({input.input, donor, cost - partial.cost});
          changed.found.score = model_.score_encoded(changed.row.data());
          bool flips = rise ? changed.found.score >= threshold : changed.found.score < threshold;
          if (flips && (!best || cost < best->cost)) best = changed;
          if (!best) next.push_back(std::move(changed));
        }
      }
    }
    if (best) return best->found;
    // Those that came furthest go on.
    size_t kept = std::min(kBeam, next.size());
    std::partial_sort(next.begin(), next.begin() + static_cast<std::ptrdiff_t>(kept), next.end(), [&](const Partial& a, const Partial& b) {
      return rise ? a.found.score > b.found.score : a.found.score < b.found.score;
    });
    next.resize(kept);
    beam = std::move(next);
  }
  return std::nullopt;
}

}  // namespace furrow::learn
