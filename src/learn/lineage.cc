#include "learn/lineage.h"

#include <simdjson.h>

namespace furrow::learn {

Result<Lineage> parse_lineage(std::string_view text) {
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  if (parser.parse(text.data(), text.size()).get(document) != simdjson::SUCCESS || !document.is_object()) {
    return Error(ErrorCode::kModelMismatch, "the lineage of the model cannot be read");
  }
  Lineage lineage;
  auto read = [&](const char* name, std::string& out) {
    std::string_view value;
    if (document[name].get(value) == simdjson::SUCCESS) out = value;
  };
  auto count = [&](const char* name, int64_t& out) {
    if (document[name].get(out) != simdjson::SUCCESS) out = 0;
  };
  read("created", lineage.created);
  read("furrow", lineage.furrow);
  read("data_file", lineage.data_file);
  read("data_hash", lineage.data_hash);
  read("target", lineage.target);
  read("positive", lineage.positive);
  read("task", lineage.task);
  read("id", lineage.id);
  read("time", lineage.time);
  read("group", lineage.group);
  read("split", lineage.split);
  count("rows", lineage.rows);
  count("rows_cross_validated", lineage.rows_cross_validated);
  count("inputs", lineage.inputs);
  count("rounds", lineage.rounds);
  count("depth", lineage.depth);
  count("seed", lineage.seed);
  return lineage;
}

}  // namespace furrow::learn
