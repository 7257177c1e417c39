#include "predict/intent_stage.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/files.h"
#include "base/json.h"
#include "base/random.h"
#include "learn/class_training.h"
#include "learn/whole_folder.h"
#include "predict/intent_steps.h"

namespace furrow::predict {
namespace {

using learn::ClassScores;
using learn::TokenSequence;

constexpr size_t kClasses = 3, kLeastVisits = 100, kLeastOfStage = 20;
constexpr const char *kFile = "intent.json", *kTrees = "ngram", *kNetwork = "gru.json";
constexpr double kLearnShare = 0.6, kChooseShare = 0.2;
constexpr double kLeastProbability = 1e-6;
constexpr int kDraws = 200;

struct Part {
  std::vector<uint32_t> visits;
  std::vector<StepPlace> places;    // labelled steps, a draw when there are many
  std::vector<uint32_t> labels;     // of places
};

class IntentTraining {
 public:
  IntentTraining(const VisitTable& visits, const IntentOptions& options, std::filesystem::path draft) : table_(visits), options_(options), draft_(std::move(draft)) {}
  Result<IntentTrained> run();

 private:
  Status prepare();
  Part part_between(size_t begin, size_t end, Random& random) const;
  Status fit_trees();
  Status fit_network();
  Result<ClassScores> tree_margins(const Part& part) const;
  learn::Measure difference(const ClassScores& trees, const ClassScores& network) const;
  Status write(const IntentTrained& out) const;
  void say(double share, std::string_view what) const {
    if (options_.progress) options_.progress(share, what);
  }

