// `furrow segment`: customers, or their transactions, to numbered and named segments.
#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <iostream>

#include "base/files.h"
#include "base/progress.h"
#include "cli/commands.h"
#include "cli/outputs.h"
#include "cli/segment_json.h"
#include "cli/text_table.h"
#include "table/files.h"

namespace furrow::cli {
namespace {

struct SegmentOptions {
  std::string data, id, k = "auto", out, describe, method = "kmeans", previous, profiles, rejects, as_of;
  predict::TransactionColumns columns;
  std::vector<std::string> drop;
  bool rfm = false, json = false;
  uint64_t seed = 1;
};

// What is grouped: a row a person, with their ids.
struct People {
  table::Table table;
  std::vector<std::string> ids;
  std::vector<std::string> ignored;
  std::optional<predict::RfmTable> rfm;
};

Result<std::optional<size_t>> wanted_k(const std::string& text) {
  if (text == "auto") return std::optional<size_t>();
  size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value == 0) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("--k is auto or a whole number from 1, not \"{}\"", text)).in_field("k");
  }
  return std::optional<size_t>(value);
}

// Orders: asked for, or plain to see from the columns' names when no id says that rows are people.
Result<std::optional<predict::TransactionColumns>> transactions(const SegmentOptions& options, const table::Table& table) {
  const bool asked = options.rfm || !options.columns.customer.empty() || !options.columns.time.empty() || !options.columns.amount.empty();
  if (!asked && !options.id.empty()) return std::optional<predict::TransactionColumns>();
  auto found = predict::detect_transactions(table, options.columns);
  if (asked && !found) {
    std::string names;
    for (const auto& name : table.names()) names += (names.empty() ? "" : ", ") + name;
    return Error(ErrorCode::kInvalidArgument, fmt::format("transactions need a customer, a time and an amount, and they cannot all be told from the columns ({}); "
                                                          "name them with --customer, --time and --amount", names));
  }
  return found;
}

Result<People> read_people(const SegmentOptions& options) {
  table::ReadReport report;
  table::ReadOptions read{.text_columns = {"id", "ID", "Id"}};
  for (const std::string& name : {options.id, options.columns.customer}) {
    if (!name.empty()) read.text_columns.push_back(name);
  }
  FURROW_ASSIGN(table::Table table, table::read_table(options.data, read, &report));
  if (!options.rejects.empty()) FURROW_TRY(table::write_rejects(report.rejects, options.rejects));
  if (report.rejected > 0) std::cerr << fmt::format("{} rows of {} cannot be read and are left out\n", report.rejected, options.data);
  if (table.rows() == 0) return Error(ErrorCode::kInvalidFile, "the file holds no rows that can be read").at(options.data);
  FURROW_ASSIGN(auto columns, transactions(options, table));
  People people;
  const table::Column* id = nullptr;
  if (columns) {
    if (!options.as_of.empty()) {
      FURROW_ASSIGN(columns->as_of, parse_time(options.as_of));
    }
    FURROW_ASSIGN(people.rfm, predict::build_rfm(table, *columns, options.data));
    people.table = people.rfm->customers;
    id = &people.table.column(0);
  } else {
    people.table = std::move(table);
    if (!options.id.empty()) {
      FURROW_ASSIGN(id, people.table.require(options.id, options.data));
    } else {
      id = people.table.find("id");
    }
  }
  for (size_t i = 0; i < people.table.rows(); ++i) people.ids.push_back(id ? id->to_text(i) : std::to_string(report.number_in_file(i)));
  people.ignored = options.drop;
  for (const std::string& name : options.drop) FURROW_TRY(people.table.require(name, options.data));
  if (id) people.ignored.push_back(id->name());
  return people;
}

