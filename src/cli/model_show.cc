#include "cli/model_show.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <optional>

namespace furrow::cli {
namespace {

using simdjson::dom::element;

constexpr size_t kInputsShown = 10;

std::optional<double> number(element from, std::string_view path) {
  double value;
  if (from.at_pointer(path).get(value)) return std::nullopt;
  return value;
}
std::string text(element from, std::string_view path) {
  std::string_view value;
  return from.at_pointer(path).get(value) ? std::string() : std::string(value);
}
// "2026-10-29T16:05:02.565Z" to the minute.
std::string minute(std::string time) {
  if (time.size() < 16) return time;
  time[10] = ' ';
  return time.substr(0, 16);
}

void add_origin(std::string& out, element lineage) {
  element workspace;
  if (!lineage["workspace"].get(workspace)) {
    std::string observed = text(workspace, "/observe");
    bool absent = false;
    if (workspace["absent"].get(absent)) absent = false;
    out += fmt::format("  learns   {}{} {} {}{}\n", absent ? "without " : "", text(workspace, "/label"), absent ? "for" : "within", text(workspace, "/within"),
                       observed.empty() ? "" : fmt::format(", asked at each {}", observed));
    double rows = number(workspace, "/rows").value_or(0), positives = number(workspace, "/positives").value_or(0);
    out += fmt::format("  from     {:.0f} rows, {:.0f} of them positive ({:.1f} %); the log up to position {:.0f}\n", rows, positives,
                       rows > 0 ? 100 * positives / rows : 0, number(workspace, "/last_position").value_or(0));
    return;
  }
  out += fmt::format("  learns   {}{}\n", text(lineage, "/target"), text(lineage, "/positive").empty() ? "" : " = " + text(lineage, "/positive"));
  out += fmt::format("  from     {:.0f} rows of {}\n", number(lineage, "/rows").value_or(0), text(lineage, "/data_file"));
}

std::string with_interval(element quality, std::string_view measure) {
  auto value = number(quality, fmt::format("/{}/value", measure));
  if (!value) return {};
  return fmt::format("{:.4f}  [{:.4f}, {:.4f}]", *value, number(quality, fmt::format("/{}/low", measure)).value_or(*value),
                     number(quality, fmt::format("/{}/high", measure)).value_or(*value));
}

void add_quality(std::string& out, element metrics, std::string_view drawn) {
  element quality;
  std::string_view beside = "/baseline/cross_validated";
  if (!metrics.at_pointer("/holdout/quality").get(quality)) {
    out += fmt::format("\njudged on {:.0f} rows from {} on, which it had not seen, with 95 % intervals\n", number(quality, "/rows").value_or(0),
                       minute(text(metrics, "/holdout/split")));
    beside = "/holdout/baseline";
  } else if (!metrics["cross_validated"].get(quality)) {
    out += fmt::format("\ncross-validated on {:.0f} rows{}, with 95 % intervals\n", number(quality, "/rows").value_or(0), drawn);
  } else {
    return;
  }
  element baseline;
  bool has_baseline = !metrics.at_pointer(beside).get(baseline);
  out += fmt::format("  {:<14} {:<28}{}\n", "", "model", has_baseline ? "baseline: logistic" : "");
  for (std::string_view measure : {"auc", "pr_auc", "log_loss", "brier", "ece", "lift_at_10pct", "r2", "rmse", "mae"}) {
    std::string ours = with_interval(quality, measure);
    if (ours.empty()) continue;
    out += fmt::format("  {:<14} {:<28}{}\n", measure, ours, has_baseline ? with_interval(baseline, measure) : "");
  }
}

// Of the held-out rows, people seen for the first time up to those seen often.
void add_history(std::string& out, element metrics) {
  simdjson::dom::array groups;
  if (metrics.at_pointer("/holdout/by_history").get(groups) || groups.size() == 0) return;
  out += "\nseen before         rows    it said   it happened   AUC\n";
  for (element group : groups) {
    auto auc = number(group, "/auc");
    out += fmt::format("  {:<10} {:>12.0f} {:>8.2f} %    {:>8.2f} %   {}\n", text(group, "/earlier") + (text(group, "/earlier") == "1" ? " time" : " times"), number(group, "/rows").value_or(0),
                       100 * number(group, "/mean_score").value_or(0), 100 * number(group, "/rate").value_or(0), auc ? fmt::format("{:.3f}", *auc) : "-");
  }
}

// Of a model that chooses among actions: what choosing by it was worth on the held-out rows.
void add_choice(std::string& out, element metrics) {
  element choice;
  if (metrics.at_pointer("/holdout/choice").get(choice)) return;
  out += fmt::format("\nchoosing among {:.0f} actions for each person (doubly robust, 95 % intervals)\n", number(choice, "/actions").value_or(0));
  auto line = [&](const std::string& name, std::string_view key, bool signs) {
    auto at = [&](const char* part) { return 100 * number(choice, fmt::format("/{}/{}", key, part)).value_or(0); };
    out += signs ? fmt::format("  {:<44}{:+.2f} points  [{:+.2f}, {:+.2f}]\n", name, at("value"), at("low"), at("high"))
                 : fmt::format("  {:<44}{:.2f} %  [{:.2f}, {:.2f}]\n", name.size() < 44 ? name : name + "  ", at("value"), at("low"), at("high"));
  };
  line("by the model", "chosen", false);
  line(fmt::format("the best one for everybody ({})", text(choice, "/best_action")), "best_for_all", false);
  out += fmt::format("  {:<44}{:.2f} %\n", "what was done", 100 * number(choice, "/as_it_was").value_or(0));
  line("the model over the best for everybody", "gain", true);
  line("the model over what was done", "gain_over_past", true);
}

void add_calibration(std::string& out, element metrics) {
  simdjson::dom::array bins;
  if (metrics["calibration_curve"].get(bins) || bins.size() == 0) return;
  double rows = 0;
  for (element bin : bins) rows += number(bin, "/rows").value_or(0);
  // Not the rows judged on above: those of cross-validation, which are more.
  out += fmt::format("\ncross-validated on {:.0f} rows\nwhen it says     it happened  95 % interval          rows\n", rows);
  for (element bin : bins) {
    out += fmt::format("  {:>6.2f} %       {:>6.2f} %    [{:.2f}, {:.2f}] %{:>12.0f}\n", 100 * number(bin, "/predicted").value_or(0),
                       100 * number(bin, "/observed").value_or(0), 100 * number(bin, "/low").value_or(0), 100 * number(bin, "/high").value_or(0),
                       number(bin, "/rows").value_or(0));
  }
}

void add_importance(std::string& out, element metrics) {
  simdjson::dom::array inputs;
  if (metrics["importance"].get(inputs) || inputs.size() == 0) return;
  out += "\nwhat moves the score most (mean |SHAP|)\n";
  double largest = 0;
  size_t shown = 0;
  for (element input : inputs) {
    double value = number(input, "/mean_abs_shap").value_or(0);
    largest = std::max(largest, value);
    if (shown++ == kInputsShown) {
      out += fmt::format("  and {} more\n", inputs.size() - kInputsShown);
      break;
    }
    auto length = largest > 0 ? static_cast<size_t>(24 * value / largest + 0.5) : 0;
    out += fmt::format("  {:<28} {:.3f}  {}\n", text(input, "/input"), value, std::string(length, '#'));
  }
}

}  // namespace

std::string describe_model(const learn::ModelVersion& version, const learn::Model& model) {
  simdjson::dom::parser metrics_parser, lineage_parser;
  element metrics, lineage;
  bool has_metrics = !metrics_parser.parse(model.metrics_json()).get(metrics);
  bool has_lineage = !lineage_parser.parse(model.lineage_json()).get(lineage);
  std::string out = fmt::format("{} {} ({})", version.name, version.version, learn::to_string(version.state));
  if (has_lineage) out += fmt::format(", trained {} by furrow {}", minute(text(lineage, "/created")), text(lineage, "/furrow"));
  out += "\n";
  if (has_lineage) add_origin(out, lineage);
  out += fmt::format("  is       {} trees on {} inputs; its files are whole and its reference rows score as they must\n", model.forest().trees().size(),
                     model.inputs().size());
  if (has_metrics) {
    const double drawn = has_lineage ? number(lineage, "/rows_cross_validated").value_or(0) : 0, all = has_lineage ? number(lineage, "/rows").value_or(0) : 0;
    add_quality(out, metrics, drawn > 0 && drawn < all ? fmt::format(" (of {:.0f} drawn at random from {:.0f})", drawn, all) : "");
    add_choice(out, metrics);
    add_history(out, metrics);
    add_calibration(out, metrics);
    add_importance(out, metrics);
  }
  return out;
}

Result<std::string> describe_stages(const learn::ModelVersion& version, const std::string& metrics, const std::string& lineage) {
  simdjson::dom::parser metrics_parser, lineage_parser;
  element measured, from;
  if (metrics_parser.parse(metrics).get(measured) || lineage_parser.parse(lineage).get(from)) {
    return Error(ErrorCode::kStorageCorrupt, fmt::format("{} is torn: train the model again", version.folder.string())).at(version.folder.string());
  }
  std::string out = fmt::format("{} {}  {}\n", version.name, version.version, learn::to_string(version.state));
  out += fmt::format("  tells    traits.{}: exploring, comparing, deciding or bought, on the way to {} (within {})\n", version.name, text(from, "/workspace/goal"), text(from, "/workspace/within"));
  out += fmt::format("  from     {:.0f} visits to learn from, {:.0f} to choose by; the log up to position {:.0f}\n", number(from, "/workspace/learnt").value_or(0),
                     number(from, "/workspace/chosen_on").value_or(0), number(from, "/workspace/last_position").value_or(0));
  const bool network = text(measured, "/serves") == "gru";
  element quality, beside;
  if (measured.at_pointer("/holdout/quality").get(quality) || measured.at_pointer("/holdout/baseline").get(beside)) return out;
  out += fmt::format("\njudged on {:.0f} steps of later visits, with 95 % intervals\n  {:<14} {:<28}{}\n", number(quality, "/rows").value_or(0), "", network ? "network (serves)" : "trees (serve)",
                     network ? "n-grams and trees" : "recurrent network");
  for (std::string_view measure : {"log_loss", "accuracy", "macro_f1", "auc", "ece"}) {
    if (std::string ours = with_interval(quality, measure); !ours.empty()) out += fmt::format("  {:<14} {:<28}{}\n", measure, ours, with_interval(beside, measure));
  }
  return out;
}

}  // namespace furrow::cli