  const VisitTable& table_;
  const IntentOptions& options_;
  std::filesystem::path draft_;
  std::vector<std::string> vocabulary_;
  std::vector<TokenSequence> sequences_;
  Part learn_, choose_, judge_;
  std::shared_ptr<const learn::ClassModel> trees_;
  std::optional<learn::Gru> network_;
  std::optional<learn::ClassProbabilities> probabilities_;  // of what serves
};

// Log-odds of the trees' model, whose classes stand by frequency, in the order of kStages.
ClassScores in_order(const learn::ClassModel& model, const ClassScores& scores) {
  ClassScores out{kClasses, std::vector<double>(scores.rows() * kClasses, kLeastProbability)};
  for (size_t k = 0; k < model.classes().size(); ++k) {
    for (size_t s = 0; s < kClasses; ++s) {
      if (model.classes()[k] != kStages[s]) continue;
      for (size_t i = 0; i < scores.rows(); ++i) out.row(i)[s] = std::max(kLeastProbability, scores.row(i)[k]);
    }
  }
  for (size_t i = 0; i < out.rows(); ++i) {
    for (size_t s = 0; s < kClasses; ++s) {
      const double p = std::min(out.row(i)[s], 1 - kLeastProbability);
      out.row(i)[s] = std::log(p / (1 - p));
    }
  }
  return out;
}

ClassScores probabilities_of(const learn::ClassProbabilities& how, ClassScores margins) {
  double row[kClasses];
  for (size_t i = 0; i < margins.rows(); ++i) {
    how.of(margins.row(i), row);
    std::copy(row, row + kClasses, margins.row(i));
  }
  return margins;
}

// How margins become probabilities, and the choosing part's from fits without their half.
learn::ClassProbabilities::Choice calibrate(const ClassScores& margins, const Part& part) {
  std::vector<int> halves;
  for (const StepPlace& place : part.places) halves.push_back(static_cast<int>(place.visit % 2));
  if (std::count(halves.begin(), halves.end(), 1) == 0) halves.front() = 1;
  return learn::ClassProbabilities::choose(std::vector<learn::Calibration>(kClasses), margins, part.labels, halves);
}

ClassScores network_margins(const learn::Gru& network, const std::vector<TokenSequence>& sequences, const std::vector<StepPlace>& places) {
  ClassScores out{kClasses, {}};
  uint32_t read = UINT32_MAX;
  std::vector<double> margins;
  for (const StepPlace& place : places) {  // in order of visits
    if (place.visit != read) margins = network.margins(sequences[place.visit]), read = place.visit;
    out.values.insert(out.values.end(), margins.begin() + static_cast<std::ptrdiff_t>(place.step * kClasses), margins.begin() + static_cast<std::ptrdiff_t>((place.step + 1) * kClasses));
  }
  return out;
}

double mean_loss(const ClassScores& scores, const std::vector<uint32_t>& labels) {
  double sum = 0;
  for (size_t i = 0; i < labels.size(); ++i) sum -= std::log(std::max(kLeastProbability, scores.row(i)[labels[i]]));
  return sum / static_cast<double>(std::max<size_t>(1, labels.size()));
}

Status IntentTraining::prepare() {
  auto invalid = [](std::string what) { return Error(ErrorCode::kInvalidArgument, std::move(what)).in_field("--goal"); };
  if (std::find(table_.events.begin(), table_.events.end(), options_.goal) == table_.events.end()) {
    std::string names;
    for (size_t e = 0; e < table_.events.size() && e < 10; ++e) names += (e ? ", " : "") + table_.events[e];
    return invalid(fmt::format("no event is '{}': name the goal with --goal; the events are: {}", options_.goal, names));
  }
  std::map<uint32_t, size_t> count;
  for (const auto& visit : table_.visits) {
    for (const auto& step : visit.steps) ++count[step.event];
  }
  std::vector<std::pair<size_t, uint32_t>> order;
  for (auto [event, times] : count) order.emplace_back(times, event);
  std::sort(order.begin(), order.end(), [](auto a, auto b) { return a.first > b.first || (a.first == b.first && a.second < b.second); });
  for (size_t k = 0; k < order.size() && k < kMostEvents; ++k) vocabulary_.push_back(table_.events[order[k].second]);
  sequences_ = read_steps(table_, vocabulary_, options_.goal);
  label_steps(table_, options_.goal, options_.within, sequences_);
  std::vector<uint32_t> known;
  for (uint32_t v = 0; v < sequences_.size(); ++v) {
    if (std::any_of(sequences_[v].labels.begin(), sequences_[v].labels.end(), [](int l) { return l >= 0; })) known.push_back(v);
  }
  if (known.size() < kLeastVisits) {
    return invalid(fmt::format("only {} visits have a known stage (those of the last {} do not): at least {} are needed", known.size(), format_duration(options_.within), kLeastVisits));
  }
  Random random(options_.seed);
  const auto at = [&](double share) { return known[static_cast<size_t>(share * static_cast<double>(known.size()))]; };
  const uint32_t choose = at(kLearnShare), judge = at(kLearnShare + kChooseShare);
  learn_ = part_between(0, choose, random);
  choose_ = part_between(choose, judge, random);
  judge_ = part_between(judge, sequences_.size(), random);
  size_t of_stage[kClasses] = {};
  for (uint32_t label : learn_.labels) ++of_stage[label];
  for (size_t s = 0; s < kClasses; ++s) {
    if (of_stage[s] < kLeastOfStage) {
      return invalid(fmt::format("only {} steps to learn from are '{}': more visits are needed, or another --within than {}", of_stage[s], kStages[s], format_duration(options_.within)));
    }
  }
  if (choose_.labels.empty() || judge_.labels.empty()) return invalid(fmt::format("the visits span too little time to be cut into parts {} apart: shorten --within", format_duration(options_.within)));
  return {};
}

// Visits begin .. end - 1 whose labels do not reach into what comes after.
Part IntentTraining::part_between(size_t begin, size_t end, Random& random) const {
  Part part;
  std::vector<StepPlace> all;
  for (size_t v = begin; v < end; ++v) {
    if (end < sequences_.size() && table_.visits[end].start() - table_.visits[v].start() < options_.within) break;
    bool known = false;
    for (size_t t = 0; t < sequences_[v].steps(); ++t) {
      if (sequences_[v].labels[t] < 0) continue;
      all.push_back({static_cast<uint32_t>(v), static_cast<uint32_t>(t)});
      known = true;
    }
    if (known) part.visits.push_back(static_cast<uint32_t>(v));
  }
  const double share = static_cast<double>(kMostRows) / static_cast<double>(std::max(kMostRows, all.size()));
  for (const StepPlace& place : all) {
    if (share < 1 && !random.chance(share)) continue;
    part.places.push_back(place);
    part.labels.push_back(static_cast<uint32_t>(sequences_[place.visit].labels[place.step]));
  }
  return part;
}

Status IntentTraining::fit_trees() {
  learn::TrainOptions train;
  train.target = "stage";
  train.group = "visit";
  train.folds = 3;
  train.seed = options_.seed;
  train.threads = options_.threads;
  train.data_file = options_.data_file;
  train.furrow_version = options_.furrow_version;
  if (options_.progress) train.progress = [&](double share, std::string_view what) { say(0.6 * share, what); };
  train.stop = options_.stop;
  learn::Dataset rows = ngram_rows(sequences_, vocabulary_, learn_.places);
  FURROW_ASSIGN(learn::TrainedClasses trained, learn::train_classes(rows, train));
  FURROW_TRY(learn::write_class_model(trained, draft_ / kTrees));
  FURROW_ASSIGN(trees_, learn::ClassModel::load(draft_ / kTrees));
  return {};
}

Status IntentTraining::fit_network() {
  learn::GruShape shape;
  shape.tokens = vocabulary_.size() + 1;
  shape.numbers = kStepNumbers;
  shape.classes = kClasses;
  learn::GruOptions options;
  options.seed = options_.seed;
  if (options_.progress) options.progress = [&](double share) { say(0.6 + 0.35 * share, "recurrent network"); };
  std::vector<TokenSequence> learn, watch;
  for (uint32_t v : learn_.visits) learn.push_back(sequences_[v]);
  for (uint32_t v : choose_.visits) watch.push_back(sequences_[v]);
  FURROW_ASSIGN(network_, learn::Gru::fit(shape, learn, watch, options));
  return {};
}

Result<ClassScores> IntentTraining::tree_margins(const Part& part) const {
  const learn::Dataset rows = ngram_rows(sequences_, vocabulary_, part.places);
  FURROW_ASSIGN(auto encoded, trees_->encode(rows));
  return in_order(*trees_, trees_->score(encoded, rows.rows));
}

// The network's log loss less the trees', with a bootstrap over visits: steps of one visit hang together.
learn::Measure IntentTraining::difference(const ClassScores& trees, const ClassScores& network) const {
  std::vector<double> sum;
  std::vector<double> count;
  uint32_t visit = UINT32_MAX;
  for (size_t i = 0; i < judge_.places.size(); ++i) {
    if (judge_.places[i].visit != visit) sum.push_back(0), count.push_back(0), visit = judge_.places[i].visit;
    const uint32_t label = judge_.labels[i];
    sum.back() += std::log(std::max(kLeastProbability, trees.row(i)[label])) - std::log(std::max(kLeastProbability, network.row(i)[label]));
    count.back() += 1;
  }
  auto mean = [&](const std::vector<uint32_t>& drawn) {
    double total = 0, steps = 0;
    for (uint32_t v : drawn) total += sum[v], steps += count[v];
    return total / steps;
  };
  std::vector<uint32_t> all(sum.size());
  for (uint32_t v = 0; v < all.size(); ++v) all[v] = v;
  learn::Measure out{mean(all), 0, 0};
  Random random(options_.seed);
  std::vector<double> draws;
  for (int d = 0; d < kDraws; ++d) {
    std::vector<uint32_t> drawn;
    for (size_t v = 0; v < sum.size(); ++v) drawn.push_back(static_cast<uint32_t>(random.below(sum.size())));
    draws.push_back(mean(drawn));
  }
  std::sort(draws.begin(), draws.end());
  out.low = draws[static_cast<size_t>(0.025 * kDraws)];
  out.high = draws[static_cast<size_t>(0.975 * kDraws)];
  return out;
}

Status IntentTraining::write(const IntentTrained& out) const {
  const std::vector<std::string> stages(kStages, kStages + kClasses);
  std::string text, weights;
  JsonWriter json(text), network(weights);
  json.begin_object().field("version", 1).field("created", format_time(SystemClock().now())).field("furrow", options_.furrow_version).field("data_file", options_.data_file);
  json.field("person", options_.columns.person).field("event", options_.columns.event).field("time", options_.columns.time).field("item", options_.columns.item);
  json.field("goal", options_.goal).field("gap_s", options_.gap.micros / 1'000'000).field("within_s", options_.within.micros / 1'000'000).field("serves", out.serves);
  json.field("visits", out.visits).field("learnt", out.learnt).field("chosen_on", out.chosen_on).field("judged", out.judged);
  json.key("choosing_log_loss").begin_object().field("ngram", out.ngram_choosing).field("gru", out.gru_choosing).end_object();
  learn::write_json(json.key("ngram"), out.ngram, stages);
  learn::write_json(json.key("gru"), out.gru, stages);
  learn::write_json(json.key("gru_less_ngram"), out.difference);
  probabilities_->write(json.key("probabilities"));
  std::vector<double> shares(kClasses, 0);
  for (uint32_t label : learn_.labels) shares[label] += 1 / static_cast<double>(learn_.labels.size());
  json.key("shares").begin_array();
  for (double share : shares) json.number(share);
  json.end_array().key("events").begin_array();
  for (const auto& event : vocabulary_) json.text(event);
  json.end_array().end_object();
  network_->write(network);
  FURROW_TRY(write_file_atomically(draft_ / kNetwork, weights));
  return write_file_atomically(draft_ / kFile, text);
}

Result<IntentTrained> IntentTraining::run() {
  FURROW_TRY(prepare());
  FURROW_TRY(fit_trees());
  FURROW_TRY(fit_network());
  say(0.96, "judging");
  IntentTrained out;
  FURROW_ASSIGN(ClassScores trees_choosing, tree_margins(choose_));
  auto by_trees = calibrate(trees_choosing, choose_), by_network = calibrate(network_margins(*network_, sequences_, choose_.places), choose_);
  out.ngram_choosing = mean_loss(by_trees.held_out, choose_.labels);
  out.gru_choosing = mean_loss(by_network.held_out, choose_.labels);
  out.serves = out.gru_choosing < out.ngram_choosing ? "gru" : "ngram";
  FURROW_ASSIGN(ClassScores trees, tree_margins(judge_));
  trees = probabilities_of(by_trees.probabilities, std::move(trees));
  const ClassScores network = probabilities_of(by_network.probabilities, network_margins(*network_, sequences_, judge_.places));
  probabilities_.emplace(out.serves == "gru" ? std::move(by_network.probabilities) : std::move(by_trees.probabilities));
  FURROW_ASSIGN(out.ngram, learn::class_quality(trees, judge_.labels, options_.seed));
  FURROW_ASSIGN(out.gru, learn::class_quality(network, judge_.labels, options_.seed));
  out.difference = difference(trees, network);
  out.visits = table_.visits.size();
  out.learnt = learn_.visits.size();
  out.chosen_on = choose_.visits.size();
  out.judged = judge_.visits.size();
  FURROW_TRY(write(out));
  say(1, "done");
  return out;
}

}  // namespace

Result<IntentTrained> train_intent(const VisitTable& visits, const IntentOptions& options, const std::filesystem::path& folder) {
  std::optional<IntentTrained> trained;
  FURROW_TRY(learn::write_whole_folder(folder, [&](const std::filesystem::path& draft) -> Status {
    FURROW_ASSIGN(trained, IntentTraining(visits, options, draft).run());
    return {};
  }));
  return *std::move(trained);
}

bool IntentModel::is_folder(const std::filesystem::path& folder) {
  std::error_code error;
  return std::filesystem::exists(folder / kFile, error);
}

Result<std::shared_ptr<const IntentModel>> IntentModel::load(const std::filesystem::path& folder) {
  auto text = read_file(folder / kFile, size_t{1} << 24);
  if (!text.ok()) {
    if (text.error().code() != ErrorCode::kNotFound) return std::move(text).error();
    return Error(ErrorCode::kNotFound, fmt::format("{} is not an intent model's folder: it has no {}", folder.string(), kFile)).at(folder.string());
  }
  auto torn = [&] { return Error(ErrorCode::kStorageCorrupt, fmt::format("{} is torn: train the model again", (folder / kFile).string())).at((folder / kFile).string()); };
  simdjson::dom::parser parser;
  simdjson::dom::element document, how;
  simdjson::dom::array events, shares;
  std::shared_ptr<IntentModel> model(new IntentModel());
  std::string_view serves;
  int64_t gap_s = 0;
  if (parser.parse(*text).get(document) || document["events"].get(events) || document["serves"].get(serves) || document["gap_s"].get(gap_s) || document["probabilities"].get(how) || document["shares"].get(shares) || shares.size() != kClasses) return torn();
  for (simdjson::dom::element share : shares) {
    double value = 0;
    if (share.get(value) || !(value > 0)) return torn();
    model->shares_.push_back(value);
  }
  for (auto [name, field] : {std::pair("person", &model->columns_.person), {"event", &model->columns_.event}, {"time", &model->columns_.time}, {"item", &model->columns_.item}, {"goal", &model->goal_}}) {
    std::string_view value;
    if (document[name].get(value)) return torn();
    *field = value;
  }
  for (simdjson::dom::element event : events) {
    std::string_view name;
    if (event.get(name)) return torn();
    model->events_.emplace_back(name);
  }
  model->gap_ = seconds(gap_s);
  FURROW_ASSIGN(model->probabilities_, learn::ClassProbabilities::parse(simdjson::minify(how), std::vector<learn::Calibration>(kClasses)));
  model->network_serves_ = serves == "gru";
  if (model->network_serves_) {
    FURROW_ASSIGN(std::string weights, read_file(folder / kNetwork, size_t{1} << 26));
    FURROW_ASSIGN(model->network_, learn::Gru::parse(weights));
    const learn::GruShape& shape = model->network_->shape();
    if (shape.tokens != model->events_.size() + 1 || shape.numbers != kStepNumbers || shape.classes != kClasses) return torn();
  } else {
    FURROW_ASSIGN(model->trees_, learn::ClassModel::load(folder / kTrees));
  }
  model->json_ = *std::move(text);
  return std::shared_ptr<const IntentModel>(model);
}

Result<std::vector<IntentScore>> IntentModel::score(const VisitTable& visits) const {
  const auto sequences = read_steps(visits, events_, goal_);
  std::vector<StepPlace> places;
  for (uint32_t v = 0; v < sequences.size(); ++v) places.push_back({v, static_cast<uint32_t>(sequences[v].steps() - 1)});
  ClassScores scores;
  if (network_serves_) {
    scores = network_margins(*network_, sequences, places);
  } else {
    const learn::Dataset rows = ngram_rows(sequences, events_, places);
    FURROW_ASSIGN(auto encoded, trees_->encode(rows));
    scores = in_order(*trees_, trees_->score(encoded, rows.rows));
  }
  scores = probabilities_of(*probabilities_, std::move(scores));
  std::vector<IntentScore> out(visits.visits.size());
  for (size_t v = 0; v < out.size(); ++v) {
    std::copy(scores.row(v), scores.row(v) + kClasses, out[v].probability);
    double beside[kClasses];
    for (size_t s = 0; s < kClasses; ++s) beside[s] = scores.row(v)[s] / shares_[s];
    out[v].stage = static_cast<int>(learn::largest(beside, kClasses));
    for (const VisitStep& step : visits.visits[v].steps) {
      if (visits.events[step.event] == goal_) out[v].stage = 3;
    }
  }
  return out;
}

}  // namespace furrow::predict
