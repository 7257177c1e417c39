#include "learn/cross_validation.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <mutex>
#include <numeric>
#include <optional>
#include <thread>

#include "base/random.h"
#include "learn/binned_rows.h"
#include "learn/encoded_rows.h"
#include "learn/forest.h"
#include "learn/linear.h"
#include "learn/row_copies.h"

namespace furrow::learn {
namespace {

constexpr size_t kWidthRows = 20000;  // tell how many columns the encoding has
constexpr int kRoundsWithoutFolds = 100;  // when no other fold can tell
// Rounds end where held-out rows gain nothing more; the limit is for those that would go on and on: 2,000 on up to 50,000 rows, 500 on 200,000 and more.
// Models that score while a customer waits (`compared`) keep to the fewer.
constexpr int kLeastLimit = 500, kMostLimit = 2000;
constexpr double kRowRounds = 1e8;

// What one fold learns from and is judged by, and what its parts made of it.
struct FoldWork {
  std::unique_ptr<const RowSource> train, held_out;
  std::vector<int> monotone;
  std::vector<std::optional<Forest>> forests;
  std::vector<int> best_rounds;
  std::vector<double> linear;
  std::vector<float> general_train, general_held_out;  // margins of the general model
};

Result<std::vector<Fold>> make_folds(const TrainingTask& task, const std::vector<uint32_t>& places) {
  const TrainOptions& options = task.options;
  bool binary = task.target.task == Task::kBinary;
  std::vector<float> labels = task.labels_of(places);
  std::vector<Fold> folds;
  if (!options.time.empty()) {
    const Column* times = task.data.find(options.time);
    if (times->kind == ColumnKind::kText) {
      return Error(ErrorCode::kInvalidArgument, fmt::format("--time column '{}' holds text that is no time: ISO 8601 or a number is taken", options.time)).in_field(options.time);
    }
    std::vector<double> when;
    for (uint32_t p : places) when.push_back(times->numbers[task.target.rows[p]]);
    folds = time_folds(when, options.folds);
  } else if (!options.group.empty()) {
    const Column* groups = task.data.find(options.group);
    std::vector<std::string> names;
    for (uint32_t p : places) names.push_back(groups->text(task.target.rows[p]));
    folds = group_folds(names, options.folds, options.seed);
  } else {
    std::vector<float> strata = labels;
    for (size_t i = 0; i < places.size() && !task.strata.empty(); ++i) strata[i] = task.strata[places[i]];
    const RowCopies copies = find_row_copies(task.data, task.rows_of(places), strata, task.ignored);
    folds = copies.found ? copy_folds(copies.set_of, strata, binary, options.folds, options.seed) : random_folds(strata, binary, options.folds, options.seed);
  }
  // A fold whose training part has one class teaches nothing.
  std::erase_if(folds, [&](const Fold& fold) {
    if (fold.train.size() < 2 || fold.held_out.empty()) return true;
    return binary && std::all_of(fold.train.begin(), fold.train.end(), [&](uint32_t p) { return labels[p] == labels[fold.train[0]]; });
  });
  if (folds.empty() && !options.group.empty() && options.time.empty()) {
    const Column* groups = task.data.find(options.group);
    const std::string first = groups->text(task.target.rows[places[0]]);
    if (std::all_of(places.begin(), places.end(), [&](uint32_t p) { return groups->text(task.target.rows[p]) == first; })) {
      return Error(ErrorCode::kInvalidArgument, fmt::format("--group column '{}' is '{}' in every row: there is no other group to judge by", options.group, first)).in_field(options.group);
    }
  }
  if (folds.empty() && !options.time.empty()) {
    const Column* times = task.data.find(options.time);
    if (std::all_of(places.begin(), places.end(), [&](uint32_t p) { return times->numbers[task.target.rows[p]] == times->numbers[task.target.rows[places[0]]]; })) {
      return Error(ErrorCode::kInvalidArgument, fmt::format("--time column '{}' is one and the same time in every row: there is no later one to judge by", options.time)).in_field(options.time);
    }
  }
  if (folds.empty()) {
    return Error(ErrorCode::kInvalidArgument, "the rows cannot be cut into folds that hold both classes: more rows, groups or times are needed");
  }
  for (Fold& fold : folds) {
    for (auto* part : {&fold.train, &fold.held_out}) {
      for (uint32_t& p : *part) p = places[p];
    }
  }
  return folds;
}

// The places to cross-validate on: all, or as many as the cells allow, drawn by seed and in their order.
Result<std::vector<uint32_t>> choose_places(const TrainingTask& task) {
  std::vector<uint32_t> places(task.target.rows.size());
  std::iota(places.begin(), places.end(), 0u);
  Random random(task.options.seed);
  auto draw = [&](size_t wanted) {
    std::vector<uint32_t> drawn = places;
    for (size_t i = 0; i < wanted; ++i) std::swap(drawn[i], drawn[i + random.below(drawn.size() - i)]);
    drawn.resize(wanted);
    std::sort(drawn.begin(), drawn.end());
    return drawn;
  };
  if (places.size() <= kWidthRows) return places;
  FURROW_ASSIGN(TrainingTask::Encoded few, task.encode(draw(kWidthRows), task.options.seed));
  size_t most = std::max(kWidthRows, TrainingTask::kCells / few.encoder.outputs());
  return places.size() <= most ? places : draw(most);
}

// `round` is called before each round but the first.
Status fit_forest(const TrainingTask& task, const ForestPart& part, size_t place, double seconds, const std::function<void()>& round, FoldWork& fold) {
  BoostingOptions options = part.boosting;
  options.monotone = fold.monotone;
  options.keep_all = true;
  if (part.tuned) options.start = fold.general_train, options.validation_start = fold.general_held_out;
  auto start = std::chrono::steady_clock::now();
  auto enough = [&] {
    round();
    return seconds > 0 && std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() > seconds;
  };
  FURROW_ASSIGN(Boosted boosted, boost_rows(task.target.task, *fold.train, fold.held_out.get(), options, task.options.stop, enough));
  FURROW_ASSIGN(Forest forest, Forest::parse(boosted.json));
  fold.forests[place] = std::move(forest);
  fold.best_rounds[place] = boosted.rounds;
  return {};
}

Status fit_linear(const TrainingTask& task, uint64_t seed, FoldWork& fold) {
  FURROW_ASSIGN(LinearModel linear, LinearModel::fit_chosen(task.target.task, *fold.train, seed, fold.monotone));
  fold.held_out->for_each([&](size_t, const float* row) { fold.linear.push_back(linear.margin(row)); });
  return {};
}

std::vector<double> margins_after(const Forest& forest, const RowSource& rows, int rounds) {
  std::vector<float> leaves(forest.trees().size());
  std::vector<double> margins;
  rows.for_each([&](size_t, const float* row) {
    forest.leaves(row, leaves.data());
    double sum = forest.base_margin();
    for (size_t t = 0; t < std::min<size_t>(leaves.size(), static_cast<size_t>(rounds)); ++t) sum += leaves[t];
    margins.push_back(sum);
  });
  return margins;
}

CrossValidated gather(const TrainingTask& task, const std::vector<Fold>& folds, const std::vector<FoldWork>& work, const std::vector<ForestPart>& parts) {
  CrossValidated out;
  const size_t forests = parts.size(), general = task.options.general ? 1 : 0;
  out.margins.resize(forests + general + 1);
  for (size_t p = 0; p < forests; ++p) {
    double sum = 0;
    for (const FoldWork& fold : work) sum += fold.best_rounds[p];
    double count = static_cast<double>(folds.size());
    out.rounds.push_back(std::max(1, static_cast<int>(std::lround(sum / count))));
    for (const FoldWork& fold : work) {
      int others = folds.size() < 2 ? kRoundsWithoutFolds : static_cast<int>(std::lround((sum - fold.best_rounds[p]) / (count - 1)));
      auto margins = margins_after(*fold.forests[p], *fold.held_out, std::max(1, others));
      for (size_t i = 0; parts[p].tuned && i < margins.size(); ++i) margins[i] += static_cast<double>(fold.general_held_out[i]);
      out.margins[p].insert(out.margins[p].end(), margins.begin(), margins.end());
    }
  }
  for (size_t f = 0; f < folds.size(); ++f) {
    if (general) out.margins[forests].insert(out.margins[forests].end(), work[f].general_held_out.begin(), work[f].general_held_out.end());
    out.margins.back().insert(out.margins.back().end(), work[f].linear.begin(), work[f].linear.end());
    out.places.insert(out.places.end(), folds[f].held_out.begin(), folds[f].held_out.end());
    out.fold.insert(out.fold.end(), folds[f].held_out.size(), static_cast<int>(f));
  }
  out.labels = task.labels_of(out.places);
  out.folds = folds;
  return out;
}

}  // namespace

std::vector<ForestPart> forest_parts(size_t rows, const TrainOptions& options) {
  BoostingOptions shape;
  const double afforded = kRowRounds / static_cast<double>(std::max<size_t>(1, rows));
  shape.rounds = options.compared.empty() ? static_cast<int>(std::clamp<double>(afforded, kLeastLimit, kMostLimit)) : kLeastLimit;
  shape.patience = 30;
  shape.min_child_weight = std::clamp(static_cast<double>(rows) / 2000.0, 1.0, 10.0);
  shape.column_share = options.compared.empty() ? 0.4 : 1;
  shape.row_share = 0.7;
  shape.l2 = 5;
  shape.threads = 1;  // parts run side by side instead: no barrier within a tree to wait at on a busy machine
  shape.seed = options.seed;
  ForestPart shallow{"shallow trees", shape}, deep{"deep trees", shape};
  shallow.boosting.depth = 3;
  shallow.boosting.learning_rate = 0.06;
  deep.boosting.depth = 7;
  deep.boosting.learning_rate = 0.05;
  if (!options.general) return {deep, shallow};
  ForestPart tuned = shallow;
  tuned.name = "trees on the general model";
  tuned.tuned = true;
  deep.prior = shallow.prior = 0;
  return {deep, shallow, tuned};
}

std::vector<uint32_t> TrainingTask::rows_of(const std::vector<uint32_t>& places) const {
  std::vector<uint32_t> rows;
  rows.reserve(places.size());
  for (uint32_t p : places) rows.push_back(target.rows[p]);
  return rows;
}

std::vector<float> TrainingTask::labels_of(const std::vector<uint32_t>& places) const {
  std::vector<float> labels;
  labels.reserve(places.size());
  for (uint32_t p : places) labels.push_back(target.labels[p]);
  return labels;
}

Result<TrainingTask::Encoded> TrainingTask::encode(const std::vector<uint32_t>& places, uint64_t seed) const {
  FURROW_ASSIGN(auto rows, EncodedRows::fit(data, ignored, rows_of(places), labels_of(places), seed, options.general ? &options.general->encoder() : nullptr));
  if (!weights.empty()) {
    std::vector<float> chosen;
    chosen.reserve(places.size());
    for (uint32_t p : places) chosen.push_back(weights[p]);
    rows->weigh(std::move(chosen));
  }
  Encoded out{rows->encoder(), nullptr};
  if (holds(out.encoder)) out.rows = std::make_unique<HeldRows>(rows->all());
  else out.rows = std::move(rows);
  return out;
}

Result<std::unique_ptr<const RowSource>> TrainingTask::encode(const Encoder& encoder, const std::vector<uint32_t>& places) const {
  if (!holds(encoder)) {
    FURROW_ASSIGN(std::unique_ptr<const RowSource> rows, EncodedRows::of(encoder, data, rows_of(places), labels_of(places)));
    return rows;
  }
  FURROW_ASSIGN(Samples samples, encoder.encode(data, rows_of(places)));
  samples.labels = labels_of(places);
  return std::unique_ptr<const RowSource>(new HeldRows(std::move(samples)));
}

std::vector<int> TrainingTask::monotone(const Encoder& encoder) const {
  if (options.monotone.empty()) return {};
  std::vector<int> signs(encoder.outputs(), 0);
  for (const auto& [name, sign] : options.monotone) {
    for (const InputEncoding& input : encoder.inputs()) {
      if (input.name == name) signs[input.first_output] = sign;
    }
  }
  return signs;
}

std::vector<float> TrainingTask::general_margins(const RowSource& rows) const {
  std::vector<float> margins;
  margins.reserve(rows.rows());
  rows.for_each([&](size_t, const float* row) { margins.push_back(options.general->forest().margin(row)); });
  return margins;
}

Result<Boosted> boost_rows(Task task, const RowSource& train, const RowSource* validation, const BoostingOptions& options,
                           const std::function<bool()>& stop, const std::function<bool()>& enough) {
  Samples read;
  const Samples* watched = validation ? validation->held() : nullptr;
  if (validation && !watched) read = validation->all(), watched = &read;
  if (train.held()) return boost(task, *train.held(), watched, options, stop, enough);
  FURROW_ASSIGN(BinnedRows bins, BinnedRows::make(task, train, options, options.start));
  return boost(task, bins, watched, options, stop, enough);
}

void run_jobs(size_t count, int threads, const std::function<void(size_t)>& job) {
  std::atomic<size_t> next{0};
  auto work = [&] {
    for (size_t j = next++; j < count; j = next++) job(j);
  };
  std::vector<std::thread> others;
  for (int t = 1; t < threads && static_cast<size_t>(t) < count; ++t) others.emplace_back(work);
  work();
  for (auto& other : others) other.join();
}

Result<CrossValidated> cross_validate(const TrainingTask& task, const std::vector<ForestPart>& parts, double seconds,
                                      const std::function<void(double, std::string_view)>& progress) {
  FURROW_ASSIGN(std::vector<uint32_t> places, choose_places(task));
  FURROW_ASSIGN(std::vector<Fold> folds, make_folds(task, places));
  std::vector<FoldWork> work(folds.size());
  std::mutex one;
  std::optional<Error> fault;
  auto keep = [&](Status status) {
    std::lock_guard lock(one);
    if (!status.ok() && !fault) fault = std::move(status).error();
  };
  run_jobs(folds.size(), task.options.threads, [&](size_t f) {
    FoldWork& fold = work[f];
    auto encode = [&]() -> Status {
      FURROW_ASSIGN(TrainingTask::Encoded encoded, task.encode(folds[f].train, task.options.seed + f));
      FURROW_ASSIGN(fold.held_out, task.encode(encoded.encoder, folds[f].held_out));
      fold.train = std::move(encoded.rows);
      fold.monotone = task.monotone(encoded.encoder);
      fold.forests.resize(parts.size());
      fold.best_rounds.resize(parts.size());
      if (task.options.general) {
        fold.general_train = task.general_margins(*fold.train);
        fold.general_held_out = task.general_margins(*fold.held_out);
      }
      return {};
    };
    keep(encode());
  });
  if (fault) return *fault;
  // Longest first: the deep trees of every fold, then the shallow ones, then the linear models.
  size_t jobs = folds.size() * (parts.size() + 1), done = 0;
  std::vector<double> share(jobs, 0);  // of each job that is done: of forests, rounds of the most there may be
  // Within a budget a fit may take its part of what is left, by how long fits of its shape take beside each other.
  const auto start = std::chrono::steady_clock::now();
  std::vector<double> left(jobs + 1, 0);
  auto weight_of = [&](size_t job) { return job / folds.size() < parts.size() ? std::exp2(parts[job / folds.size()].boosting.depth / 4.0) : 0.2; };
  for (size_t job = jobs; job-- > 0;) left[job] = left[job + 1] + weight_of(job);
  run_jobs(jobs, task.options.threads, [&](size_t job) {
    size_t part = job / folds.size(), f = job % folds.size();
    auto reach = [&](double of_job) {
      std::lock_guard lock(one);
      share[job] = of_job;
      done += of_job == 1;
      if (progress) progress(std::accumulate(share.begin(), share.end(), 0.0) / static_cast<double>(jobs), fmt::format("cross-validation, {} of {} fits", done, jobs));
    };
    if (part < parts.size()) {
      int round = 0;
      const double rounds = parts[part].boosting.rounds, passed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      const double allowed = seconds > 0 ? std::max(0.01, (seconds - passed) * task.options.threads * weight_of(job) / left[job]) : 0;
      keep(fit_forest(task, parts[part], part, allowed, [&] { reach(++round / (rounds + 1)); }, work[f]));
    } else {
      keep(fit_linear(task, task.options.seed + f, work[f]));
    }
    reach(1);
  });
  if (fault) return *fault;
  CrossValidated out = gather(task, folds, work, parts);
  out.rows_used = places.size();
  return out;
}

}  // namespace furrow::learn
