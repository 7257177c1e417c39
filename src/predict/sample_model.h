// A small real model on made-up data with a known shape, for tests and benchmarks: trained, written, loaded and
// checked like any other. Inputs: features f0 … (numbers, some missing), `discount` (number), `category` and `page` (texts).
#pragma once
#include <cmath>
#include <filesystem>
#include <memory>
#include <string>

#include "base/random.h"
#include "learn/model.h"
#include "learn/reference.h"

namespace furrow::predict {

struct SampleModelOptions {
  size_t features = 4;
  size_t rows = 3000;
  int rounds = 60;
  int depth = 4;
  bool action_inputs = true;
  uint64_t seed = 1;
};

inline Result<std::shared_ptr<const learn::Model>> train_sample_model(const std::filesystem::path& folder,
                                                                      const SampleModelOptions& options = {}) {
  Random random(options.seed);
  learn::Dataset data;
  data.rows = options.rows;
  std::vector<double> effect(options.rows, -1);
  for (size_t f = 0; f < options.features; ++f) {
    std::vector<double> values(options.rows);
    for (size_t i = 0; i < options.rows; ++i) {
      values[i] = random.chance(0.1) ? std::nan("") : std::floor(random.exponential(0.5));
      if (!std::isnan(values[i])) effect[i] += (f % 2 ? -0.3 : 0.3) * values[i] / static_cast<double>(f + 1);
    }
    data.columns.push_back(learn::number_column("f" + std::to_string(f), std::move(values)));
  }
  if (options.action_inputs) {
    std::vector<double> discount(options.rows);
    learn::TextColumnBuilder category("category"), page("page");
    for (size_t i = 0; i < options.rows; ++i) {
      discount[i] = static_cast<double>(5 * random.below(7));
      effect[i] += discount[i] * 0.04;
      const char* categories[] = {"shoes", "hats", "any"};
      size_t c = random.below(3);
      effect[i] += c == 0 ? 0.8 : 0;
      category.add(categories[c]);
      bool sale = random.chance(0.4);
      effect[i] += sale && discount[i] > 10 ? 0.7 : 0;
      page.add(sale ? "sale" : "home");
    }
    data.columns.push_back(learn::number_column("discount", std::move(discount)));
    data.columns.push_back(std::move(category).finish());
    data.columns.push_back(std::move(page).finish());
  }
  std::vector<uint32_t> rows(options.rows);
  std::vector<float> labels(options.rows);
  for (uint32_t i = 0; i < options.rows; ++i) {
    rows[i] = i;
    labels[i] = random.chance(1 / (1 + std::exp(-effect[i])));
  }
  learn::Samples samples;
  FURROW_ASSIGN(learn::Encoder encoder, learn::Encoder::fit(data, {}, rows, labels, options.seed, &samples));
  learn::BoostingOptions boosting;
  boosting.rounds = options.rounds;
  boosting.depth = options.depth;
  boosting.threads = 1;
  FURROW_ASSIGN(learn::Boosted boosted, learn::boost(learn::Task::kBinary, samples, nullptr, boosting));
  learn::Calibration calibration;
  learn::ModelFiles files{boosted.json, {}, {}, R"({"importance":[{"input":"f0"},{"input":"f1"}]})", "{}", {}};
  files.reference = learn::Reference::make(encoder, samples, samples.rows(), samples.rows(), options.seed);
  JsonWriter encoding(files.encoding), calibration_json(files.calibration);
  encoder.write(encoding);
  calibration.write(calibration_json);
  FURROW_ASSIGN(files.parity, learn::make_parity(boosted.json, calibration, learn::Task::kBinary, samples, 20));
  FURROW_TRY(learn::write_model(files, folder));
  return learn::Model::load(folder);
}

}  // namespace furrow::predict
