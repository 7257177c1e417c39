// How good the default model is on a file: repeated random 80/20 splits, trained on the large part alone, judged once on
// the small one, beside the logistic baseline on the same rows. Prints means over splits with their 95 % t-interval.
//   quality_bench DATA TARGET [splits] [dropped,columns]
#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "learn/dataset_from_table.h"
#include "learn/folds.h"
#include "learn/linear.h"
#include "learn/target.h"
#include "learn/trainer.h"
#include "table/files.h"

namespace furrow::learn {
namespace {

Dataset take(const Dataset& data, const std::vector<uint32_t>& rows) {
  Dataset out;
  out.rows = rows.size();
  for (const Column& column : data.columns) {
    Column part{column.name, column.kind, {}, {}, column.levels};
    for (uint32_t row : rows) {
      if (column.kind == ColumnKind::kText) part.codes.push_back(column.codes[row]);
      else part.numbers.push_back(column.numbers[row]);
    }
    out.columns.push_back(std::move(part));
  }
  return out;
}

void print_mean(const char* name, const std::vector<double>& values) {
  double n = static_cast<double>(values.size()), mean = 0, squares = 0;
  for (double v : values) mean += v / n;
  for (double v : values) squares += (v - mean) * (v - mean);
  double error = values.size() > 1 ? std::sqrt(squares / (n - 1) / n) : 0;
  fmt::print("  {:<18} {:.4f} ± {:.4f}\n", name, mean, 2.262 * error);  // t for 10 splits; a little narrow for fewer
}

int run(int argc, char** argv) {
  if (argc < 3) return fmt::print(stderr, "usage: quality_bench DATA TARGET [splits] [dropped,columns]\n"), 2;
  auto table = table::read_table(argv[1]);
  if (!table.ok()) return fmt::print(stderr, "{}\n", table.error().to_string()), 1;
  Dataset data = dataset_from_table(*table);
  TrainOptions options;
  options.target = argv[2];
  if (argc > 4) {
    std::string_view list = argv[4];
    for (size_t at = 0; at <= list.size();) {
      size_t end = std::min(list.find(',', at), list.size());
      options.drop.emplace_back(list.substr(at, end - at));
      at = end + 1;
    }
  }
  int splits = argc > 3 ? std::atoi(argv[3]) : 10;
  auto target = read_target(data, options.target, "");
  if (!target.ok()) return fmt::print(stderr, "{}\n", target.error().to_string()), 1;
  std::vector<double> area, precision, error, loss, base_area, base_precision, base_loss;
  auto start = std::chrono::steady_clock::now();
  for (int s = 0; s < splits; ++s) {
    Fold fold = random_folds(target->labels, true, 5, 1000 + static_cast<uint64_t>(s))[0];
    std::vector<uint32_t> train_rows, test_rows;
    std::vector<float> train_labels, labels;
    for (uint32_t p : fold.train) train_rows.push_back(target->rows[p]), train_labels.push_back(target->labels[p]);
    for (uint32_t p : fold.held_out) test_rows.push_back(target->rows[p]), labels.push_back(target->labels[p]);
    auto trained = train(take(data, train_rows), options);
    if (!trained.ok()) return fmt::print(stderr, "{}\n", trained.error().to_string()), 1;
    Encoder encoder = Encoder::parse(trained->files.encoding).value();
    Forest forest = Forest::parse(trained->files.model).value();
    Calibration calibration = Calibration::parse(trained->files.calibration).value();
    Samples test = encoder.encode(data, test_rows).value();
    std::vector<float> margins(labels.size());
    forest.margins(test.values.data(), margins.size(), margins.data());
    std::vector<double> scores, base;
    for (float m : margins) scores.push_back(calibration.probability(m));
    Samples baseline_train = encoder.encode(data, train_rows).value();
    baseline_train.labels = train_labels;
    LinearModel baseline = LinearModel::fit(Task::kBinary, baseline_train).value();
    for (size_t i = 0; i < labels.size(); ++i) base.push_back(baseline.predict(test.row(i)));
    auto ours = binary_quality(scores, labels, 1).value(), theirs = binary_quality(base, labels, 1).value();
    area.push_back(ours.auc.value);
    precision.push_back(ours.pr_auc.value);
    error.push_back(ours.ece.value);
    loss.push_back(ours.log_loss.value);
    base_area.push_back(theirs.auc.value);
    base_precision.push_back(theirs.pr_auc.value);
    base_loss.push_back(theirs.log_loss.value);
    fmt::print(stderr, "split {}: auc {:.4f}, logistic {:.4f}, {:.0f} s so far\n", s + 1, area.back(), base_area.back(),
               std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  fmt::print("{} ({}), {} splits of 80/20\n", argv[1], options.target, splits);
  print_mean("auc", area);
  print_mean("pr_auc", precision);
  print_mean("log_loss", loss);
  print_mean("ece", error);
  print_mean("logistic auc", base_area);
  print_mean("logistic pr_auc", base_precision);
  print_mean("logistic log_loss", base_loss);
  return 0;
}

}  // namespace
}  // namespace furrow::learn

int main(int argc, char** argv) { return furrow::learn::run(argc, argv); }
