#include "identity/linkage_config.h"

#include <fmt/format.h>

#include "base/yaml.h"
#include "govern/enumerations.h"
#include "table/files.h"

namespace furrow::identity {
namespace {

Duplicates read_duplicates(const YamlNode& node, Duplicates fallback) {
  std::string text = node.text("duplicates", "");
  if (text.empty()) return fallback;
  if (text == "auto") return Duplicates::kAuto;
  if (text == "never") return Duplicates::kNever;
  if (text == "allowed") return Duplicates::kAllowed;
  node.fault("duplicates must be auto, never or allowed, not \"" + text + "\"");
  return fallback;
}

void read_columns(const YamlNode& node, ColumnChoice& choice) {
  node.only({"ignore", "kinds", "same"});
  choice.ignore = node.texts("ignore");
  if (auto kinds = node.find("kinds")) {
    for (const auto& [name, value] : kinds->entries()) {
      auto kind = parse_field_kind(value.scalar());
      if (kind.ok()) {
        choice.kinds.emplace_back(name, *kind);
      } else {
        value.fault(kind.error().message());
      }
    }
  }
  if (auto same = node.find("same")) {
    for (const YamlNode& group : same->items()) {
      std::vector<std::string> names;
      for (const YamlNode& item : group.items()) names.push_back(item.scalar());
      if (names.size() < 2) group.fault("a group of columns that mean the same needs at least two");
      choice.same.push_back(std::move(names));
    }
  }
}

}  // namespace

Result<LinkConfig> load_link_config(const std::filesystem::path& path) {
  Diagnostics diagnostics;
  LinkConfig config;
  auto root = YamlNode::load(path.string(), diagnostics);
  if (root) {
    root->only({"id", "threshold", "duplicates", "seed", "sources", "columns", "labels"});
    config.ids = root->texts("id");
    config.options.threshold = root->number("threshold", config.options.threshold, 1e-6, 1 - 1e-6);
    config.options.duplicates = read_duplicates(*root, config.options.duplicates);
    config.options.seed = static_cast<uint64_t>(root->integer("seed", 1, 0, INT64_MAX));
    if (auto sources = root->find("sources")) {
      for (const auto& [name, node] : sources->entries()) {
        node.only({"id", "duplicates"});
        if (std::string id = node.text("id"); !id.empty()) config.id_by_source.emplace_back(name, id);
        if (node.has("duplicates")) config.options.by_source.emplace_back(name, read_duplicates(node, Duplicates::kAuto));
      }
    }
    if (auto columns = root->find("columns")) read_columns(*columns, config.options.columns);
    if (std::string labels = root->text("labels"); !labels.empty()) config.labels = path.parent_path() / labels;
  }
  FURROW_TRY(diagnostics.status());
  return config;
}

Result<std::vector<NamedLabel>> read_labels(const std::filesystem::path& path) {
  FURROW_ASSIGN(table::Table data, table::read_table(path, {.delimiter = 0, .text_columns = {}, .infer_types = false}));
  std::vector<const table::Column*> columns;
  for (std::string_view name : {"left_source", "left_id", "right_source", "right_id"}) {
    FURROW_ASSIGN(const table::Column* column, data.require(name, path.string()));
    columns.push_back(column);
  }
  const table::Column* match = data.find("match");
  std::vector<NamedLabel> out;
  for (size_t row = 0; row < data.rows(); ++row) {
    const auto told = match == nullptr ? std::optional(true) : govern::read_boolean(match->to_text(row));
    if (!told) {
      return Error(ErrorCode::kInvalidFile, fmt::format("row {}: \"match\" is yes or no, not \"{}\"", row + 1, match->to_text(row))).at(path.string()).in_field("match");
    }
    out.push_back({columns[0]->to_text(row), columns[1]->to_text(row), columns[2]->to_text(row), columns[3]->to_text(row), *told});
  }
  return out;
}

}  // namespace furrow::identity
