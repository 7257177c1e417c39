#include "predict/training_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <queue>

#include "profile/history.h"

namespace furrow::predict {
namespace {

int64_t floor_divide(int64_t a, int64_t b) { return a / b - (a % b < 0); }

class Builder {
 public:
  Builder(const ModelDeclaration& model, std::shared_ptr<const profile::FeatureProgram> program, profile::History history)
      : model_(model), program_(std::move(program)), history_(std::move(history)) {
    for (const std::string& name : model_.action_features) actions_.emplace_back(name);
  }

  void add(const Record& record) {
    if (!set_.first.value) set_.first = record.position;
    set_.last = record.position;
    history_.add(record);
    if (auto* decision = std::get_if<DecisionRecord>(&record.body); decision && !actions_.empty()) {
      Decided& last = decided_[decision->profile];
      last = {decision->time, decision->holdout, {}};
      for (const DecidedAction& action : decision->actions) last.actions.emplace_back(action.id, action.propensity);
    }
    auto* event = std::get_if<EventRecord>(&record.body);
    if (!event) return;
    history_.saw(event->event.time);
    if (event->event.label() == model_.label.event) note_label(event->event.time);
    if (model_.observations.event.empty()) active(*event);
    else if (event->event.label() == model_.observations.event) observe(*event);
  }

  Result<TrainingSet> finish(size_t max_observations) {
    if (model_.observations.event.empty()) cut();
    set_.observations = observations_.size();
    std::vector<uint32_t> kept = keep(max_observations);
    FURROW_TRY(fill(kept));
    return std::move(set_);
  }

 private:
  void note_label(Time time) {
    ++label_events_;
    earliest_labels_.push(time.micros);
    if (earliest_labels_.size() > kStrays) earliest_labels_.pop();
  }

  // Since when the label's event has been recorded, where it was not for long before: the source that tells of it begins later than others, and
  // of nobody before it is known whether it happened to them. A few strays with an early date do not count for a beginning.
  std::optional<Time> recorded_from() const {
    if (observations_.empty() || label_events_ == 0) return std::nullopt;
    std::priority_queue<int64_t> earliest = earliest_labels_;
    while (label_events_ < kFewLabels && earliest.size() > 1) earliest.pop();
    const int64_t from = earliest.top();
    int64_t first = observations_[0].time.micros;
    for (const auto& observation : observations_) first = std::min(first, observation.time.micros);
    const double gap = static_cast<double>(from - first), since = static_cast<double>(std::max<int64_t>(1, history_.latest().micros - from));
    if (from - first <= model_.label.within.micros || static_cast<double>(label_events_) * gap / since < kExpectedInGap) return std::nullopt;
    return Time{from};
  }

  void observe(const EventRecord& event) {
    observations_.push_back({event.brought_by(), event.event.time});
    chances_.push_back(std::nan(""));
    if (actions_.empty()) return;
    bool parsed = properties_.parse(event.event.properties).ok();
    for (size_t i = 0; i < actions_.size(); ++i) {
      Value value = parsed ? properties_.get(model_.action_features[i]) : Value();
      if (value.is_text()) note_chance(event, value.text());
      if (value.is_text()) actions_[i].add(value.text());
      else if (value.is_number()) actions_[i].add(fmt::format("{}", value.number()));
      else if (value.is_bool()) actions_[i].add(value.boolean() ? "true" : "false");
      else actions_[i].add_missing();
    }
  }

  // When a decision for this action came just before.
  void note_chance(const EventRecord& event, std::string_view action) {
    auto last = decided_.find(event.profile);
    if (last == decided_.end()) return;
    const Duration since = event.event.time - last->second.time;
    if (since.micros < -minutes(1).micros || since > kDecidedWithin) return;  // clocks differ a little
    for (const auto& [id, propensity] : last->second.actions) {
      if (id == action) chances_.back() = last->second.holdout ? kHeldOut : propensity;
    }
  }

  // An event at t makes its person active at the cut-offs in (t, t + active_within].
  void active(const EventRecord& event) {
    int64_t every = model_.observations.every.micros, t = event.event.time.micros;
    int64_t first = floor_divide(t, every) + 1, last = floor_divide(t + model_.observations.active_within.micros, every);
    auto& cuts = cuts_[event.brought_by()];
    for (int64_t k = last; k >= first; --k) {
      auto at = std::lower_bound(cuts.begin(), cuts.end(), k);
      if (at == cuts.end() || *at != k) cuts.insert(at, k);
    }
  }

  void cut() {
    std::vector<std::pair<ProfileId, int64_t>> all;
    for (const auto& [person, cuts] : cuts_) {
      ProfileId canonical = history_.canonical(person);
      for (int64_t k : cuts) all.emplace_back(canonical, k);
    }
    cuts_.clear();
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    for (const auto& [person, k] : all) {
      Time time{k * model_.observations.every.micros};
      if (time <= history_.latest()) observations_.push_back({person, time});
    }
  }

