#include "identity/linkage_files.h"

#include <fmt/format.h>

#include <cmath>
#include <set>

#include "base/ascii.h"
#include "identity/linkage_saved.h"

namespace furrow::identity {
namespace {

constexpr size_t kWholeClusterPairs = 64;  // larger clusters list only the pairs that were candidates

std::string stem_of(const std::filesystem::path& path) {
  std::string name = path.filename().string();
  return name.substr(0, name.find('.', 1));
}

// Whether the names of the columns are a record: a number, a date or an address for mail, which no column is called. A year is, in wide tables.
bool names_are_values(const table::Table& table) {
  size_t values = 0;
  for (const table::Column& column : table.columns()) {
    std::string_view name = column.name();
    bool digits = name.size() > 4 && std::all_of(name.begin(), name.end(), is_digit);
    size_t at = name.find('@');
    bool mail = at != name.npos && at > 0 && name.find('.', at) != name.npos;
    values += digits || mail || parse_day(name, DayOrder::kDayFirst).has_value();
  }
  return values > 0;
}

Status write_clusters(const LinkResult& result, const std::filesystem::path& path) {
  const LinkRecords& records = result.records;
  table::Column source("source", table::ColumnType::kText), id("id", table::ColumnType::kText);
  table::Column person("person", table::ColumnType::kInteger);
  for (table::Column* column : {&source, &id, &person}) column->reserve(records.size());
  std::vector<int64_t> number(records.size(), 0);
  int64_t people = 0;
  for (uint32_t record = 0; record < records.size(); ++record) {
    int64_t& n = number[result.person[record]];
    if (n == 0) n = ++people;
    source.append_text(records.sources()[records.source_of(record)].name);
    id.append_text(records.id(record));
    person.append_integer(n);
  }
  table::Table table;
  for (table::Column* column : {&source, &id, &person}) table.add(std::move(*column));
  return table::write_table(table, path);
}

// The accepted pairs, and those of small clusters that were no candidates but link all the same.
std::vector<ScoredPair> listed_pairs(const LinkResult& result, double threshold) {
  std::set<std::pair<uint32_t, uint32_t>> known;
  std::vector<ScoredPair> out = result.links;
  for (const ScoredPair& pair : out) known.insert({pair.a, pair.b});
  std::unordered_map<uint32_t, std::vector<uint32_t>> members;
  for (uint32_t record = 0; record < result.records.size(); ++record) {
    if (result.person[record] != record) members[result.person[record]].push_back(record);
  }
  Comparer comparer(result.records, *result.levels);
  for (auto& [person, list] : members) {
    list.insert(list.begin(), person);
    if (list.size() > kWholeClusterPairs || list.size() < 3) continue;
    for (size_t i = 0; i < list.size(); ++i) {
      for (size_t j = i + 1; j < list.size(); ++j) {
        if (known.contains({list[i], list[j]})) continue;
        double bits = result.bits(list[i], list[j], comparer);
        if (probability(bits) >= threshold) out.push_back({list[i], list[j], static_cast<float>(bits)});
      }
    }
  }
  std::sort(out.begin(), out.end(), [](const ScoredPair& x, const ScoredPair& y) { return x.a != y.a ? x.a < y.a : x.b < y.b; });
  return out;
}

Status write_pairs(const LinkResult& result, double threshold, const std::filesystem::path& path, uint64_t& count) {
  const LinkRecords& records = result.records;
  std::vector<table::Column> columns;
  for (const char* name : {"left_source", "left_id", "right_source", "right_id"}) columns.emplace_back(name, table::ColumnType::kText);
  columns.emplace_back("probability", table::ColumnType::kNumber);
  columns.emplace_back("evidence", table::ColumnType::kText);
  Comparer comparer(records, *result.levels);
  Levels levels{};
  for (const ScoredPair& pair : listed_pairs(result, threshold)) {
    comparer.compare(pair.a, pair.b, levels);
    auto evidence = result.model->explain(levels, records.codes(pair.a), records.codes(pair.b), records.source_of(pair.a) == records.source_of(pair.b));
    double total = 0;
    for (const LinkEvidence& piece : evidence) total += piece.bits;
    columns[0].append_text(records.sources()[records.source_of(pair.a)].name);
    columns[1].append_text(records.id(pair.a));
    columns[2].append_text(records.sources()[records.source_of(pair.b)].name);
    columns[3].append_text(records.id(pair.b));
    columns[4].append_number(std::round(probability(pair.bits) * 1e6) / 1e6);
    std::string text = waterfall(evidence, total);
    if (std::abs(total - static_cast<double>(pair.bits)) > 0.05) text += " (a person's answer decides)";
    columns[5].append_text(text);
    ++count;
  }
  table::Table table;
  for (table::Column& column : columns) table.add(std::move(column));
  return table::write_table(table, path);
}

}  // namespace

Status load_link_inputs(const LinkFilesRequest& request, LinkInputs& loaded, LinkFilesReport& report) {
  std::set<std::string> names, sought(request.config.ids.begin(), request.config.ids.end());
  loaded.tables.reserve(request.files.size());
  for (const auto& path : request.files) {
    table::ReadReport read;
    FURROW_ASSIGN(table::Table table, table::read_table(path, {.delimiter = 0, .text_columns = {}, .infer_types = false}, &read));
    LinkFilesReport::Source source{.name = stem_of(path), .id_column = {}, .rows = table.rows(), .rejected = read.rejected, .records = 0};
    for (int n = 2; !names.insert(source.name).second; ++n) source.name = fmt::format("{}_{}", stem_of(path), n);
    if (names_are_values(table)) {
      report.notes.push_back(fmt::format("{}: the first line looks like a record, not like names of columns; it is taken for names, so put a header above it", source.name));
    }
    for (table::Reject& reject : read.rejects) {
      if (request.files.size() > 1) reject.reason = fmt::format("{}: {}", source.name, reject.reason);
      report.rejects.push_back(std::move(reject));
    }
    std::vector<std::string> wanted;
    for (const auto& [name, id] : request.config.id_by_source) {
      if (name == source.name) wanted.push_back(id);
    }
    if (!wanted.empty() && table.find(wanted[0]) == nullptr) {
      FURROW_TRY(table.require(wanted[0], path.string()));
    }
    wanted.insert(wanted.end(), request.config.ids.begin(), request.config.ids.end());
    wanted.emplace_back("id");
    int id = -1;
    for (const std::string& name : wanted) {
      const table::Column* column = table.find(name);
      if (column == nullptr) continue;
      sought.erase(name);
      id = static_cast<int>(column - table.columns().data());
      source.id_column = column->name();
      break;
    }
    loaded.tables.push_back(std::move(table));
    loaded.inputs.push_back({source.name, &loaded.tables.back(), id, {}});
    for (size_t row = 0; read.rejected > 0 && row < source.rows; ++row) loaded.inputs.back().numbers.push_back(read.number_in_file(row));
    report.sources.push_back(std::move(source));
  }
  if (!sought.empty() && sought.size() == request.config.ids.size()) {
    FURROW_TRY(loaded.tables[0].require(*sought.begin(), request.files[0].string()));
  }
  return {};
}

std::string waterfall(const std::vector<LinkEvidence>& evidence, double total) {
  std::string out;
  for (const LinkEvidence& piece : evidence) {
    if (!out.empty()) out += " | ";
    out += piece.level.empty() || piece.comparison == "prior" ? fmt::format("{} {:+.1f}", piece.comparison, piece.bits)
                                                              : fmt::format("{}: {} {:+.1f}", piece.comparison, piece.level, piece.bits);
  }
  return out + fmt::format(" = {:.1f} bits", total);
}

Result<LinkFilesReport> link_files(const LinkFilesRequest& request) {
  if (!request.against.empty()) return link_files_against(request);
  LinkFilesReport report;
  LinkInputs loaded;
  FURROW_TRY(load_link_inputs(request, loaded, report));
  LinkOptions options = request.config.options;
  if (!request.config.labels.empty()) {
    FURROW_ASSIGN(options.labels, read_labels(request.config.labels));
  }
  FURROW_ASSIGN(std::unique_ptr<LinkResult> result, link(loaded.inputs, options));
  if (!request.save.empty()) FURROW_TRY(save_linkage(*result, loaded.inputs, request.save));
  loaded.tables.clear();
  FURROW_TRY(write_clusters(*result, request.clusters));
  report.links = result->links.size();
  if (!request.pairs.empty()) {
    report.links = 0;
    FURROW_TRY(write_pairs(*result, options.threshold, request.pairs, report.links));
  }
  for (size_t s = 0; s < report.sources.size(); ++s) {
    report.sources[s].records = result->records.sources()[s].count;
    report.sources[s].clean = result->clean[s];
    report.sources[s].duplicate_share = result->duplicate_share[s];
  }
  report.records = result->records.size();
  report.people = result->people;
  report.candidates = result->candidates;
  report.learned_from_labels = result->learned_from_labels;
  report.expected_across = result->model->expected_matches(false);
  report.expected_within = result->model->expected_matches(true);
  report.expected_kin = result->model->expected_kin(false) + result->model->expected_kin(true);
  report.fields = result->records.plans();
  report.weights = result->model->weights();
  report.stages = result->stages;
  return report;
}

}  // namespace furrow::identity