Result<std::unordered_map<std::string, uint32_t>> read_previous(std::filesystem::path path) {
  if (std::filesystem::is_directory(path)) path /= "segments.csv";
  FURROW_ASSIGN(const table::Table earlier, table::read_table(path, {.text_columns = {"id"}}));
  FURROW_ASSIGN(const table::Column* id, earlier.require("id", path.string()));
  FURROW_ASSIGN(const table::Column* segment, earlier.require("segment", path.string()));
  std::unordered_map<std::string, uint32_t> out;
  for (size_t i = 0; i < earlier.rows(); ++i) {
    const double number = segment->number(i);
    if (!id->is_null(i) && number >= 1 && number < 4e9) out.emplace(id->to_text(i), static_cast<uint32_t>(number));
  }
  return out;
}

Status write_profiles(const predict::RfmTable& rfm, const std::vector<uint32_t>& numbers, const std::string& path) {
  table::Table out;
  for (const auto& column : rfm.customers.columns()) out.add(column);
  table::Column r("r", table::ColumnType::kInteger), f("f", table::ColumnType::kInteger), m("m", table::ColumnType::kInteger);
  table::Column group("rfm_group", table::ColumnType::kText), zh("rfm_group_zh", table::ColumnType::kText), segment("segment", table::ColumnType::kInteger);
  for (size_t i = 0; i < rfm.groups.size(); ++i) {
    r.append_integer(rfm.recency_score[i]);
    f.append_integer(rfm.frequency_score[i]);
    m.append_integer(rfm.monetary_score[i]);
    group.append_text(rfm.groups[i].key);
    zh.append_text(rfm.groups[i].zh);
    segment.append_integer(numbers[i]);
  }
  for (auto* column : {&r, &f, &m, &group, &zh, &segment}) out.add(std::move(*column));
  return table::write_table(out, path);
}

Status write_segments(const People& people, const predict::Segmentation& result, const std::string& path) {
  table::Table out;
  table::Column id("id", table::ColumnType::kText), segment("segment", table::ColumnType::kInteger);
  for (size_t i = 0; i < people.ids.size(); ++i) {
    if (people.ids[i].empty()) id.append_null();
    else id.append_text(people.ids[i]);
    segment.append_integer(result.numbers[i]);
  }
  out.add(std::move(id));
  out.add(std::move(segment));
  return table::write_table(out, path);
}

void print_result(const predict::Segmentation& result, const SegmentRun& run) {
  if (run.rfm) {
    fmt::print("{} purchases of {} customers up to {}\n", run.rfm->rows - run.rfm->skipped, run.rows, format_time(run.rfm->as_of).substr(0, 10));
    if (run.rfm->skipped > 0) fmt::print("{} rows skipped, the first is {}\n", run.rfm->skipped, run.rfm->first_skipped);
  }
  table::Table rows;
  table::Column number("segment", table::ColumnType::kInteger), size("size", table::ColumnType::kInteger), share("share", table::ColumnType::kText);
  table::Column stability("stability", table::ColumnType::kText), name("name", table::ColumnType::kText), zh("名称", table::ColumnType::kText);
  for (const auto& segment : result.segments) {
    number.append_integer(segment.number);
    size.append_integer(static_cast<int64_t>(segment.size));
    share.append_text(fmt::format("{:.1f} %", 100 * segment.share));
    stability.append_text(fmt::format("{:.2f}", segment.stability));
    name.append_text(segment.name.en);
    zh.append_text(segment.name.zh);
  }
  for (auto* column : {&number, &size, &share, &stability, &name, &zh}) rows.add(std::move(*column));
  std::cout << text_table(rows, {.cell_width = 64});
  for (const auto& note : result.notes) std::cout << note << '\n';
  if (result.segments.size() > 1) {
    fmt::print("adjusted Rand: {:.3f} over {} seeds, {:.3f} over {} resamples; silhouette {:.2f}\n", result.steadiness.seeds_rand, result.steadiness.seeds,
               result.steadiness.bootstrap_rand, result.steadiness.resamples, result.silhouette);
  }
  if (run.previous) fmt::print("{} segments keep their number of the previous run\n", run.kept_numbers);
  for (const auto& column : result.left_out) fmt::print("left out: {} {}\n", column.name, column.reason);
  fmt::print("written to {}\n", run.out);
}

