// How well uplift models find whom an action changes: repeated random 80/20 splits, trained on the large part alone (the choice
// of the learner too), judged once on the small one by the evaluator of learn/uplift_metrics.h. Means over splits with 95 %
// t-intervals, beside a random ranking and the T learner ("two models").
//   uplift_bench FILE TREATMENT CONTROL TARGET [splits] [dropped,columns] [merge]
// merge: all actions as one against the control.
#include <fmt/format.h>

#include <cmath>
#include <cstdlib>

#include "base/files.h"
#include "base/random.h"
#include "bench/splits.h"
#include "learn/dataset_from_table.h"
#include "learn/target.h"
#include "learn/uplift.h"
#include "table/files.h"

namespace furrow::learn {
namespace {

Status measure(const Dataset& data, UpliftOptions options, int splits) {
  std::vector<std::string> arms;
  struct Figures { std::vector<double> auuc, qini, two, two_qini, chance, ahead; };
  std::map<std::string, Figures> figures;
  for (int s = 1; s <= splits; ++s) {
    Random random(static_cast<uint64_t>(s));
    std::vector<uint32_t> train, test;
    for (uint32_t i = 0; i < data.rows; ++i) (random.chance(0.8) ? train : test).push_back(i);
    Dataset learn = take(data, train), judge = take(data, test);
    options.seed = static_cast<uint64_t>(s);
    TemporaryFolder folder;
    std::vector<UpliftModel> models;
    for (const char* learner : {"auto", "t"}) {
      options.learner = learner;
      FURROW_TRY(train_uplift(learn, options, folder.path() / learner));
      FURROW_ASSIGN(UpliftModel model, UpliftModel::load(folder.path() / learner));
      models.push_back(std::move(model));
    }
    const UpliftSummary& summary = models[0].summary();
    arms.clear();
    for (const auto& arm : summary.arms) arms.push_back(arm.name);
    FURROW_ASSIGN(std::vector<int> given, read_arms(judge, options.treatment, summary.control, arms));
    FURROW_ASSIGN(Target target, read_target(judge, options.target, summary.positive));
    FURROW_ASSIGN(auto ours, models[0].effects(judge));
    FURROW_ASSIGN(auto two, models[1].effects(judge));
    for (size_t a = 0; a < arms.size(); ++a) {
      std::vector<double> scores, other, nothing;
      std::vector<float> outcomes;
      std::vector<uint8_t> treated;
      for (size_t k = 0; k < target.rows.size(); ++k) {
        uint32_t row = target.rows[k];
        if (given[row] != 0 && given[row] != static_cast<int>(a) + 1) continue;
        scores.push_back(ours[a][row]);
        other.push_back(two[a][row]);
        nothing.push_back(0);
        outcomes.push_back(target.labels[k]);
        treated.push_back(given[row] != 0);
      }
      Figures& f = figures[arms[a]];
      f.auuc.push_back(auuc(scores, outcomes, treated));
      f.qini.push_back(qini(scores, outcomes, treated));
      f.two.push_back(auuc(other, outcomes, treated));
      f.two_qini.push_back(qini(other, outcomes, treated));
      f.chance.push_back(auuc(nothing, outcomes, treated));
      f.ahead.push_back(f.auuc.back() - f.chance.back());
    }
    fmt::print(stderr, "split {}: learner {}", s, summary.learner);
    for (const auto& [arm, f] : figures) fmt::print(stderr, "; {}: auuc {:.5f}, random {:.5f}, qini {:.5f}, two models {:.5f} {:.5f}", arm, f.auuc.back(), f.chance.back(), f.qini.back(), f.two.back(), f.two_qini.back());
    fmt::print(stderr, "\n");
  }
  for (const auto& [arm, f] : figures) {
    fmt::print("{} on {}, {} splits\n  auuc {}   random {}   ahead of random {}\n  qini {}\n  two models: auuc {}   qini {}\n", arm, options.target, splits, show(f.auuc, 5), show(f.chance, 5), show(f.ahead, 5),
               show(f.qini, 5), show(f.two, 5), show(f.two_qini, 5));
  }
  return {};
}

Status run(int count, char** words) {
  FURROW_ASSIGN(table::Table table, table::read_table(words[1]));
  Dataset data = dataset_from_table(table);
  UpliftOptions options;
  options.treatment = words[2];
  options.control = words[3];
  options.target = words[4];
  int splits = count > 5 ? std::atoi(words[5]) : 5;
  std::string list = count > 6 ? words[6] : "";
  for (size_t at = 0; at < list.size();) {
    size_t end = std::min(list.find(',', at), list.size());
    options.drop.push_back(list.substr(at, end - at));
    at = end + 1;
  }
  if (count > 7) {
    for (Column& column : data.columns) {
      if (column.name != options.treatment) continue;
      std::vector<double> treated;
      for (size_t row = 0; row < data.rows; ++row) treated.push_back(column.missing(row) ? std::nan("") : column.text(row) == options.control ? 0 : 1);
      column = number_column(column.name, std::move(treated));
    }
    options.control = "0";
  }
  return measure(data, options, splits);
}

}  // namespace
}  // namespace furrow::learn

int main(int count, char** words) {
  if (count < 5) {
    fmt::print(stderr, "uplift_bench FILE TREATMENT CONTROL TARGET [splits] [dropped,columns] [merge]\n");
    return 2;
  }
  auto status = furrow::learn::run(count, words);
  if (!status.ok()) fmt::print(stderr, "{}\n", status.error().to_string());
  return status.ok() ? 0 : 1;
}
