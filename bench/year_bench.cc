// A simulated year of the market twin under the model watch: is predicted conversion what happens, group by group; how often
// does the alarm of predict/model_watch.h ring although nothing is wrong; and how soon when something is?
//
// The twin's history of 24 months (its hidden truth stands outside; only events are read) gives point-in-time features and
// outcomes of every offer. The shop template's model `offer_response` is trained on days 150 to 355 and then decides for 365
// days; the watch is looked at every 6 hours. Then something breaks at 12 days of the year, one thing at a time, and the
// watch is looked at every 2 hours: an input is missing, is zero, comes in other units (x 100) or moves by its spread; outcomes
// halve, or double. Detected within a day: the alarm rings within 24 hours of data whose outcome is known (25 h).
// Arguments: first seed (1), seeds (3), customers (5000). Figures: docs/benchmarks.md, "A simulated year".
#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <numeric>

#include "app/templates.h"
#include "app/workspace.h"
#include "base/files.h"
#include "bench/twin.h"
#include "learn/trainer.h"
#include "predict/model_watch.h"
#include "predict/training_set.h"

namespace furrow {
namespace {

constexpr int kServiceDays = 365, kTrainedFromDay = 150, kServedFromDay = 355;
constexpr size_t kBrokenInputs = 5, kBreaks = 12;

struct Year {
  std::shared_ptr<const predict::Scorer> scorer;
  std::vector<Time> times;                     // of decisions, in order
  std::vector<std::vector<float>> features;    // [decision], in the scorer's order
  std::vector<std::vector<float>> rows;        // encoded
  std::vector<double> scores;
  std::vector<bool> bought;
  std::vector<std::string> offers;
  std::vector<double> spread;                  // of each feature
};

// What is wrong from a time on.
struct Break {
  std::string name;
  std::optional<size_t> feature;
  std::function<double(double)> value;         // of the feature
  double outcomes = 1;                         // factor of their rate
};

learn::Dataset some_rows(const learn::Dataset& data, size_t from, size_t to) {
  learn::Dataset out;
  out.rows = to - from;
  for (learn::Column column : data.columns) {
    auto cut = [&](auto& values) {
      if (!values.empty()) values = {values.begin() + static_cast<ptrdiff_t>(from), values.begin() + static_cast<ptrdiff_t>(to)};
    };
    cut(column.numbers);
    cut(column.codes);
    out.columns.push_back(std::move(column));
  }
  return out;
}

Year make_year(const app::Workspace& workspace, const std::filesystem::path& folder, const market::MarketOptions& market) {
  const predict::ModelDeclaration& declared = *workspace.find_model("offer_response");
  auto set = must(predict::build_training_set(declared, workspace.program, [&](const auto& visit) { return read_twin(market, visit); }));
  auto place = [&](int day) { return static_cast<size_t>(std::lower_bound(set.times.begin(), set.times.end(), market.since() + days(day)) - set.times.begin()); };
  learn::TrainOptions options;
  options.target = predict::kLabelColumn;
  options.positive = "1";
  options.time = predict::kTimeColumn;
  options.seed = market.seed;
  options.compared = declared.action_features;
  auto trained = must(learn::train(some_rows(set.data, place(kTrainedFromDay), place(kServedFromDay - 1)), options));
  must(learn::write_model(trained.files, folder));
  Year year;
  auto model = must(learn::Model::load(folder));
  year.scorer = must(predict::Scorer::bind({declared.name, "v0001", declared.action_features, {}}, model, workspace.program));
  learn::Dataset served = some_rows(set.data, place(kServedFromDay), set.data.rows);
  learn::Samples encoded = must(model->encoder().encode(served));
  std::vector<const learn::Column*> columns;
  for (const auto& input : year.scorer->feature_inputs()) columns.push_back(served.find(workspace.program->definitions()[input.feature].name));
  for (size_t i = 0; i < served.rows; ++i) {
    year.times.push_back(set.times[set.data.rows - served.rows + i]);
    std::vector<float> features;
    for (const auto* column : columns) features.push_back(static_cast<float>(column->numbers[i]));
    year.features.push_back(std::move(features));
    year.rows.emplace_back(encoded.values.begin() + static_cast<ptrdiff_t>(i * encoded.columns), encoded.values.begin() + static_cast<ptrdiff_t>((i + 1) * encoded.columns));
    year.scores.push_back(model->score_encoded(year.rows.back().data()));
    year.bought.push_back(served.find(predict::kLabelColumn)->numbers[i] > 0);
    year.offers.push_back(served.find("action")->text(i));
  }
  for (size_t f = 0; f < columns.size(); ++f) {
    double sum = 0, squares = 0, count = 0;
    for (const auto& row : year.features) {
      if (row[f] == row[f]) sum += row[f], squares += static_cast<double>(row[f]) * row[f], ++count;
    }
    year.spread.push_back(count > 0 ? std::sqrt(std::max(0.0, squares / count - sum * sum / count / count)) : 0);
  }
  fmt::print("  trained on {} offers (days {} to {}): AUC {:.3f}; {} decisions in {} days, {} inputs\n", trained.rows, kTrainedFromDay, kServedFromDay, trained.binary.auc.value,
             year.times.size(), kServiceDays, columns.size());
  return year;
}

// Plays decisions from `begin` to `end`, with `wrong` from `from` on, if that is between; looks from there on as often as told, until
// it says enough.
void play(const Year& year, Time begin, Time end, Duration every, const Break& wrong, Time from, const std::function<bool(Time, const predict::VersionHealth&)>& look) {
  predict::ModelWatch watch("offer_response", "Order Completed", hours(1), days(7));
  auto load = [&](const std::string&) { return year.scorer; };
  Time next = (from > begin && from < end ? from : begin) + every;
  auto i = static_cast<size_t>(std::lower_bound(year.times.begin(), year.times.end(), begin) - year.times.begin());
  for (; i < year.times.size() && year.times[i] < end; ++i) {
    for (; next <= year.times[i]; next = next + every) {
      auto health = watch.health(next, load);
      if (!health.versions.empty() && !look(next, health.versions[0])) return;
    }
    DecisionRecord record;
    record.id = DecisionId::make(static_cast<int64_t>(i) + 1);
    record.time = year.times[i];
    record.policy = "explore";
    record.model = "offer_response";
    record.model_version = "v0001";
    record.features = year.features[i];
    double score = year.scores[i];
    bool broken = year.times[i] >= from, bought = year.bought[i];
    if (broken && wrong.feature) {
      double value = wrong.value(static_cast<double>(record.features[*wrong.feature]));
      record.features[*wrong.feature] = static_cast<float>(value);
      std::vector<float> row = year.rows[i];
      year.scorer->encoder().encode_value(year.scorer->feature_inputs()[*wrong.feature].input, std::isnan(value) ? Value() : Value(value), row.data());
      score = year.scorer->model().score_encoded(row.data());
    }
    double luck = static_cast<double>(mix64(i) >> 11) * 0x1.0p-53;
    if (broken && wrong.outcomes < 1) bought = bought && luck < wrong.outcomes;
    if (broken && wrong.outcomes > 1) bought = bought || luck < (wrong.outcomes - 1) * score;
    record.actions.push_back({year.offers[i], score, 1, {}});
    watch.add(record);
    if (bought) watch.add(OutcomeRecord{record.id, {}, record.time + minutes(20), "Order Completed", {}, 1, false, {}});
  }
}

double correlation(const std::vector<std::pair<double, double>>& points) {
  double n = static_cast<double>(points.size()), x = 0, y = 0, xx = 0, yy = 0, xy = 0;
  for (auto [a, b] : points) x += a, y += b, xx += a * a, yy += b * b, xy += a * b;
  return (xy - x * y / n) / std::sqrt((xx - x * x / n) * (yy - y * y / n));
}
void print_groups(const Year& year, const char* name, const std::function<std::string(size_t)>& group_of) {
  struct Sums { double rows = 0, predicted = 0, bought = 0; };
  std::map<std::string, Sums> groups;
  for (size_t i = 0; i < year.times.size(); ++i) {
    Sums& g = groups[group_of(i)];
    ++g.rows, g.predicted += year.scores[i], g.bought += year.bought[i];
  }
  std::vector<std::pair<double, double>> points;
  double worst = 0;
  for (const auto& [key, g] : groups) {
    if (g.rows < 200) continue;
    points.emplace_back(g.predicted / g.rows, g.bought / g.rows);
    worst = std::max(worst, std::abs(points.back().first - points.back().second));
  }
  fmt::print("  {:<34} {:>3} groups  correlation {:.3f}  furthest apart {:.1f} points\n", name, points.size(), correlation(points), 100 * worst);
}

void run(const app::Workspace& workspace, uint64_t seed, size_t customers) {
  fmt::print("seed {}\n", seed);
  TemporaryFolder folder;
  market::MarketOptions market;
  market.seed = seed;
  market.customers = customers;
  market.months = 24;
  market.until = {days(20'000).micros};
  Year year = make_year(workspace, folder.path() / "model", market);
  std::vector<size_t> order(year.scores.size()), tenth(order.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return year.scores[a] < year.scores[b]; });
  for (size_t k = 0; k < order.size(); ++k) tenth[order[k]] = 10 * k / order.size();
  Time start = year.times.front();
  auto month = [&](size_t i) { return (year.times[i] - start).micros / days(30).micros; };
  print_groups(year, "by score, tenths", [&](size_t i) { return fmt::format("{}", tenth[i]); });
  print_groups(year, "by offer", [&](size_t i) { return year.offers[i]; });
  print_groups(year, "by offer and third of the score", [&](size_t i) { return fmt::format("{} {}", year.offers[i], tenth[i] / 4); });
  print_groups(year, "by score and month", [&](size_t i) { return fmt::format("{} {}", tenth[i], month(i)); });
  size_t looks = 0, alarms = 0;
  bool ringing = false;
  play(year, start, start + days(kServiceDays), hours(6), {}, start + days(9999), [&](Time now, const predict::VersionHealth& health) {
    ++looks;
    bool rings = health.miscalibrated || health.drifted;
    if (rings && !ringing) {
      ++alarms;
      fmt::print("  false alarm on day {}: {}\n", (now - start).micros / days(1).micros, health.why);
    }
    ringing = rings;
    return true;
  });
  fmt::print("  a year in which nothing breaks: {} alarms in {} looks\n", alarms, looks);
  std::vector<Break> breaks;
  std::vector<std::string> names = year.scorer->feature_names();
  simdjson::dom::parser parser;
  simdjson::dom::array importance = parser.parse(year.scorer->model().metrics_json())["importance"].get_array();
  size_t taken = 0;
  for (simdjson::dom::element entry : importance) {
    std::string name(entry["input"].get_string().value());
    auto at = static_cast<size_t>(std::find(names.begin(), names.end(), name) - names.begin());
    if (at == names.size() || ++taken > kBrokenInputs) continue;
    double spread = year.spread[at];
    breaks.push_back({name + " is missing", at, [](double) { return std::nan(""); }});
    breaks.push_back({name + " is 0", at, [](double v) { return v == v ? 0 : v; }});
    breaks.push_back({name + " x 100", at, [](double v) { return 100 * v; }});
    breaks.push_back({name + " + its spread", at, [spread](double v) { return v + spread; }});
  }
  breaks.push_back({"outcomes halve", std::nullopt, {}, 0.5});
  breaks.push_back({"outcomes double", std::nullopt, {}, 2});
  size_t found = 0, all = 0;
  for (const Break& wrong : breaks) {
    size_t within = 0;
    double hours_sum = 0;
    for (size_t k = 0; k < kBreaks; ++k) {
      Time from = start + days(20 + static_cast<int64_t>(k) * 28) + hours(static_cast<int64_t>(k) * 2);
      bool rang = false;
      play(year, from - days(8), from + hours(26), hours(2), wrong, from, [&](Time now, const predict::VersionHealth& health) {
        if (!(health.miscalibrated || health.drifted)) return now < from + hours(25);
        rang = true;
        hours_sum += static_cast<double>((now - from).micros) / 3.6e9;
        return false;
      });
      within += rang;
    }
    found += within, all += kBreaks;
    fmt::print("  {:<44} {:>2} of {} within a day{}\n", wrong.name, within, kBreaks, within ? fmt::format(", after {:.0f} h", hours_sum / static_cast<double>(within)) : "");
    std::fflush(stdout);
  }
  fmt::print("  breaks found within a day: {} of {}\n", found, all);
}

}  // namespace
}  // namespace furrow

int main(int argc, char** argv) {
  using namespace furrow;
  uint64_t first = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1, seeds = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 3;
  size_t customers = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 5000;
  TemporaryFolder folder;
  must(app::create_workspace(folder.path() / "shop", "shop"));
  app::Workspace workspace = must(app::Workspace::load(folder.path() / "shop"));
  for (uint64_t seed = first; seed < first + seeds; ++seed) run(workspace, seed, customers);
  return 0;
}
