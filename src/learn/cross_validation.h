// The parts of a model tried on rows they have not seen: what training chooses from, and what its quality is told by.
//
// A part is a kind of boosted trees (shallow and smooth; deep, with interactions) or the linear model; beginning from a general
// model (TrainOptions::general) also that model as it is, and trees that begin from its margins. In each fold every
// part learns from the fold's training rows, encoded without the others, and gives margins to the held-out rows. How
// many rounds a forest gets there is the mean of what was best in the other folds; so a row's own fold decides nothing
// about it. Folds: random and stratified, by group, or forward in time.
// At most kCells encoded cells are cross-validated (a seeded draw of rows; the share is in `rows_used`): memory stays
// bounded, and more rows would only narrow intervals that are narrow already.
// Deterministic on any number of threads, unless `seconds` cuts training short. Errors: kInvalidArgument, kInterrupted.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "learn/boosting.h"
#include "learn/dataset.h"
#include "learn/encoding.h"
#include "learn/folds.h"
#include "learn/row_source.h"
#include "learn/target.h"
#include "learn/trainer.h"

namespace furrow::learn {

// Boosted trees of one shape; rounds are found. `prior` is the weight it has in a blend before the data speak.
struct ForestPart {
  std::string name;
  BoostingOptions boosting;
  double prior = 0.5;
  bool tuned = false;        // begins from the margins of the general model
};
// With `general` in the options, the last part is tuned, and it and the general model are what the blend leans to.
std::vector<ForestPart> forest_parts(size_t rows, const TrainOptions& options);

// What is to be learnt from: data, target, and the rows' weights and monotone inputs, checked.
struct TrainingTask {
  static constexpr size_t kCells = 20'000'000;

  const Dataset& data;
  const TrainOptions& options;
  Target target;
  std::vector<std::string> ignored;      // columns that are no input
  std::vector<float> weights;            // empty, or one a row of `target.rows`
  std::vector<float> strata = {};        // what random folds are balanced by; empty: the labels

  std::vector<uint32_t> rows_of(const std::vector<uint32_t>& places) const;
  std::vector<float> labels_of(const std::vector<uint32_t>& places) const;
  // Encoded rows with labels and weights, by an encoder that learns from them.
  struct Encoded {
    Encoder encoder;
    std::unique_ptr<const RowSource> rows;
  };
  Result<Encoded> encode(const std::vector<uint32_t>& places, uint64_t seed) const;
  // Rows with labels as an encoder makes them that did not learn from them.
  Result<std::unique_ptr<const RowSource>> encode(const Encoder& encoder, const std::vector<uint32_t>& places) const;
  // Is the table so small that its rows are held as floats? Else they are encoded at each reading, and fitted as bins: the same models in less memory.
  bool holds(const Encoder& encoder) const { return target.rows.size() * encoder.outputs() <= options.held_cells; }
  // What the general model, whose columns come first in the encoding, gives the rows.
  std::vector<float> general_margins(const RowSource& rows) const;
  // The sign each encoded column must keep: empty when none is asked for.
  std::vector<int> monotone(const Encoder& encoder) const;
};

struct CrossValidated {
  size_t rows_used = 0;
  std::vector<uint32_t> places;                 // in target.rows, of each held-out row
  std::vector<float> labels;
  std::vector<int> fold;
  std::vector<Fold> folds;                      // places in target.rows
  std::vector<std::vector<double>> margins;     // [part][held-out row]: forests, the general model if any, the linear model
  std::vector<int> rounds;                      // of each forest part: the mean of the folds' best
};

// `progress`: share done, and what.
Result<CrossValidated> cross_validate(const TrainingTask& task, const std::vector<ForestPart>& parts, double seconds,
                                      const std::function<void(double, std::string_view)>& progress);

// Fits to rows, held or not; `start`: margins they begin from, or empty. Errors: boost()'s.
Result<Boosted> boost_rows(Task task, const RowSource& train, const RowSource* validation, const BoostingOptions& options,
                           const std::function<bool()>& stop, const std::function<bool()>& enough);

// Runs jobs 0 .. count-1 on `threads` threads, this one among them; each is taken by whoever is free.
void run_jobs(size_t count, int threads, const std::function<void(size_t)>& job);

}  // namespace furrow::learn
