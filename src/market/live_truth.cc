#include "market/live_truth.h"

#include <fmt/format.h>
#include <simdjson.h>

#include "base/files.h"

namespace furrow::market {

double LiveTruth::difference() const {
  return ai_decisions ? (ai_expected - ai_baseline_expected) / static_cast<double>(ai_decisions) : 0;
}
double LiveTruth::lift() const { return ai_baseline_expected > 0 ? ai_expected / ai_baseline_expected - 1 : 0; }

void LiveTruth::add(const LiveTruth& other) {
  ai_decisions += other.ai_decisions;
  holdout_decisions += other.holdout_decisions;
  ai_orders += other.ai_orders;
  holdout_orders += other.holdout_orders;
  ai_expected += other.ai_expected;
  ai_baseline_expected += other.ai_baseline_expected;
  holdout_expected += other.holdout_expected;
}

void LiveTruth::write(JsonWriter& json) const {
  json.field("aiDecisions", ai_decisions).field("aiOrders", ai_orders).field("aiExpected", ai_expected);
  json.field("aiBaselineExpected", ai_baseline_expected).field("holdoutDecisions", holdout_decisions);
  json.field("holdoutOrders", holdout_orders).field("holdoutExpected", holdout_expected);
  json.field("trueDifference", difference()).field("trueLift", lift());
}

Result<LiveTruth> LiveTruth::read(const std::string& path) {
  FURROW_ASSIGN(std::string text, read_file(path));
  Fields fields;
  if (auto parsed = fields.parse(text); !parsed.ok()) return Error(parsed.error()).at(path);
  bool complete = true;
  auto number = [&](std::string_view name) {
    double value = fields.get(name).as_number();
    complete = complete && value >= 0;
    return value;
  };
  auto count = [&](std::string_view name) { return static_cast<size_t>(std::max(0.0, number(name))); };
  LiveTruth truth{count("aiDecisions"), count("holdoutDecisions"), count("aiOrders"),        count("holdoutOrders"),
                  number("aiExpected"), number("aiBaselineExpected"), number("holdoutExpected")};
  if (!complete) return Error(ErrorCode::kInvalidFile, "this is no truth of live traffic; move it away").at(path);
  return truth;
}

Result<MeasuredLift> measured_lift(HttpClient& client, const std::string& api_key, const std::string& placement) {
  FURROW_ASSIGN(HttpReply reply, accepted(client.get("/v1/overview", bearer_authorization(api_key)), "GET /v1/overview"));
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  simdjson::dom::array placements;
  if (parser.parse(reply.body).get(root) || root["placements"].get(placements)) {
    return Error(ErrorCode::kUnavailable, fmt::format("the overview cannot be read: {}", reply.body.substr(0, 300)));
  }
  for (simdjson::dom::element entry : placements) {
    std::string_view name, message;
    if (entry["placement"].get(name) || name != placement) continue;
    MeasuredLift measured;
    auto number = [&](const char* pointer) -> std::optional<double> {
      double value;
      if (entry.at_pointer(pointer).get(value)) return {};
      return value;
    };
    measured.ai_decisions = static_cast<size_t>(number("/ai/decisions").value_or(0));
    measured.holdout_decisions = static_cast<size_t>(number("/holdout/decisions").value_or(0));
    measured.difference = number("/lift/diff");
    measured.low = number("/lift/low");
    measured.high = number("/lift/high");
    measured.anytime_low = number("/lift/anytimeLow");
    measured.anytime_high = number("/lift/anytimeHigh");
    measured.relative = number("/lift/relative");
    if (entry.at_pointer("/lift/enough").get(measured.enough)) measured.enough = false;
    if (!entry.at_pointer("/lift/message").get(message)) measured.message = message;
    return measured;
  }
  return Error(ErrorCode::kNotFound, fmt::format("the overview knows no placement \"{}\"", placement));
}

}  // namespace furrow::market
