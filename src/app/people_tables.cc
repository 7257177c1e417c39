#include "app/people_tables.h"

#include <simdjson.h>

#include <algorithm>

#include "base/cut_text.h"

namespace furrow::app {
namespace {

constexpr size_t kMostColumns = 48, kShownValues = 24, kShownBytes = 200;

std::string text_of(const std::string& json) {
  if (json.size() >= 2 && json.front() == '"') {
    simdjson::dom::parser parser;
    simdjson::dom::element value;
    std::string_view text;
    if (!parser.parse(json).get(value) && !value.get(text)) return std::string(text);
    return {};
  }
  return json == "null" || json.starts_with('[') ? std::string() : json;
}

}  // namespace

std::vector<SourceRow> source_rows(const profile::Profile& person) {
  std::map<std::pair<std::string, ProfileId>, std::map<std::string, std::string>> rows;
  for (const auto* traits : {&person.traits, &person.shadowed}) {
    for (const auto& [name, trait] : *traits) {
      std::string text = text_of(trait.value);
      if (!text.empty()) rows[{trait.source, trait.origin ? trait.origin : person.id}][name] = std::move(text);
    }
  }
  std::vector<SourceRow> out;
  for (auto& [place, values] : rows) {
    if (values.size() >= kLeastTraits) out.push_back({place.first, place.second, std::move(values)});
  }
  return out;
}

ReviewSide review_side(const SourceRow& row) {
  ReviewSide side{row.origin, row.source, {}};
  for (const auto& [name, value] : row.values) {
    if (side.values.size() < kShownValues) side.values.emplace_back(name, cut_text(value, kShownBytes));
  }
  return side;
}

void PeopleTables::add(const profile::Profile& person) {
  std::vector<std::pair<std::string, std::string>> places;  // of one person: known to be one
  for (SourceRow& row : source_rows(person)) {
    auto& source = sources_[row.source];
    for (const auto& [name, value] : row.values) ++source.names[name];
    places.emplace_back(row.source, row.origin.to_string());
    source.at.emplace(row.origin, source.rows.size());
    source.rows.push_back(std::move(row));
  }
  for (size_t i = 1; i < places.size(); ++i) labels_.push_back({places[i - 1].first, places[i - 1].second, places[i].first, places[i].second, true});
}

const std::vector<identity::LinkSourceInput>& PeopleTables::tables() {
  inputs_.clear();
  made_.clear();
  made_.reserve(sources_.size());
  for (auto& [name, source] : sources_) {
    std::vector<std::pair<size_t, std::string>> usual;
    for (const auto& [column, times] : source.names) usual.emplace_back(times, column);
    std::sort(usual.rbegin(), usual.rend());
    if (usual.size() > kMostColumns) usual.resize(kMostColumns);
    std::sort(usual.begin(), usual.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    table::Table table;
    table::Column id("id", table::ColumnType::kText);
    for (const auto& row : source.rows) id.append_text(row.origin.to_string());
    table.add(std::move(id));
    for (const auto& [times, column_name] : usual) {
      table::Column column(column_name, table::ColumnType::kText);
      for (const auto& row : source.rows) {
        auto at = row.values.find(column_name);
        at == row.values.end() ? column.append_null() : column.append_text(at->second);
      }
      table.add(std::move(column));
    }
    made_.push_back(std::move(table));
    inputs_.push_back({name, &made_.back(), 0, {}});
  }
  return inputs_;
}

ReviewSide PeopleTables::side(const std::string& source, const std::string& id) const {
  ProfileId profile = ProfileId::parse(id).value();
  const Source& from = sources_.at(source);
  auto at = from.at.find(profile);
  return at == from.at.end() ? ReviewSide{profile, source, {}} : review_side(from.rows[at->second]);
}

std::vector<std::string> PeopleTables::sources_of(ProfileId profile) const {
  std::vector<std::string> found;
  for (const auto& [name, source] : sources_) {
    if (source.at.contains(profile)) found.push_back(name);
  }
  return found;
}

}  // namespace furrow::app
