// How much of what choosing an offer for each person could gain does the model's choice gain?
//
// The twin's history (offers drawn at random) gives point-in-time features and outcomes of every offer shown. The shop template's model
// `offer_response` learns from the first four fifths in time. For each offer shown in the last fifth the truth says what each of the eight
// would have done there, so a policy ("the best-scored offer") is valued without error but that of which visits there were.
// Arguments: first seed (1), seeds (3), customers (5000), months (4), a CSV file to write the rows and their truth to (none).
// Figures: docs/benchmarks.md, "Whom an action helps".
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <fstream>
#include <map>

#include "app/templates.h"
#include "app/workspace.h"
#include "base/files.h"
#include "bench/splits.h"
#include "bench/twin.h"
#include "learn/trainer.h"
#include "predict/choice_value.h"
#include "predict/training_set.h"

namespace furrow {
namespace {

// One offer shown: who, in which stage, and the logit of the truth under each offer.
struct Shown {
  std::array<double, 8> probability{};
};

struct Rows {
  predict::TrainingSet set;
  std::vector<Shown> truth;  // of each row
};

Rows read_rows(const predict::ModelDeclaration& declared, const app::Workspace& workspace, const market::MarketOptions& market) {
  std::map<std::pair<uint64_t, int64_t>, Shown> truths;
  auto saw = [&](const market::Customer& customer, market::Stage stage, Time shown) {
    Shown truth;
    for (size_t o = 0; o < truth.probability.size(); ++o) truth.probability[o] = market::order_probability(customer, stage, market::offers()[o]);
    truths[{customer.index + 1, shown.micros / 1000}] = truth;
  };
  Rows rows{must(predict::build_training_set(declared, workspace.program, [&](const auto& visit) { return read_twin(market, visit, saw); })), {}};
  for (size_t i = 0; i < rows.set.data.rows; ++i) rows.truth.push_back(truths.at({rows.set.people[i].value, rows.set.times[i].micros / 1000}));
  return rows;
}

void dump(const Rows& rows, const std::string& file) {
  std::ofstream out(file);
  for (const auto& column : rows.set.data.columns) out << column.name << ",";
  for (size_t o = 0; o < 8; ++o) out << "p" << o << (o < 7 ? "," : "\n");
  for (size_t i = 0; i < rows.set.data.rows; ++i) {
    for (const auto& column : rows.set.data.columns) out << column.text(i) << ",";
    for (size_t o = 0; o < 8; ++o) out << rows.truth[i].probability[o] << (o < 7 ? "," : "\n");
  }
}

// True orders over the baseline when each row's offer has the highest of its scores.
double value(const Rows& rows, const std::vector<uint32_t>& judged, const std::function<double(uint32_t row, size_t offer)>& score) {
  double chosen = 0, baseline = 0;
  for (uint32_t row : judged) {
    size_t best = 0;
    double most = -1e300;
    for (size_t o = 0; o < market::offers().size(); ++o) {
      const double s = score(row, o);
      if (s > most) most = s, best = o;
    }
    chosen += rows.truth[row].probability[best];
    baseline += rows.truth[row].probability[0];
  }
  return chosen / baseline - 1;
}

// The judged rows as each offer would have them: what its attributes say in the columns of actions.
learn::Dataset as_offer(const learn::Dataset& data, const std::vector<uint32_t>& rows, const market::Offer& offer) {
  learn::Dataset out = learn::take(data, rows);
  for (learn::Column& column : out.columns) {
    if (column.name == "discount") column.numbers.assign(rows.size(), offer.discount);
    std::string_view text = column.name == "action" ? offer.id : column.name == "category" ? offer.category_key() : std::string_view();
    if (!text.empty()) column.codes.assign(rows.size(), static_cast<int32_t>(std::find(column.levels.begin(), column.levels.end(), text) - column.levels.begin()));
  }
  return out;
}

void run(const app::Workspace& workspace, const market::MarketOptions& market, const std::string& file) {
  const predict::ModelDeclaration& declared = *workspace.find_model("offer_response");
  Rows rows = read_rows(declared, workspace, market);
  if (!file.empty()) dump(rows, file);
  std::vector<uint32_t> learnt, judged;
  const Time split = rows.set.times[rows.set.times.size() * 4 / 5];
  for (uint32_t i = 0; i < rows.set.times.size(); ++i) {
    if (rows.set.times[i] >= split) judged.push_back(i);
    else if (rows.set.times[i] + declared.label.within < split) learnt.push_back(i);
  }
  double single = -1;
  for (size_t o = 0; o < market::offers().size(); ++o) single = std::max(single, value(rows, judged, [&](uint32_t, size_t offer) { return offer == o ? 1.0 : 0.0; }));
  fmt::print("seed {}: {} offers shown to learn from, {} to judge by; the best offer for each {:+.1f} %, the best one for all {:+.1f} %\n", market.seed, learnt.size(), judged.size(),
             100 * value(rows, judged, [&](uint32_t row, size_t offer) { return rows.truth[row].probability[offer]; }), 100 * single);
  for (bool compared : {false, true}) {
    learn::TrainOptions options;
    options.target = predict::kLabelColumn;
    options.positive = "1";
    options.time = predict::kTimeColumn;
    if (compared) options.compared = declared.action_features;
    const auto start = std::chrono::steady_clock::now();
    auto trained = must(learn::train(learn::take(rows.set.data, learnt), options));
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    TemporaryFolder folder;
    must(learn::write_model(trained.files, folder.path() / "model"));
    auto model = must(learn::Model::load(folder.path() / "model"));
    std::vector<learn::Samples> offers;
    for (const market::Offer& offer : market::offers()) offers.push_back(must(model->encoder().encode(as_offer(rows.set.data, judged, offer))));
    std::vector<size_t> place(rows.set.data.rows);
    for (size_t k = 0; k < judged.size(); ++k) place[judged[k]] = k;
    auto margin = [&](uint32_t row, size_t offer) { return static_cast<double>(model->forest().margin(offers[offer].values.data() + place[row] * offers[offer].columns)); };
    learn::Samples shown = must(model->encoder().encode(rows.set.data, judged));
    std::vector<double> scores;
    std::vector<float> labels;
    for (size_t k = 0; k < judged.size(); ++k) {
      scores.push_back(model->score_encoded(shown.values.data() + k * shown.columns));
      labels.push_back(static_cast<float>(rows.set.data.find(predict::kLabelColumn)->numbers[judged[k]]));
    }
    auto quality = must(learn::binary_quality(scores, labels, 1));
    fmt::print("  {:<52} {:+.1f} %  log loss {:.5f}  AUC {:.4f}  ECE {:.4f}  {:.0f} s\n", compared ? "trees that see all columns, and within each action" : "as for any table", 100 * value(rows, judged, margin),
               quality.log_loss.value, quality.auc.value, quality.ece.value, seconds);
    if (auto told = must(predict::choice_value(*model, rows.set.data, declared.action_features, learnt, judged, rows.set.people, labels, {}))) {
      double truth = 0, past = 0;
      for (uint32_t row : judged) past += rows.truth[row].probability[*market::find_offer(rows.set.data.find("action")->text(row))] / static_cast<double>(judged.size());
      for (uint32_t row : judged) truth += rows.truth[row].probability[0] / static_cast<double>(judged.size());
      truth *= 1 + value(rows, judged, margin);
      fmt::print("    told from what was logged: {:.4f} of rows by the model's choice [{:.4f}, {:.4f}], in truth {:.4f}; over what was shown {:+.4f} [{:+.4f}, {:+.4f}], in truth {:+.4f}\n",
                 told->chosen.value, told->chosen.low, told->chosen.high, truth, told->gain_over_past.value, told->gain_over_past.low, told->gain_over_past.high, truth - past);
    }
    for (const auto& part : trained.interactions) {
      fmt::print("    within each {} ({} groups): {} rounds, log loss while held out {:.5f}, then {:.5f}\n", part.input, part.groups, part.rounds, part.loss_before, part.loss_after);
    }
    std::fflush(stdout);
  }
}

}  // namespace
}  // namespace furrow

int main(int argc, char** argv) {
  using namespace furrow;
  auto number = [&](int at, uint64_t otherwise) { return argc > at ? std::strtoull(argv[at], nullptr, 10) : otherwise; };
  TemporaryFolder folder;
  must(app::create_workspace(folder.path() / "shop", "shop"));
  app::Workspace workspace = must(app::Workspace::load(folder.path() / "shop"));
  market::MarketOptions market;
  market.customers = number(3, 5000);
  market.months = static_cast<int>(number(4, 4));
  market.until = {days(20'000).micros};
  for (uint64_t seed = number(1, 1), end = seed + number(2, 3); seed < end; ++seed) {
    market.seed = seed;
    run(workspace, market, argc > 5 ? argv[5] : "");
  }
  return 0;
}
