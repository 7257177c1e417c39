#include "learn/conformal.h"

#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace furrow::learn {

ConformalIntervals ConformalIntervals::fit(const std::vector<double>& predictions, const std::vector<float>& outcomes) {
  ConformalIntervals out;
  size_t rows = predictions.size();
  if (rows == 0) return out;
  std::vector<uint32_t> order(rows);
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return predictions[a] < predictions[b] || (predictions[a] == predictions[b] && a < b); });
  size_t parts = std::clamp<size_t>(rows / kPartRows, 1, kParts), begin = 0;
  for (size_t p = 0; p < parts && begin < rows; ++p) {
    size_t end = p + 1 == parts ? rows : std::max(begin + 1, rows * (p + 1) / parts);
    while (end < rows && predictions[order[end]] == predictions[order[end - 1]]) ++end;  // equal predictions share a part
    Part part;
    part.from = predictions[order[begin]];
    part.rows = end - begin;
    std::vector<double> errors;
    for (size_t i = begin; i < end; ++i) errors.push_back(static_cast<double>(outcomes[order[i]]) - predictions[order[i]]);
    std::sort(errors.begin(), errors.end());
    size_t kept = std::min(kKept, errors.size());
    for (size_t k = 0; k < kept; ++k) part.errors.push_back(kept == errors.size() ? errors[k] : errors[k * (errors.size() - 1) / (kept - 1)]);
    out.parts_.push_back(std::move(part));
    begin = end;
  }
  return out;
}

PredictionInterval ConformalIntervals::at(double prediction, double level) const {
  if (parts_.empty()) return {prediction, prediction};
  auto next = std::upper_bound(parts_.begin() + 1, parts_.end(), prediction, [](double value, const Part& part) { return value < part.from; });
  const Part& part = *std::prev(next);
  // The rank that a new row's error is below with probability at least 1 - (1 - level) / 2, among rows + 1.
  double rows = static_cast<double>(part.rows), tail = (1 - level) / 2;
  double rank = std::min(rows, std::ceil((rows + 1) * (1 - tail)));  // from 1
  double share = rows > 1 ? (rank - 1) / (rows - 1) : 0;
  auto last = static_cast<double>(part.errors.size() - 1);
  auto above = static_cast<size_t>(std::ceil(share * last - 1e-9)), below = static_cast<size_t>(std::floor((1 - share) * last + 1e-9));
  return {prediction + part.errors[below], prediction + part.errors[above]};
}

void ConformalIntervals::write(JsonWriter& json) const {
  json.begin_object().field("version", 1).key("parts").begin_array();
  for (const Part& part : parts_) {
    json.begin_object().field("from", part.from).field("rows", part.rows).key("errors").begin_array();
    for (double error : part.errors) json.number(error);
    json.end_array().end_object();
  }
  json.end_array().end_object();
}

Result<ConformalIntervals> ConformalIntervals::parse(std::string_view text) {
  auto fail = [] { return Error(ErrorCode::kModelMismatch, "the model's intervals.json cannot be read: train the model again"); };
  simdjson::dom::parser parser;
  simdjson::dom::array parts;
  if (parser.parse(text.data(), text.size())["parts"].get(parts)) return fail();
  ConformalIntervals out;
  for (simdjson::dom::element element : parts) {
    Part part;
    simdjson::dom::array errors;
    uint64_t rows = 0;
    if (element["from"].get(part.from) || element["rows"].get(rows) || rows == 0 || element["errors"].get(errors) || errors.size() == 0) return fail();
    part.rows = rows;
    for (simdjson::dom::element error : errors) {
      double value = 0;
      if (error.get(value)) return fail();
      part.errors.push_back(value);
    }
    out.parts_.push_back(std::move(part));
  }
  return out;
}

}  // namespace furrow::learn
