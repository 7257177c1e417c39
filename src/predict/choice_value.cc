#include "predict/choice_value.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "learn/multinomial.h"
#include "predict/training_set.h"

namespace furrow::predict {
namespace {

constexpr double kLeastChance = 0.005;
constexpr double kNormal95 = 1.959964;

// The actions that were taken, as the rows' text of the compared inputs.
struct Actions {
  std::vector<uint32_t> example;   // a row of each
  std::vector<std::string> names;
  std::vector<int> taken;          // of each row of the data; -1: one seldom taken
};

Actions find_actions(const std::vector<const learn::Column*>& columns, const std::vector<uint32_t>& learnt, const std::vector<uint32_t>& judged, size_t rows) {
  struct Seen {
    uint32_t row;
    size_t learnt = 0, judged = 0;
    int place = -1;
  };
  std::unordered_map<std::string, Seen> seen;
  std::vector<std::string> order;
  auto name_of = [&](uint32_t row) {
    std::string name;
    for (const learn::Column* column : columns) name += (name.empty() ? "" : ", ") + (column->missing(row) ? std::string("-") : column->text(row));
    return name;
  };
  auto meet = [&](uint32_t row) -> Seen& {
    auto [at, first] = seen.try_emplace(name_of(row), Seen{row});
    if (first) order.push_back(at->first);
    return at->second;
  };
  for (uint32_t row : learnt) ++meet(row).learnt;
  for (uint32_t row : judged) ++meet(row).judged;
  Actions out;
  out.taken.assign(rows, -1);
  for (const std::string& name : order) {
    Seen& s = seen[name];
    if (s.learnt < kLeastTaken || s.judged < kLeastTaken) continue;
    s.place = static_cast<int>(out.names.size());
    out.names.push_back(name);
    out.example.push_back(s.row);
  }
  for (const auto* part : {&learnt, &judged}) {
    for (uint32_t row : *part) out.taken[row] = seen[name_of(row)].place;
  }
  return out;
}

// A mean over rows with the interval that rows of one person ask for.
class Clustered {
 public:
  Clustered(const std::vector<uint32_t>& rows, const std::vector<ProfileId>& people) {
    std::unordered_map<ProfileId, uint32_t> places;
    for (uint32_t row : rows) cluster_.push_back(places.try_emplace(people[row], static_cast<uint32_t>(places.size())).first->second);
    count_ = places.size();
  }
  size_t count() const { return count_; }
  learn::Measure mean(const std::vector<double>& values) const {
    double sum = 0, squares = 0;
    for (double v : values) sum += v;
    const double n = static_cast<double>(values.size()), middle = sum / n, people = static_cast<double>(count_);
    std::vector<double> sums(count_);
    for (size_t i = 0; i < values.size(); ++i) sums[cluster_[i]] += values[i] - middle;
    for (double s : sums) squares += s * s;
    const double half = kNormal95 * std::sqrt(squares * people / std::max(1.0, people - 1)) / n;
    return {middle, middle - half, middle + half};
  }

 private:
  std::vector<uint32_t> cluster_;
  size_t count_ = 0;
};

// Encoded rows in which no action is told.
void blind(learn::Samples& samples, const std::vector<uint32_t>& outputs) {
  for (size_t i = 0; i < samples.values.size() / samples.columns; ++i) {
    for (uint32_t c : outputs) samples.values[i * samples.columns + c] = 0;
  }
}

class Valuation {
 public:
  Valuation(const learn::Model& model, const learn::Dataset& data, const std::vector<uint32_t>& learnt, const std::vector<uint32_t>& judged,
            const std::vector<double>& logged, Actions actions, std::vector<uint32_t> outputs)
      : model_(model), data_(data), learnt_(learnt), judged_(judged), logged_(logged), actions_(std::move(actions)), outputs_(std::move(outputs)) {}

