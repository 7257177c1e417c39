// New files against a linkage that was saved: each record against the people that are known and those before it in the files.
#include <fmt/format.h>

#include <cmath>
#include <unordered_map>

#include "identity/linkage_choice.h"
#include "identity/linkage_files.h"
#include "identity/linkage_saved.h"

namespace furrow::identity {
namespace {

class Against {
 public:
  Against(std::unique_ptr<LinkResult> saved, double least_bits) : index_(std::move(saved)), least_bits_(least_bits) {
    const LinkResult& linked = index_.linked();
    person_.resize(linked.person.size());
    std::vector<uint64_t> number(linked.person.size(), 0);
    for (uint32_t record = 0; record < linked.person.size(); ++record) {
      uint64_t& n = number[linked.person[record]];
      if (n == 0) n = ++people_;
      person_[record] = n;
      members_[n].push_back(record);
      places_.emplace(place(linked.records.sources()[linked.records.source_of(record)].name, linked.records.id(record)), record);
    }
    known_people_ = people_;
    choice_.person_of = [this](uint32_t record) { return person_[record]; };
    choice_.records_of = [this](uint64_t person) { return members_[person]; };
  }

  struct Linked {
    uint64_t person = 0;
    std::optional<LinkFound> pair;  // none: a new person, or a record that is known by its id
  };
  Result<Linked> add(const std::string& source, const std::string& id, const LinkIndex::Cells& cells) {
    std::vector<LinkRow> own;
    own.push_back(index_.prepare_to_keep(source, cells));
    Linked out;
    if (auto known = places_.find(place(source, id)); known != places_.end()) out.person = person_[known->second];
    if (out.person == 0) {
      for (LinkChoice& choice : choose_people(index_, own, index_.find(own[0], kFound, least_bits_), choice_)) {
        if (!choice.joins) continue;
        out.person = choice.person;
        out.pair = std::move(choice.best);
        break;
      }
    }
    if (out.person == 0) out.person = ++people_;
    FURROW_ASSIGN(uint32_t record, index_.add(std::move(own[0]), id));
    person_.push_back(out.person);
    names_.push_back(source);
    members_[out.person].push_back(record);
    places_.emplace(place(source, id), record);
    return out;
  }
  const std::string& source_name(uint32_t record) const {
    const LinkRecords& records = index_.linked().records;
    return record < records.size() ? records.sources()[records.source_of(record)].name : names_[record - records.size()];
  }
  const LinkIndex& index() const { return index_; }
  uint64_t fresh_people() const { return people_ - known_people_; }

 private:
  static constexpr size_t kFound = 16;
  static std::string place(const std::string& source, const std::string& id) { return source + '\n' + id; }
  LinkIndex index_;
  double least_bits_;
  std::vector<uint64_t> person_;  // by record, from 1
  std::vector<std::string> names_;
  std::unordered_map<uint64_t, std::vector<uint32_t>> members_;
  std::unordered_map<std::string, uint32_t> places_;
  LinkPeople choice_;
  uint64_t people_ = 0, known_people_ = 0;
};

struct Written {
  std::vector<table::Column> clusters, pairs;
  Written() {
    for (const char* name : {"source", "id"}) clusters.emplace_back(name, table::ColumnType::kText);
    clusters.emplace_back("person", table::ColumnType::kInteger);
    for (const char* name : {"left_source", "left_id", "right_source", "right_id"}) pairs.emplace_back(name, table::ColumnType::kText);
    pairs.emplace_back("probability", table::ColumnType::kNumber);
    pairs.emplace_back("evidence", table::ColumnType::kText);
  }
  void add(const Against& against, const std::string& source, const std::string& id, const Against::Linked& linked) {
    clusters[0].append_text(source);
    clusters[1].append_text(id);
    clusters[2].append_integer(static_cast<int64_t>(linked.person));
    if (!linked.pair) return;
    pairs[0].append_text(source);
    pairs[1].append_text(id);
    pairs[2].append_text(against.source_name(linked.pair->record));
    pairs[3].append_text(against.index().id(linked.pair->record));
    pairs[4].append_number(std::round(probability(linked.pair->bits) * 1e6) / 1e6);
    pairs[5].append_text(waterfall(linked.pair->evidence, linked.pair->bits));
  }
};

Status write(std::vector<table::Column> columns, const std::filesystem::path& path) {
  table::Table table;
  for (table::Column& column : columns) table.add(std::move(column));
  return table::write_table(table, path);
}

}  // namespace

Result<LinkFilesReport> link_files_against(const LinkFilesRequest& request) {
  LinkFilesReport report;
  LinkInputs loaded;
  FURROW_TRY(load_link_inputs(request, loaded, report));
  FURROW_ASSIGN(auto saved, load_linkage(request.against));
  double least = request.threshold_told ? std::log2(request.config.options.threshold / (1 - request.config.options.threshold)) : saved->threshold_bits;
  report.fields = saved->records.plans();
  report.weights = saved->model->weights();
  Against against(std::move(saved), least);
  Written written;
  for (size_t s = 0; s < loaded.inputs.size(); ++s) {
    const LinkSourceInput& input = loaded.inputs[s];
    const table::Table& table = *input.table;
    LinkIndex::Cells cells;
    for (size_t row = 0; row < table.rows(); ++row) {
      cells.clear();
      for (const table::Column& column : table.columns()) {
        if (!column.is_null(row)) cells.emplace_back(column.name(), column.to_text(row));
      }
      std::string id = input.id_column < 0 ? input.number(row) : table.column(static_cast<size_t>(input.id_column)).to_text(row);
      if (id.empty()) id = input.number(row);
      FURROW_ASSIGN(auto linked, against.add(input.name, id, cells));
      written.add(against, input.name, id, linked);
      report.links += linked.pair.has_value();
    }
    report.sources[s].records = table.rows();
    report.records += table.rows();
    if (request.config.options.progress) request.config.options.progress(static_cast<double>(s + 1) / static_cast<double>(loaded.inputs.size()), report.records);
  }
  report.people = against.fresh_people();
  FURROW_TRY(write(std::move(written.clusters), request.clusters));
  if (!request.pairs.empty()) FURROW_TRY(write(std::move(written.pairs), request.pairs));
  return report;
}

}  // namespace furrow::identity
