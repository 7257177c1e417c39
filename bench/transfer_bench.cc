// What beginning from a general model is worth to a small vertical: the rows of FILE where COLUMN is VALUE are the vertical,
// all others the general set. Of the vertical, one random half is judged on; 100, 1,000 and 10,000 rows of the other half are
// learnt from, with the general model, from nothing, and not at all (the general model alone). Repeated with new halves; means
// with 95 % t-intervals, also of the difference in log loss row by row of the same splits (below 0: it helps).
//   transfer_bench FILE TARGET COLUMN VALUE [repeats 10] [dropped,columns]
// Figures: docs/benchmarks.md, "Transfer".
#include <fmt/format.h>

#include <cmath>
#include <cstdlib>

#include "base/files.h"
#include "base/random.h"
#include "bench/splits.h"
#include "learn/dataset_from_table.h"
#include "learn/trainer.h"
#include "table/files.h"

namespace furrow::learn {
namespace {

struct Judged {
  double auc, loss;
};
Result<Judged> judge(const Model& model, const Dataset& data, const TrainOptions& options, const std::string& positive) {
  FURROW_ASSIGN(Samples rows, model.encoder().encode(data));
  FURROW_ASSIGN(std::vector<float> labels, read_labels(data, options.target, Task::kBinary, positive));
  std::vector<double> scores;
  for (size_t i = 0; i < data.rows; ++i) scores.push_back(model.score_encoded(rows.values.data() + i * rows.columns));
  FURROW_ASSIGN(auto quality, binary_quality(scores, labels, 1));
  return Judged{quality.auc.value, quality.log_loss.value};
}

Result<std::shared_ptr<const Model>> fit(const Dataset& data, const TrainOptions& options, const std::filesystem::path& folder) {
  FURROW_ASSIGN(Trained trained, train(data, options));
  FURROW_TRY(write_model(trained.files, folder, true));
  return Model::load(folder);
}

Status run(const std::string& file, TrainOptions options, const std::string& column, const std::string& value, int repeats) {
  FURROW_ASSIGN(auto table, table::read_table(file, {}));
  Dataset data = dataset_from_table(table);
  const Column* by = data.find(column);
  if (!by) return Error(ErrorCode::kInvalidArgument, "no such column: " + column);
  std::vector<uint32_t> vertical, general;
  for (uint32_t row = 0; row < data.rows; ++row) (by->text(row) == value ? vertical : general).push_back(row);
  options.drop.push_back(column);
  TemporaryFolder folder;
  Dataset general_rows = take(data, general);
  FURROW_ASSIGN(Trained first, train(general_rows, options));
  options.positive = first.positive;
  FURROW_TRY(write_model(first.files, folder.path() / "general"));
  FURROW_ASSIGN(auto general_model, Model::load(folder.path() / "general"));
  fmt::print("{}: general {} rows, vertical {} = {} {} rows\n", std::filesystem::path(file).filename().string(), general.size(), column, value, vertical.size());
  for (size_t rows : {size_t{100}, size_t{1000}, size_t{10000}}) {
    if (rows > vertical.size() * 2 / 3) continue;
    std::vector<double> auc[3], loss[3], auc_gain, loss_gain;
    int times = rows == 10000 ? std::min(repeats, 3) : repeats;
    for (int r = 0; r < times; ++r) {
      Random random(static_cast<uint64_t>(r) + 1);
      std::vector<uint32_t> order = vertical;
      for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
      size_t judged = std::min(order.size() / 2, order.size() - rows);
      Dataset test = take(data, {order.begin(), order.begin() + static_cast<ptrdiff_t>(judged)});
      Dataset learnt = take(data, {order.begin() + static_cast<ptrdiff_t>(judged), order.begin() + static_cast<ptrdiff_t>(judged + rows)});
      TrainOptions with = options;
      with.general = general_model;
      FURROW_ASSIGN(auto tuned, fit(learnt, with, folder.path() / "tuned"));
      FURROW_ASSIGN(auto nothing, fit(learnt, options, folder.path() / "nothing"));
      const Model* models[] = {tuned.get(), nothing.get(), general_model.get()};
      for (size_t m = 0; m < 3; ++m) {
        FURROW_ASSIGN(Judged judged_by, judge(*models[m], test, options, options.positive));
        auc[m].push_back(judged_by.auc);
        loss[m].push_back(judged_by.loss);
      }
      auc_gain.push_back(auc[0].back() - auc[1].back());
      loss_gain.push_back(loss[0].back() - loss[1].back());
    }
    fmt::print("  {:>6} rows, {} splits | AUC with {} nothing {} general alone {} | log loss with {} nothing {} general alone {} | gain AUC {} log loss {}\n", rows, times, show(auc[0]),
               show(auc[1]), show(auc[2]), show(loss[0]), show(loss[1]), show(loss[2]), show(auc_gain), show(loss_gain));
    std::fflush(stdout);
  }
  return {};
}

}  // namespace
}  // namespace furrow::learn

int main(int argc, char** argv) {
  using namespace furrow::learn;
  if (argc < 5) {
    fmt::print(stderr, "transfer_bench FILE TARGET COLUMN VALUE [repeats] [dropped,columns]\n");
    return 2;
  }
  TrainOptions options;
  options.target = argv[2];
  std::string drop = argc > 6 ? argv[6] : "";
  for (size_t at = 0; at < drop.size();) {
    size_t end = std::min(drop.find(',', at), drop.size());
    options.drop.push_back(drop.substr(at, end - at));
    at = end + 1;
  }
  auto status = run(argv[1], options, argv[3], argv[4], argc > 5 ? std::atoi(argv[5]) : 10);
  if (!status.ok()) fmt::print(stderr, "{}\n", status.error().to_string());
  return status.ok() ? 0 : 1;
}