  Result<std::optional<ChoiceValue>> value(const std::vector<ProfileId>& people, const std::vector<float>& labels) {
    FURROW_TRY(score());
    FURROW_TRY(find_chances());
    const size_t n = judged_.size(), count = actions_.names.size();
    ChoiceValue out;
    out.rows = n;
    out.actions = count;
    double weights = 0, squares = 0, sum = 0;
    for (size_t i = 0; i < n; ++i) {
      sum += static_cast<double>(labels[i]);
      if (taken(i) != static_cast<int>(best_[i])) continue;
      const double w = 1 / chances_[i];
      weights += w;
      squares += w * w;
    }
    out.matched = squares > 0 ? weights * weights / squares : 0;
    if (out.matched < kLeastMatched) return std::optional<ChoiceValue>();
    out.as_it_was = sum / static_cast<double>(n);
    const Clustered clustered(judged_, people);
    if (clustered.count() < kLeastPeople) return std::optional<ChoiceValue>();
    const std::vector<double> policy = robust(labels, [&](size_t i) { return best_[i]; });
    out.chosen = clustered.mean(policy);
    // Found by scores alone: found by the outcomes that value it, the best of many is mostly luck.
    std::vector<double> totals(count, 0);
    for (size_t i = 0; i < n; ++i) {
      for (size_t a = 0; a < count; ++a) totals[a] += scores_[i * count + a];
    }
    const auto best = static_cast<size_t>(std::max_element(totals.begin(), totals.end()) - totals.begin());
    const std::vector<double> single = robust(labels, [&](size_t) { return best; });
    out.best_action = actions_.names[best];
    out.best_for_all = clustered.mean(single);
    std::vector<double> difference(n), past(n);
    for (size_t i = 0; i < n; ++i) {
      difference[i] = policy[i] - single[i];
      past[i] = policy[i] - static_cast<double>(labels[i]);
    }
    out.gain = clustered.mean(difference);
    out.gain_over_past = clustered.mean(past);
    return std::optional<ChoiceValue>(std::move(out));
  }

 private:
  int taken(size_t i) const { return actions_.taken[judged_[i]]; }

  // The model's probability of each judged row under each action, and the best action of each.
  Status score() {
    const size_t n = judged_.size(), count = actions_.names.size();
    FURROW_ASSIGN(learn::Samples rows, model_.encoder().encode(data_, judged_));
    FURROW_ASSIGN(learn::Samples examples, model_.encoder().encode(data_, actions_.example));
    scores_.resize(n * count);
    best_.assign(n, 0);
    for (size_t i = 0; i < n; ++i) {
      float* row = rows.values.data() + i * rows.columns;
      for (size_t a = 0; a < count; ++a) {
        for (uint32_t c : outputs_) row[c] = examples.values[a * examples.columns + c];
        scores_[i * count + a] = model_.score_encoded(row);
        if (scores_[i * count + a] > scores_[i * count + best_[i]]) best_[i] = a;
      }
    }
    return {};
  }

  bool is_logged(uint32_t row) const { return !logged_.empty() && logged_[row] > 0; }

  // The chance that each judged row's action was taken: as its decision says, else as the rows without a decision tell.
  Status find_chances() {
    const size_t count = actions_.names.size();
    chances_.resize(judged_.size());
    for (size_t i = 0; i < judged_.size(); ++i) chances_[i] = is_logged(judged_[i]) ? std::max(logged_[judged_[i]], kLeastChance) : 0;
    if (std::find(chances_.begin(), chances_.end(), 0) == chances_.end()) return {};
    std::vector<uint32_t> rows, others;
    for (uint32_t row : learnt_) {
      if (!logged_.empty() && logged_[row] == kHeldOut) continue;  // nothing was chosen for them
      if (actions_.taken[row] >= 0) (is_logged(row) ? others : rows).push_back(row);
    }
    if (rows.size() < kLeastTaken * count) rows.insert(rows.end(), others.begin(), others.end());
    const size_t stride = std::max<size_t>(1, (rows.size() + kPropensityRows - 1) / kPropensityRows);
    std::vector<uint32_t> drawn;
    for (size_t i = 0; i < rows.size(); i += stride) drawn.push_back(rows[i]);
    FURROW_ASSIGN(learn::Samples known, model_.encoder().encode(data_, drawn));
    blind(known, outputs_);
    known.labels.clear();
    for (uint32_t row : drawn) known.labels.push_back(static_cast<float>(actions_.taken[row]));
    FURROW_ASSIGN(auto learnt, learn::MultinomialModel::fit_chosen(known, count, 1));
    FURROW_ASSIGN(learn::Samples judged, model_.encoder().encode(data_, judged_));
    blind(judged, outputs_);
    std::vector<double> out(count);
    for (size_t i = 0; i < judged_.size(); ++i) {
      if (chances_[i] > 0) continue;
      learnt.probabilities(judged.values.data() + i * judged.columns, out.data());
      chances_[i] = taken(i) < 0 ? 1 : std::max(out[static_cast<size_t>(taken(i))], kLeastChance);  // of one seldom taken nothing is weighed
    }
    return {};
  }

