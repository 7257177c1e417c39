#include "learn/row_source.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <thread>

#include "base/files.h"
#include "base/random.h"
#include "learn/binned_rows.h"
#include "learn/class_training.h"
#include "learn/cross_validation.h"
#include "learn/encoded_rows.h"
#include "learn/linear.h"
#include "learn/model.h"
#include "learn/trainer.h"

namespace furrow::learn {
namespace {

constexpr uint64_t kRowSeed = 20261124;

// Rows with missing values or none; the last column has a value in one row of ten, when any is missing.
Samples drawn_samples(Task task, size_t rows, bool missing, bool weighted) {
  Random random(kRowSeed);
  Samples out;
  out.columns = 6;
  for (size_t i = 0; i < rows; ++i) {
    double sum = -0.5;
    for (size_t c = 0; c < out.columns; ++c) {
      double x = c == 1 ? static_cast<double>(random.below(4)) : random.normal() * (c == 2 ? 1000 : 1);
      sum += c == 0 ? std::sin(2 * x) : c == 1 ? 0.4 * x : 0;
      const bool gone = missing && random.chance(c + 1 == out.columns ? 0.9 : 0.1);
      out.values.push_back(gone ? std::nanf("") : static_cast<float>(x));
    }
    out.labels.push_back(task == Task::kBinary ? static_cast<float>(random.uniform() < 1 / (1 + std::exp(-sum))) : static_cast<float>(sum + random.normal()));
    if (weighted) out.weights.push_back(static_cast<float>(random.uniform(0.2, 3)));
  }
  return out;
}

BoostingOptions few_rounds() {
  BoostingOptions options;
  options.rounds = 25;
  options.depth = 5;
  options.row_share = 0.7;
  options.threads = 1;
  return options;
}

// Model by model, since XGBoost's own floats are told to the last bit.
TEST(BinnedRows, TeachTheSameTreesAsFloatsDo) {
  for (Task task : {Task::kBinary, Task::kRegression}) {
    for (bool missing : {false, true}) {
      for (bool weighted : {false, true}) {
        const Samples samples = drawn_samples(task, 3000, missing, weighted), watched = drawn_samples(task, 500, missing, false);
        BoostingOptions options = few_rounds();
        options.monotone = {0, 1, 0, -1, 0, 0};
        const Boosted floats = boost(task, samples, &watched, options).value();
        for (size_t block : {7, 1024, 3000}) {
          const BinnedRows bins = BinnedRows::make(task, HeldRows::view(samples), options, {}, block).value();
          const Boosted binned = boost(task, bins, &watched, options).value();
          EXPECT_EQ(floats.json, binned.json) << "missing " << missing << ", weighted " << weighted << ", blocks of " << block;
          EXPECT_EQ(floats.validation_loss, binned.validation_loss);
        }
      }
    }
  }
}

TEST(BinnedRows, BeginFromMarginsAsFloatsDo) {
  const Samples samples = drawn_samples(Task::kBinary, 2000, true, false);
  BoostingOptions options = few_rounds();
  for (size_t i = 0; i < samples.rows(); ++i) options.start.push_back(samples.row(i)[1] > 1 ? 0.8f : -0.3f);
  const BinnedRows bins = BinnedRows::make(Task::kBinary, HeldRows::view(samples), options, options.start, 300).value();
  const std::string started = boost(Task::kBinary, bins, nullptr, options).value().json;
  EXPECT_EQ(started, boost(Task::kBinary, samples, nullptr, options).value().json);
  options.start.clear();
  EXPECT_NE(started, boost(Task::kBinary, samples, nullptr, options).value().json);
}

TEST(BinnedRows, ServeFitsSideBySide) {
  const Samples samples = drawn_samples(Task::kBinary, 20000, false, false);
  BoostingOptions shallow = few_rounds(), deep = few_rounds();
  shallow.depth = 2, deep.seed = 9;
  const BinnedRows bins = BinnedRows::make(Task::kBinary, HeldRows::view(samples), shallow).value();
  std::string one, other;
  std::thread beside([&] { one = boost(Task::kBinary, bins, nullptr, shallow).value().json; });
  other = boost(Task::kBinary, bins, nullptr, deep).value().json;
  beside.join();
  EXPECT_EQ(one, boost(Task::kBinary, samples, nullptr, shallow).value().json);
  EXPECT_EQ(other, boost(Task::kBinary, samples, nullptr, deep).value().json);
}

TEST(BinnedRows, RefuseWhatFloatsRefuse) {
  Samples samples = drawn_samples(Task::kBinary, 500, false, false);
  auto code_of = [&] { return BinnedRows::make(Task::kBinary, HeldRows::view(samples), few_rounds(), {}, 100).error().code(); };
  samples.values[1234] = std::numeric_limits<float>::infinity();
  EXPECT_EQ(code_of(), ErrorCode::kInvalidArgument);
  samples.values[1234] = 1;
  samples.labels[3] = 0.5f;
  EXPECT_EQ(code_of(), ErrorCode::kInvalidArgument);
}

// Texts of few and of many levels, dates, sentences, an id that names, and cells that are missing.
Dataset visits(size_t rows, uint64_t seed) {
  Random random(seed);
  std::vector<double> spend, store, day, weight, value;
  TextColumnBuilder plan("plan"), city("city"), note("note"), bought("bought"), kind("kind");
  const char* words[] = {"late", "parcel", "thanks", "broken", "again", "blue", "red", "call"};
  for (size_t i = 0; i < rows; ++i) {
    const size_t p = random.below(3), c = random.below(60), first = random.below(8);
    const double money = random.uniform(1, 90);
    spend.push_back(random.chance(0.1) ? std::nan("") : money);
    store.push_back(static_cast<double>(1000 + 7 * random.below(30)));
    day.push_back(1.7e9 + 86400 * static_cast<double>(random.below(900)));
    weight.push_back(random.uniform(0.5, 2));
    if (random.chance(0.05)) plan.add_missing();
    else plan.add(p == 0 ? "free" : p == 1 ? "basic" : "pro");
    city.add("city " + std::to_string(c));
    note.add(std::string(words[first]) + " " + words[random.below(8)] + " order " + std::to_string(i) + " for me");
    const double margin = 0.03 * money + (p == 2) + (c % 5 == 0) - 1.5 + (first == 3);
    bought.add(random.uniform() < 1 / (1 + std::exp(-margin)) ? "yes" : "no");
    kind.add(random.uniform() < 1 / (1 + std::exp(-margin)) ? "often" : random.chance(0.5) ? "once" : "never");
    value.push_back(margin + random.normal());
  }
  Dataset data;
  data.rows = rows;
  data.columns.push_back(number_column("spend", std::move(spend)));
  data.columns.push_back(number_column("store_id", std::move(store)));
  data.columns.push_back(number_column("day", std::move(day)));
  data.columns.back().kind = ColumnKind::kTime;
  data.columns.push_back(number_column("weight", std::move(weight)));
  data.columns.push_back(number_column("value", std::move(value)));
  for (TextColumnBuilder* column : {&plan, &city, &note, &bought, &kind}) data.columns.push_back(std::move(*column).finish());
  return data;
}

TEST(EncodedRows, AreWhatTheEncoderHolds) {
  const Dataset data = visits(1500, kRowSeed);
  const std::vector<std::string> ignored{"bought", "value", "kind", "weight"};
  const Target target = read_target(data, "bought", "yes").value();
  Samples held;
  const Encoder encoder = Encoder::fit(data, ignored, target.rows, target.labels, 3, &held).value();
  const auto rows = EncodedRows::fit(data, ignored, target.rows, target.labels, 3).value();
  ASSERT_EQ(rows->columns(), held.columns);
  auto same = [](const float* a, const float* b, size_t count) { return std::memcmp(a, b, count * sizeof(float)) == 0; };
  const Samples all = rows->all();
  EXPECT_EQ(all.labels, held.labels);
  ASSERT_EQ(all.values.size(), held.values.size());
  EXPECT_TRUE(same(all.values.data(), held.values.data(), all.values.size()));
  const Samples some = rows->subset({7, 3, 1499}), wanted = held.subset({7, 3, 1499});
  EXPECT_TRUE(same(some.values.data(), wanted.values.data(), some.values.size()));
  EXPECT_EQ(some.labels, wanted.labels);
  // Rows that the encoder has not learnt from get the numbers of scoring.
  const auto scored = EncodedRows::of(encoder, data, target.rows, target.labels).value();
  EXPECT_TRUE(same(scored->all().values.data(), encoder.encode(data, target.rows).value().values.data(), all.values.size()));
  EXPECT_FALSE(same(scored->all().values.data(), held.values.data(), all.values.size()));
}

TEST(LinearModel, IsTheSameOfRowsThatAreReadWhenNeeded) {
  const Dataset data = visits(1500, kRowSeed);
  const Target target = read_target(data, "bought", "yes").value();
  const auto rows = EncodedRows::fit(data, {"bought", "value", "kind", "weight"}, target.rows, target.labels, 3).value();
  const LinearModel held = LinearModel::fit_chosen(Task::kBinary, rows->all(), 5).value(), read = LinearModel::fit_chosen(Task::kBinary, *rows, 5).value();
  EXPECT_EQ(held.penalty(), read.penalty());
  rows->for_each([&](size_t, const float* row) { ASSERT_EQ(held.margin(row), read.margin(row)); });
}

TrainOptions visit_options(const std::string& target) {
  TrainOptions options;
  options.target = target;
  for (const char* other : {"bought", "value", "kind", "weight"}) {
    if (target != other) options.drop.push_back(other);
  }
  options.folds = 3;
  options.seed = 4;
  return options;
}

void expect_same(const ModelFiles& held, const ModelFiles& read) {
  EXPECT_EQ(held.model, read.model);
  EXPECT_EQ(held.encoding, read.encoding);
  EXPECT_EQ(held.calibration, read.calibration);
  EXPECT_EQ(held.metrics, read.metrics);
  EXPECT_EQ(held.parity, read.parity);
  EXPECT_EQ(held.reference, read.reference);
}

void expect_same_model(const Dataset& data, TrainOptions options) {
  const Trained held = train(data, options).value();
  options.held_cells = 0;
  expect_same(held.files, train(data, options).value().files);
}

TEST(Train, RowsThatAreNotHeldGiveTheSameModel) {
  const Dataset data = visits(900, kRowSeed);
  {
    SCOPED_TRACE("yes or no, weighted, monotone");
    TrainOptions options = visit_options("bought");
    std::erase(options.drop, "weight");
    options.weight = "weight";
    options.monotone = {{"spend", 1}};
    expect_same_model(data, options);
  }
  {
    SCOPED_TRACE("a number");
    expect_same_model(data, visit_options("value"));
  }
  {
    SCOPED_TRACE("an input that is compared");
    TrainOptions options = visit_options("bought");
    options.compared = {"plan"};
    expect_same_model(data, options);
  }
}

TEST(Train, RowsThatAreNotHeldBeginFromAGeneralModelAlike) {
  TemporaryFolder folder;
  const Trained elsewhere = train(visits(1200, kRowSeed + 1), visit_options("bought")).value();
  ASSERT_TRUE(write_model(elsewhere.files, folder.path() / "general").ok());
  TrainOptions options = visit_options("bought");
  options.general = Model::load(folder.path() / "general").value();
  expect_same_model(visits(500, kRowSeed), options);
}

TEST(Train, RowsThatAreNotHeldGiveTheSameClasses) {
  const Dataset data = visits(600, kRowSeed);
  TrainOptions options = visit_options("kind");
  const TrainedClasses held = train_classes(data, options).value();
  options.held_cells = 0;
  const TrainedClasses read = train_classes(data, options).value();
  ASSERT_EQ(held.each.size(), read.each.size());
  for (size_t c = 0; c < held.each.size(); ++c) expect_same(held.each[c].files, read.each[c].files);
}

TEST(TrainingTask, HoldsRowsUpToTheLimit) {
  const Dataset data = visits(400, kRowSeed);
  TrainOptions options = visit_options("bought");
  const TrainingTask task{data, options, read_target(data, "bought", "yes").value(), {"bought", "value", "kind", "weight"}, {}};
  const std::vector<uint32_t> places{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  const auto held = task.encode(places, 1).value();
  ASSERT_NE(held.rows->held(), nullptr);
  options.held_cells = data.rows * held.encoder.outputs();
  EXPECT_NE(task.encode(places, 1).value().rows->held(), nullptr);
  --options.held_cells;
  EXPECT_EQ(task.encode(places, 1).value().rows->held(), nullptr);
}

}  // namespace
}  // namespace furrow::learn