  // The observations to learn from, in order of time (ties by person, so that the order is the log's own doing only).
  std::vector<uint32_t> keep(size_t max_observations) {
    std::vector<uint32_t> kept;
    for (auto& observation : observations_) observation.profile = history_.canonical(observation.profile);
    set_.recorded_from = recorded_from();
    for (uint32_t i = 0; i < observations_.size(); ++i) {
      if (observations_[i].time + model_.label.within > history_.latest()) ++set_.censored;
      else if (set_.recorded_from && observations_[i].time < *set_.recorded_from) ++set_.unrecorded;
      else kept.push_back(i);
    }
    if (kept.size() > max_observations) {
      auto rank = [&](uint32_t i) { return mix64(observations_[i].profile.value ^ mix64(static_cast<uint64_t>(observations_[i].time.micros))); };
      std::nth_element(kept.begin(), kept.begin() + static_cast<ptrdiff_t>(max_observations), kept.end(),
                       [&](uint32_t a, uint32_t b) { return std::pair(rank(a), a) < std::pair(rank(b), b); });
      set_.thinned = kept.size() - max_observations;
      kept.resize(max_observations);
    }
    std::sort(kept.begin(), kept.end(), [&](uint32_t a, uint32_t b) {
      const auto &x = observations_[a], &y = observations_[b];
      return std::tuple(x.time, x.profile, a) < std::tuple(y.time, y.profile, b);
    });
    return kept;
  }

  Status fill(const std::vector<uint32_t>& kept) {
    std::vector<profile::Observation> asked;
    for (uint32_t i : kept) asked.push_back(observations_[i]);
    std::vector<size_t> wanted;
    for (size_t f = 0; f < program_->size(); ++f) {
      const std::string& name = program_->definitions()[f].name;
      bool listed = std::find(model_.features.begin(), model_.features.end(), name) != model_.features.end();
      if (model_.all_features || listed) wanted.push_back(f);
    }
    std::vector<std::vector<double>> columns(wanted.size(), std::vector<double>(kept.size()));
    std::vector<double> labels(kept.size()), seconds;
    std::vector<std::vector<std::string>> texts(wanted.size());  // of a feature that is one for anybody
    history_.evaluate(asked, [&](const profile::History::Row& row) {
      for (size_t c = 0; c < wanted.size(); ++c) {
        columns[c][row.index] = row.features[wanted[c]];
        const std::string& text = row.texts[wanted[c]];
        if (text.empty() || !std::isnan(row.features[wanted[c]])) continue;
        if (texts[c].empty()) texts[c].resize(kept.size());
        texts[c][row.index] = text;
      }
      labels[row.index] = (row.outcomes[0] > 0) != model_.label.absent;
    });
    for (const auto& observation : asked) {
      set_.times.push_back(observation.time);
      set_.people.push_back(observation.profile);
      seconds.push_back(static_cast<double>(observation.time.micros) / 1e6);
    }
    for (uint32_t i : kept) set_.chances.push_back(chances_.empty() ? std::nan("") : chances_[i]);
    for (double label : labels) set_.positives += label > 0;
    set_.data.rows = kept.size();
    for (size_t c = 0; c < wanted.size(); ++c) {
      const std::string& name = program_->definitions()[wanted[c]].name;
      if (texts[c].empty()) set_.data.columns.push_back(learn::number_column(name, std::move(columns[c])));
      else set_.data.columns.push_back(text_column(name, columns[c], texts[c]));
    }
    for (auto& builder : actions_) set_.data.columns.push_back(subset(std::move(builder).finish(), kept));
    learn::Column time = learn::number_column(std::string(kTimeColumn), std::move(seconds));
    time.kind = learn::ColumnKind::kTime;
    set_.data.columns.push_back(std::move(time));
    set_.data.columns.push_back(learn::number_column(std::string(kLabelColumn), std::move(labels)));
    return {};
  }

  static learn::Column text_column(const std::string& name, const std::vector<double>& numbers, const std::vector<std::string>& texts) {
    learn::TextColumnBuilder builder(name);
    for (size_t i = 0; i < numbers.size(); ++i) {
      if (!std::isnan(numbers[i])) builder.add(fmt::format("{}", numbers[i]));
      else if (!texts[i].empty()) builder.add(texts[i]);
      else builder.add_missing();
    }
    return std::move(builder).finish();
  }

  static learn::Column subset(learn::Column column, const std::vector<uint32_t>& kept) {
    learn::Column chosen = column;
    chosen.numbers.clear();
    chosen.codes.clear();
    for (uint32_t i : kept) {
      if (column.kind == learn::ColumnKind::kText) chosen.codes.push_back(column.codes[i]);
      else chosen.numbers.push_back(column.numbers[i]);
    }
    return chosen;
  }

  struct Decided {
    Time time;
    bool holdout = false;
    std::vector<std::pair<std::string, double>> actions;  // and their propensities
  };

  const ModelDeclaration& model_;
  std::shared_ptr<const profile::FeatureProgram> program_;
  profile::History history_;
  TrainingSet set_;
  std::vector<profile::Observation> observations_;
  std::vector<double> chances_;  // of each, when observations are events
  std::unordered_map<ProfileId, Decided> decided_;  // each person's last decision
  std::vector<learn::TextColumnBuilder> actions_;
  std::unordered_map<ProfileId, std::vector<int64_t>> cuts_;
  Fields properties_;
  std::priority_queue<int64_t> earliest_labels_;  // the kStrays earliest times of the label's event, the latest of them on top
  uint64_t label_events_ = 0;
};

}  // namespace

Result<TrainingSet> build_training_set(const ModelDeclaration& model, std::shared_ptr<const profile::FeatureProgram> program,
                                       const RecordSource& records, size_t max_observations) {
  auto label = profile::happens_within("label", {model.label.event}, "", model.label.within);
  FURROW_ASSIGN(auto outcomes, profile::FeatureProgram::compile({std::move(label)}));
  FURROW_ASSIGN(auto history, profile::History::create(program, std::move(outcomes)));
  Builder builder(model, std::move(program), std::move(history));
  FURROW_TRY(records([&](const Record& record) {
    builder.add(record);
    return true;
  }));
  return builder.finish(max_observations);
}

}  // namespace furrow::predict