  template <class Policy>
  std::vector<double> robust(const std::vector<float>& labels, const Policy& policy) const {
    const size_t count = actions_.names.size();
    std::vector<double> values(judged_.size());
    for (size_t i = 0; i < values.size(); ++i) {
      const size_t a = policy(i);
      const double score = scores_[i * count + a];
      values[i] = score + (taken(i) == static_cast<int>(a) ? (static_cast<double>(labels[i]) - score) / chances_[i] : 0);
    }
    return values;
  }

  const learn::Model& model_;
  const learn::Dataset& data_;
  const std::vector<uint32_t>&learnt_, &judged_;
  const std::vector<double>& logged_;
  Actions actions_;
  std::vector<uint32_t> outputs_;                // encoded columns that tell the action
  std::vector<double> scores_;                   // [judged row][action]
  std::vector<double> chances_;                  // [judged row]
  std::vector<size_t> best_;
};

}  // namespace

Result<std::optional<ChoiceValue>> choice_value(const learn::Model& model, const learn::Dataset& data, const std::vector<std::string>& compared,
                                                const std::vector<uint32_t>& learnt, const std::vector<uint32_t>& judged, const std::vector<ProfileId>& people,
                                                const std::vector<float>& labels, const std::vector<double>& chances) {
  std::vector<const learn::Column*> columns;
  std::vector<uint32_t> outputs;
  for (const std::string& name : compared) {
    const auto& inputs = model.encoder().inputs();
    const auto input = std::find_if(inputs.begin(), inputs.end(), [&](const learn::InputEncoding& i) { return i.name == name; });
    const learn::Column* column = data.find(name);
    if (input == inputs.end() || !column) continue;
    columns.push_back(column);
    for (size_t c = 0; c < input->outputs; ++c) outputs.push_back(static_cast<uint32_t>(input->first_output + c));
  }
  if (columns.empty()) return std::optional<ChoiceValue>();
  std::vector<uint32_t> rows;
  std::vector<float> outcomes;
  for (size_t i = 0; i < judged.size(); ++i) {
    if (!chances.empty() && chances[judged[i]] == kHeldOut) continue;
    rows.push_back(judged[i]);
    outcomes.push_back(labels[i]);
  }
  Actions actions = find_actions(columns, learnt, rows, data.rows);
  if (actions.names.size() < 2 || actions.names.size() > kMostActions) return std::optional<ChoiceValue>();
  return Valuation(model, data, learnt, rows, chances, std::move(actions), std::move(outputs)).value(people, outcomes);
}

void write_json(JsonWriter& json, const ChoiceValue& value) {
  json.begin_object().field("rows", value.rows).field("actions", value.actions).field("matched", value.matched).field("as_it_was", value.as_it_was);
  learn::write_json(json.key("chosen"), value.chosen);
  learn::write_json(json.key("best_for_all"), value.best_for_all);
  json.field("best_action", value.best_action);
  learn::write_json(json.key("gain"), value.gain);
  learn::write_json(json.key("gain_over_past"), value.gain_over_past);
  json.end_object();
}

}  // namespace furrow::predict