Status run(const SegmentOptions& options) {
  FURROW_TRY(check_outputs({options.data}, {{"--out", options.out}, {"--profiles", options.profiles}, {"--rejects", options.rejects, false}, {"--describe", options.describe, false}}));
  FURROW_ASSIGN(const auto k, wanted_k(options.k));
  FURROW_ASSIGN(const auto method, learn::parse_grouping_method(options.method));
  Progress progress("grouping", "steps");
  progress.update(-1, 0);
  FURROW_ASSIGN(People people, read_people(options));
  progress.update(-1, 1);
  FURROW_ASSIGN(predict::Segmentation result, predict::segment_people(people.table, {k, method, people.ignored, people.rfm.has_value() || predict::holds_rfm(people.table), options.seed, {}}));
  SegmentRun summary{options.data, options.out, people.table.rows(), options.seed, 0, !options.previous.empty(), people.rfm ? &*people.rfm : nullptr};
  if (summary.previous) {
    FURROW_ASSIGN(const auto earlier, read_previous(options.previous));
    summary.kept_numbers = predict::keep_numbers(result, people.ids, earlier);
  }
  for (const auto& segment : result.segments) {
    if (segment.stability < 0.6) result.notes.push_back(fmt::format("segment {} is not steady: resampled data keep {:.0f} % of it", segment.number, 100 * segment.stability));
  }
  progress.clear();
  FURROW_TRY(write_segments(people, result, options.out));
  if (people.rfm && !options.profiles.empty()) FURROW_TRY(write_profiles(*people.rfm, result.numbers, options.profiles));
  const std::string json = segment_json(result, summary);
  if (!options.describe.empty()) FURROW_TRY(write_file_atomically(options.describe, json + "\n"));
  if (options.json) std::cout << json << '\n';
  else print_result(result, summary);
  return {};
}

}  // namespace

void add_segment_command(Command app, Jobs& jobs) {
  auto options = std::make_shared<SegmentOptions>();
  Command leaf = app.add_subcommand("segment", "Group customers by what they are like, or by their purchases, and name the groups");
  leaf.add_option("DATA", options->data, "Customers, a row each, or transactions, a row each: .csv .tsv .jsonl .parquet, also .gz").required();
  leaf.add_option("--id", options->id, "Column of the customer's id; \"id\", else the row number from 1, when absent");
  leaf.add_option("--k", options->k, "How many segments, or auto: chosen from the data, one when there are no groups").show_default();
  leaf.add_option("--out", options->out, "id,segment").required();
  leaf.add_option("--describe", options->describe, "JSON: each segment's size, centre, names and stability, and how k was chosen");
  leaf.add_option("--method", options->method, "kmeans, kmedoids or mixture").show_default();
  leaf.add_option("--drop", options->drop, "Columns not to group by").list();
  leaf.add_option("--previous", options->previous, "The id,segment file (or its folder, with segments.csv) of an earlier run, whose numbers are kept");
  leaf.add_flag("--rfm", options->rfm, "DATA are transactions: group by recency, frequency and monetary value (found out when not said)");
  leaf.add_option("--customer", options->columns.customer, "Transactions: column of the customer");
  leaf.add_option("--time", options->columns.time, "Transactions: column of the time");
  leaf.add_option("--amount", options->columns.amount, "Transactions: column of the money, or PRICE*QUANTITY");
  leaf.add_option("--order", options->columns.order, "Transactions: column of the order's number; purchase days are orders without it");
  leaf.add_option("--as-of", options->as_of, "Transactions: recency counts from here; the newest purchase when absent");
  leaf.add_option("--profiles", options->profiles, "Transactions: customer,recency_days,frequency,monetary,r,f,m,rfm_group,…");
  leaf.add_option("--rejects", options->rejects, "Where to keep bad rows, with line and reason");
  leaf.add_option("--seed", options->seed, "Seed of the starts and samples").show_default();
  leaf.add_flag("--json", options->json, "Print one JSON object");
  leaf.footer("Example: furrow segment orders.csv --customer customer_id --time date --amount total --out segments.csv --describe segments.json");
  jobs.add(leaf, [options] { return run(*options); }, &options->json);
}

}  // namespace furrow::cli
