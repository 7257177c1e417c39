#include "market/exports.h"

#include <fmt/format.h>

#include "base/files.h"
#include "table/files.h"

namespace furrow::market {
namespace {

Status write_truth(const History& history, const ExportReport& report, const std::filesystem::path& folder) {
  const MarketOptions& options = history.options();
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("market").begin_object();
  json.field("seed", std::to_string(options.seed)).field("customers", options.customers).field("months", options.months);
  json.field("until", format_time(options.until)).end_object();
  json.field("outcome", "Order Completed within 1h of the visit");
  report.effects.write(json);
  json.field("logged_rate", static_cast<double>(report.orders) / static_cast<double>(std::max<size_t>(1, report.visits)));
  json.field("model", "logit P(order) = stage + propensity + effect(offer); see the market room's population.h");
  json.end_object();
  return write_file_atomically(folder / "truth_effects.json", out + "\n");
}

// What the data warehouse has of the order system's file: the rows that its loader could read, every column as text.
Status write_warehouse_orders(const std::filesystem::path& folder, ExportReport& report) {
  table::ReadOptions options;
  options.delimiter = ';';
  options.infer_types = false;
  FURROW_ASSIGN(table::Table orders, table::read_table(folder / "orders.csv", options));
  FURROW_TRY(table::write_table(orders, folder / "orders.parquet"));
  report.files.emplace_back("orders.parquet", orders.rows());
  return {};
}

}  // namespace

TruthPeople::TruthPeople(const std::filesystem::path& folder) : file_(folder / "truth_people.csv", ExportFile::Encoding::kUtf8) {
  file_.line("source,id,person");
}

void TruthPeople::add(std::string_view source, std::string_view id, size_t person) {
  file_.line(fmt::format("{},{},person-{:06}", source, id, person));
}

Result<ExportReport> write_exports(const MarketOptions& options, const std::filesystem::path& folder) {
  std::error_code fault;
  std::filesystem::create_directories(folder, fault);
  if (fault) return Error(ErrorCode::kIo, fmt::format("cannot make the folder {}: {}", folder.string(), fault.message()));
  History history(options);
  TruthPeople truth(folder);
  ExportContext context{options, history.catalogue(), folder, truth};
  std::vector<std::unique_ptr<Export>> exports;
  exports.push_back(make_crm(context));
  exports.push_back(make_web_events(context));
  exports.push_back(make_orders(context));
  exports.push_back(make_email_platform(context));
  exports.push_back(make_support_tickets(context));
  exports.push_back(make_loyalty_cards(context));
  exports.push_back(make_dmp(context));
  if (options.real_dirt) exports.push_back(make_reviews(context));

  ExportReport report;
  report.people = history.customers().size();
  for (const Customer& customer : history.customers()) {
    for (auto& system : exports) system->person(customer);
  }
  history.run([&](const Visit& visit, const std::optional<Order>& order) {
    const Customer& customer = history.customers()[visit.customer];
    ++report.visits;
    report.orders += order.has_value();
    report.effects.add(customer, visit.stage);
    for (auto& system : exports) system->visit(customer, visit, order);
  });
  for (auto& system : exports) {
    FURROW_TRY(system->file().close());
    FURROW_TRY(system->close_truth());
    report.files.emplace_back(system->file().path().filename().string(), system->file().rows());
  }
  FURROW_TRY(write_warehouse_orders(folder, report));
  FURROW_TRY(truth.file().close());
  FURROW_TRY(write_truth(history, report, folder));
  return report;
}

Result<MarketOptions> read_options(const std::filesystem::path& truth_effects) {
  FURROW_ASSIGN(std::string text, read_file(truth_effects));
  Fields fields;
  if (auto parsed = fields.parse(text); !parsed.ok()) return Error(parsed.error()).at(truth_effects.string());
  Value seed = fields.get("market.seed"), until = fields.get("market.until");
  double customers = fields.get("market.customers").as_number(), months = fields.get("market.months").as_number();
  if (!seed.is_text() || !until.is_text() || !(customers >= 1) || !(months >= 1)) {
    return Error(ErrorCode::kInvalidFile, "the market's options are missing; furrow simulate files writes them").at(truth_effects.string());
  }
  FURROW_ASSIGN(Time end, parse_time(until.text()));
  MarketOptions options{.customers = static_cast<size_t>(customers), .months = static_cast<int>(months), .until = end};
  options.seed = std::strtoull(std::string(seed.text()).c_str(), nullptr, 10);
  return options;
}

}  // namespace furrow::market
