#include "identity/linkage_saved.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/files.h"
#include "base/ids.h"

namespace furrow::identity {
namespace {

constexpr std::string_view kMagic = "furrow linkage\n";
constexpr uint8_t kForm = 3;
constexpr size_t kMaxBytes = size_t{16} << 30;

// Columns that no field reads keep their name only.
std::vector<bool> columns_used(const LinkRecords& records, size_t source, const LinkSourceInput& input) {
  std::vector<bool> used(input.table->column_count(), false);
  for (const FieldPlan& plan : records.plans()) {
    for (int column : plan.columns[source]) used[static_cast<size_t>(column)] = true;
  }
  if (input.id_column >= 0) used[static_cast<size_t>(input.id_column)] = true;
  return used;
}

void write_plans(const LinkRecords& records, ByteWriter& out) {
  out.varint(records.plans().size());
  for (const FieldPlan& plan : records.plans()) {
    out.bytes(plan.name);
    out.u8(static_cast<uint8_t>(plan.kind));
    out.u8(static_cast<uint8_t>(plan.order));
    out.u8(static_cast<uint8_t>((plan.zero_is_missing ? 1 : 0) | (plan.identifying ? 2 : 0)));
    for (const auto& columns : plan.columns) {
      out.varint(columns.size());
      for (int column : columns) out.varint(static_cast<uint64_t>(column));
    }
  }
}

struct Tables {
  std::vector<table::Table> tables;
  std::vector<LinkSourceInput> inputs;
};

void write_tables(const LinkRecords& records, const std::vector<LinkSourceInput>& inputs, ByteWriter& out) {
  out.varint(inputs.size());
  for (size_t s = 0; s < inputs.size(); ++s) {
    const table::Table& table = *inputs[s].table;
    out.bytes(inputs[s].name);
    out.varint(static_cast<uint64_t>(inputs[s].id_column + 1));
    out.varint(table.rows());
    out.varint(table.column_count());
    std::vector<bool> used = columns_used(records, s, inputs[s]);
    for (size_t c = 0; c < table.column_count(); ++c) {
      const table::Column& column = table.column(c);
      out.bytes(column.name());
      out.u8(used[c] ? 1 : 0);
      for (size_t row = 0; used[c] && row < table.rows(); ++row) {
        if (column.is_null(row)) out.bytes("");
        else if (column.type() == table::ColumnType::kText) out.bytes(column.text(row));
        else out.bytes(column.to_text(row));
      }
    }
  }
}

bool read_tables(ByteReader& in, Tables& out) {
  uint64_t sources = in.varint();
  if (!in.ok() || sources == 0 || sources > 255) return false;
  out.tables.reserve(sources);
  for (uint64_t s = 0; s < sources; ++s) {
    std::string name(in.bytes());
    uint64_t id = in.varint(), rows = in.varint(), columns = in.varint();
    if (!in.ok() || rows > in.remaining() || columns > in.remaining() || id > columns) return false;
    table::Table table;
    for (uint64_t c = 0; c < columns; ++c) {
      table::Column column(std::string(in.bytes()), table::ColumnType::kText);
      bool used = in.u8() != 0;
      for (uint64_t row = 0; row < rows && in.ok(); ++row) {
        std::string_view cell = used ? in.bytes() : std::string_view();
        cell.empty() ? column.append_null() : column.append_text(cell);
      }
      if (!in.ok()) return false;
      table.add(std::move(column));
    }
    out.tables.push_back(std::move(table));
    out.inputs.push_back({std::move(name), &out.tables.back(), static_cast<int>(id) - 1, {}});
  }
  return true;
}

bool read_plans(ByteReader& in, const Tables& tables, std::vector<FieldPlan>& plans) {
  for (uint64_t n = in.varint(); n > 0; --n) {
    FieldPlan plan;
    plan.name = in.bytes();
    uint8_t kind = in.u8(), order = in.u8(), flags = in.u8();
    if (!in.ok() || kind > static_cast<uint8_t>(FieldKind::kNumber)) return false;
    plan.kind = static_cast<FieldKind>(kind);
    plan.order = static_cast<DayOrder>(order);
    plan.zero_is_missing = (flags & 1) != 0;
    plan.identifying = (flags & 2) != 0;
    for (const LinkSourceInput& input : tables.inputs) {
      std::vector<int>& columns = plan.columns.emplace_back();
      for (uint64_t c = in.varint(); c > 0; --c) {
        uint64_t column = in.varint();
        if (!in.ok() || column >= input.table->column_count()) return false;
        columns.push_back(static_cast<int>(column));
      }
    }
    plans.push_back(std::move(plan));
  }
  return in.ok();
}

bool read_people(ByteReader& in, LinkResult& linked) {
  size_t n = linked.records.size();
  if (in.varint() != n) return false;
  linked.person.resize(n);
  for (uint32_t& person : linked.person) {
    person = static_cast<uint32_t>(in.varint());
    if (person >= n) return false;
  }
  for (uint32_t record = 0; record < n; ++record) linked.people += linked.person[record] == record;
  for (size_t s = 0; s < linked.records.sources().size(); ++s) {
    linked.clean.push_back(in.u8() != 0);
    linked.duplicate_share.push_back(in.f64());
  }
  for (uint64_t answers = in.varint(); answers > 0 && in.ok(); --answers) {
    PairKey pair = in.u64();
    linked.answers[pair] = in.u8() != 0;
  }
  linked.threshold_bits = in.f64();
  return in.ok();
}

}  // namespace

Status save_linkage(const LinkResult& linked, const std::vector<LinkSourceInput>& inputs, const std::filesystem::path& path) {
  std::string bytes(kMagic);
  ByteWriter out(bytes);
  out.u8(kForm);
  write_tables(linked.records, inputs, out);
  write_plans(linked.records, out);
  linked.model->write(out);
  out.varint(linked.person.size());
  for (uint32_t person : linked.person) out.varint(person);
  for (size_t s = 0; s < inputs.size(); ++s) {
    out.u8(linked.clean[s] ? 1 : 0);
    out.f64(linked.duplicate_share[s]);
  }
  std::vector<std::pair<PairKey, bool>> answers(linked.answers.begin(), linked.answers.end());
  std::sort(answers.begin(), answers.end());
  out.varint(answers.size());
  for (const auto& [pair, one] : answers) {
    out.u64(pair);
    out.u8(one ? 1 : 0);
  }
  out.f64(linked.threshold_bits);
  out.u64(hash64(bytes));
  return write_file_atomically(path, bytes, 0600);
}

Result<std::unique_ptr<LinkResult>> load_linkage(const std::filesystem::path& path) {
  FURROW_ASSIGN(std::string bytes, read_file(path, kMaxBytes));
  Error damaged(ErrorCode::kInvalidFile, fmt::format("{} is no saved linkage, or it is damaged; link the files again with --save", path.string()));
  if (!bytes.starts_with(kMagic) || bytes.size() < kMagic.size() + 9) return damaged;
  if (bytes[kMagic.size()] != kForm) return Error(ErrorCode::kInvalidFile, fmt::format("{} was written by another version; link the files again with --save", path.string()));
  std::string_view body(bytes.data(), bytes.size() - 8);
  if (ByteReader(std::string_view(bytes).substr(body.size())).u64() != hash64(body)) return damaged;
  ByteReader in(body.substr(kMagic.size() + 1));
  Tables tables;
  std::vector<FieldPlan> plans;
  if (!read_tables(in, tables) || !read_plans(in, tables, plans)) return damaged;
  FURROW_ASSIGN(LinkRecords records, LinkRecords::build(tables.inputs, std::move(plans)));
  auto linked = std::make_unique<LinkResult>(std::move(records));
  linked->levels = std::make_unique<LevelSet>(linked->records);
  linked->model = std::make_unique<LinkModel>(linked->records, *linked->levels);
  if (!linked->model->read(in) || !read_people(in, *linked) || !in.at_end()) return damaged;
  return linked;
}

}  // namespace furrow::identity
