// Record linkage on the shared data sets: F1 on pairs, time and memory, with one configuration for all of them.
//   build/bench/link_bench DATA_FOLDER [NAME]
#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <map>
#include <set>

#include "identity/linkage.h"
#include "table/files.h"

using namespace furrow;
using namespace furrow::identity;

namespace {

struct Set {
  std::string name, folder;
  std::vector<std::string> files;
  std::string id;
  std::string mapping;  // "" when the truth is in the ids (rec-N-…)
};

using Pair = std::pair<std::string, std::string>;

std::string stem(std::string file) { return file.substr(0, file.find('.')); }
std::string entity(const std::string& id) {
  size_t from = id.find('-') + 1;
  return id.substr(from, id.find('-', from) - from);
}

std::set<Pair> true_pairs(const Set& set, const std::filesystem::path& folder, const LinkRecords& records) {
  std::set<Pair> out;
  if (!set.mapping.empty()) {
    auto table = table::read_table(folder / set.mapping, {.infer_types = false}).value();
    auto add = [&](const std::string& a, const std::string& b) { out.insert({"0" + a, "1" + b}); };
    if (table.column(0).name().find("id") == std::string::npos) add(table.column(0).name(), table.column(1).name());
    for (size_t row = 0; row < table.rows(); ++row) add(table.column(0).to_text(row), table.column(1).to_text(row));
    return out;
  }
  std::map<std::string, std::vector<uint32_t>> groups;
  for (uint32_t r = 0; r < records.size(); ++r) groups[entity(records.id(r))].push_back(r);
  for (const auto& [key, members] : groups) {
    for (size_t i = 0; i < members.size(); ++i) {
      for (size_t j = i + 1; j < members.size(); ++j) {
        if (records.sources().size() > 1 && records.source_of(members[i]) == records.source_of(members[j])) continue;
        out.insert({std::to_string(records.source_of(members[i])) + records.id(members[i]), std::to_string(records.source_of(members[j])) + records.id(members[j])});
      }
    }
  }
  return out;
}

void run(const Set& set, const std::filesystem::path& root) {
  std::vector<table::Table> tables;
  auto start = std::chrono::steady_clock::now();
  for (const std::string& file : set.files) {
    auto table = table::read_table(root / set.folder / file, {.infer_types = false});
    if (!table.ok()) {
      fmt::print("{}: {}\n", set.name, table.error().to_string());
      return;
    }
    tables.push_back(std::move(table).value());
  }
  std::vector<LinkSourceInput> inputs;
  for (size_t i = 0; i < tables.size(); ++i) {
    int id = -1;
    for (size_t c = 0; c < tables[i].column_count(); ++c) {
      if (tables[i].column(c).name() == set.id) id = static_cast<int>(c);
    }
    inputs.push_back({stem(set.files[i]), &tables[i], id});
  }
  LinkOptions options;
  if (const char* dirty = std::getenv("DIRTY")) options.by_source = {{dirty, Duplicates::kAllowed}};
  auto linked = link(inputs, options);
  double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (!linked.ok()) {
    fmt::print("{}: {}\n", set.name, linked.error().to_string());
    return;
  }
  LinkResult& result = **linked;
  const LinkRecords& records = result.records;
  auto truth = true_pairs(set, root / set.folder, records);
  std::map<uint32_t, std::vector<uint32_t>> clusters;
  for (uint32_t r = 0; r < records.size(); ++r) clusters[result.person[r]].push_back(r);
  size_t found = 0, right = 0;
  auto known = [&](uint32_t a, uint32_t b) {
    std::string x = std::to_string(records.source_of(a)) + records.id(a), y = std::to_string(records.source_of(b)) + records.id(b);
    return truth.contains({x, y}) || truth.contains({y, x});
  };
  for (const auto& [label, members] : clusters) {
    for (size_t i = 0; i < members.size(); ++i) {
      for (size_t j = i + 1; j < members.size(); ++j) {
        if (inputs.size() > 1 && records.source_of(members[i]) == records.source_of(members[j])) continue;
        ++found;
        right += known(members[i], members[j]);
      }
    }
  }
  double precision = static_cast<double>(right) / static_cast<double>(std::max<size_t>(1, found)), recall = static_cast<double>(right) / static_cast<double>(truth.size());
  fmt::print("{:<16} {:>5} true {:>5} found {:>5} right  precision {:.4f}  recall {:.4f}  F1 {:.4f}  {:.2f} s\n", set.name, truth.size(), found, right,
             precision, recall, 2 * precision * recall / std::max(1e-9, precision + recall), seconds);
  if (std::getenv("DETAIL") == nullptr) return;
  for (const auto& stage : result.stages) fmt::print("    {:<14} {:.3f} s  {}\n", stage.name, stage.seconds, stage.count);
  fmt::print("    candidates {}  expected {:.0f} across, {:.0f} within\n", result.candidates, result.model->expected_matches(false), result.model->expected_matches(true));
  for (const auto& rule : result.rules) fmt::print("    rule {}: {:.0f} pairs, {:.3f} of matches\n", rule.name, rule.estimated_pairs, rule.matches_found);
  for (size_t s = 0; s < inputs.size(); ++s) fmt::print("    {}: duplicates {:.4f} clean {}\n", inputs[s].name, result.duplicate_share[s], static_cast<bool>(result.clean[s]));
  for (const auto& w : result.model->weights()) {
    fmt::print("    {} ({})\n", w.name, w.kind);
    for (size_t l = 1; l < w.levels.size() && l < 30; ++l) fmt::print("        {:<32} m {:.4f} u {:.7f} bits {:+.1f}\n", w.levels[l], w.m[l], w.u[l], w.bits[l]);
  }
  if (std::string(std::getenv("DETAIL")) != "errors") return;
  Comparer comparer(records, *result.levels);
  auto show = [&](const char* what, uint32_t a, uint32_t b) {
    Levels levels{};
    if (a > b) std::swap(a, b);
    comparer.compare(a, b, levels);
    bool within = records.source_of(a) == records.source_of(b);
    fmt::print("{} {} {}  {:.1f} bits\n", what, records.id(a), records.id(b), result.model->bits(levels, records.codes(a), records.codes(b), within));
    for (size_t f = 0; f < records.fields().size(); ++f) fmt::print("      {:<14} {} | {}\n", records.fields()[f].name, records.value(a, f).text, records.value(b, f).text);
    for (const auto& e : result.model->explain(levels, records.codes(a), records.codes(b), within)) fmt::print("        {:+.1f} {}: {}\n", e.bits, e.comparison, e.level);
  };
  std::map<std::string, uint32_t> by_id;
  for (uint32_t r = 0; r < records.size(); ++r) by_id[std::to_string(records.source_of(r)) + records.id(r)] = r;
  size_t shown = 0;
  for (const auto& [x, y] : truth) {
    if (!by_id.contains(x) || !by_id.contains(y)) { fmt::print("unknown id {} {}\n", x, y); continue; }
    uint32_t a = by_id[x], b = by_id[y];
    if (result.person[a] != result.person[b] && ++shown <= 40) show("MISSED", a, b);
  }
  shown = 0;
  for (const auto& [label, members] : clusters) {
    for (size_t i = 0; i < members.size(); ++i) {
      for (size_t j = i + 1; j < members.size(); ++j) {
        if (inputs.size() > 1 && records.source_of(members[i]) == records.source_of(members[j])) continue;
        if (!known(members[i], members[j]) && ++shown <= 40) show("WRONG", members[i], members[j]);
      }
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print("usage: link_bench DATA_FOLDER [NAME]\n");
    return 2;
  }
  std::vector<Set> sets;
  for (std::string n : {"1", "2", "3"}) sets.push_back({"febrl" + n, "febrl", {"dataset" + n + ".csv.gz"}, "rec_id", ""});
  sets.push_back({"febrl4", "febrl", {"dataset4a.csv.gz", "dataset4b.csv.gz"}, "rec_id", ""});
  sets.push_back({"dblp_acm", "dblp_acm", {"DBLP2.csv.gz", "ACM.csv.gz"}, "id", "DBLP-ACM_perfectMapping.csv.gz"});
  sets.push_back({"amazon_google", "amazon_google", {"Amazon.csv.gz", "GoogleProducts.csv.gz"}, "id", "Amzon_GoogleProducts_perfectMapping.csv.gz"});
  for (const Set& set : sets) {
    if (argc < 3 || set.name == argv[2]) run(set, argv[1]);
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  fmt::print("peak memory {} MB\n", usage.ru_maxrss / 1024);
}
