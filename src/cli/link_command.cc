// `furrow link`: the same person in one file or several, without labels.
#include <fmt/format.h>

#include <chrono>
#include <iostream>

#include "base/json.h"
#include "base/progress.h"
#include "cli/commands.h"
#include "cli/outputs.h"
#include "identity/linkage_files.h"

namespace furrow::cli {
namespace {

struct LinkOptions {
  std::vector<std::string> files, id;
  std::string config, out, pairs, rejects, save, against;
  double threshold = -1;
  std::optional<uint64_t> seed;
  bool json = false;
};

void print_json(const LinkOptions& options, const identity::LinkFilesReport& report) {
  std::string text;
  JsonWriter json(text);
  json.begin_object().field("records", report.records).field("people", report.people).field("pairs", report.links);
  uint64_t rejected = 0;
  for (const auto& source : report.sources) rejected += source.rejected;
  json.field("candidates", report.candidates).field("rejected", rejected).field("labels", report.learned_from_labels);
  json.field("expected_matches_across", report.expected_across).field("expected_matches_within", report.expected_within);
  json.field("expected_kin", report.expected_kin);
  json.key("sources").begin_array();
  for (const auto& source : report.sources) {
    json.begin_object().field("source", source.name).field("id_column", source.id_column).field("rows", source.rows);
    json.field("rejected", source.rejected).field("records", source.records);
    json.field("duplicate_share", source.duplicate_share).field("one_record_a_person", source.clean).end_object();
  }
  json.end_array().key("fields").begin_array();
  for (const auto& field : report.fields) json.begin_object().field("name", field.name).field("kind", identity::to_string(field.kind)).end_object();
  json.end_array().key("weights").begin_array();
  for (const auto& weight : report.weights) {
    json.begin_object().field("comparison", weight.name).key("levels").begin_array();
    for (size_t l = 1; l < weight.levels.size(); ++l) {
      json.begin_object().field("level", weight.levels[l]).field("m", weight.m[l]).field("u", weight.u[l]).field("bits", weight.bits[l]).end_object();
    }
    json.end_array().end_object();
  }
  json.end_array().key("notes").begin_array();
  for (const std::string& note : report.notes) json.text(note);
  json.end_array().field("out", options.out);
  if (!options.pairs.empty()) json.field("pairs_out", options.pairs);
  json.end_object();
  std::cout << text << '\n';
}

void print_text(const LinkOptions& options, const identity::LinkFilesReport& report, double seconds) {
  for (const auto& source : report.sources) {
    fmt::print("{}: {} records (id: {}){}{}\n", source.name, source.records, source.id_column.empty() ? "row number" : source.id_column,
               source.rejected > 0 ? fmt::format(", {} rows rejected", source.rejected) : "",
               report.sources.size() == 1 || !options.against.empty() ? "" : source.clean ? ", one record a person" : ", repeats people");
  }
  for (const std::string& note : report.notes) fmt::print("{}\n", note);
  fmt::print("{:<24} {:<11} {:>7} {:>7}\n", "evidence", "kind", "agree", "differ");
  for (const auto& weight : report.weights) {
    double most = -99, least = 99;
    for (size_t l = 1; l < weight.bits.size(); ++l) {
      if (weight.m[l] < 0.005 && weight.u[l] < 0.005) continue;
      most = std::max(most, weight.bits[l]);
      least = std::min(least, weight.bits[l]);
    }
    fmt::print("{:<24} {:<11} {:>+7.1f} {:>+7.1f}\n", weight.name, weight.kind, most, least);
  }
  if (report.expected_kin >= 1) {
    fmt::print("about {:.0f} pairs are alike in phone or address and differ in names and birthdays: two of one household or series, weighed as such\n", report.expected_kin);
  }
  if (report.learned_from_labels > 0) fmt::print("{} labelled pairs taught the weights\n", report.learned_from_labels);
  if (options.against.empty()) {
    fmt::print("{} records are {} people; {} pairs of {} candidates, in {:.1f} s\n", report.records, report.people, report.links, report.candidates, seconds);
  } else {
    const uint64_t known = report.records - report.links - report.people;  // whose source and id the saved linkage has
    fmt::print("{} records: {}{} found among the known, {} new people, in {:.1f} s\n", report.records, known == 0 ? "" : fmt::format("{} known by their ids, ", known),
               report.links, report.people, seconds);
  }
  fmt::print("written to {}{}\n", options.out, options.pairs.empty() ? "" : " and " + options.pairs);
  if (!report.rejects.empty() && options.rejects.empty()) {
    fmt::print("first rejected: line {}: {}  (--rejects FILE keeps all)\n", report.rejects[0].line, report.rejects[0].reason);
  }
}

Status run(const LinkOptions& options) {
  auto start = std::chrono::steady_clock::now();
  std::vector<std::string> read = options.files;
  read.insert(read.end(), {options.config, options.against});
  FURROW_TRY(check_outputs(read, {{"--out", options.out}, {"--pairs", options.pairs}, {"--rejects", options.rejects, false}, {"--save", options.save, false}}));
  identity::LinkFilesRequest request;
  for (const std::string& file : options.files) request.files.emplace_back(file);
  if (!options.config.empty()) {
    FURROW_ASSIGN(request.config, identity::load_link_config(options.config));
  }
  if (!options.id.empty()) request.config.ids = options.id;
  if (options.threshold >= 0) request.config.options.threshold = options.threshold;
  request.threshold_told = options.threshold >= 0;
  if (!options.save.empty() && !options.against.empty()) {
    return Error(ErrorCode::kInvalidArgument, "--save keeps what was learned, and --against learns nothing; give one of the two");
  }
  request.save = options.save;
  request.against = options.against;
  if (options.seed) request.config.options.seed = *options.seed;
  request.clusters = options.out;
  request.pairs = options.pairs;
  Progress progress("link", "records");
  request.config.options.progress = [&](double share, uint64_t count) { progress.update(share, count); };
  auto report = identity::link_files(request);
  progress.clear();
  FURROW_TRY(report);
  if (!options.rejects.empty()) FURROW_TRY(table::write_rejects(report->rejects, options.rejects));
  if (options.json) {
    print_json(options, *report);
  } else {
    print_text(options, *report, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return {};
}

}  // namespace

void add_link_command(Command app, Jobs& jobs) {
  auto options = std::make_shared<LinkOptions>();
  Command leaf = app.add_subcommand("link", "Find the records that are one person (or product, or paper) in one file or several, without labels");
  leaf.add_option("FILE", options->files, "One file: duplicates in it. Several: the same in all of them. .csv .tsv .jsonl .parquet, also .gz").required();
  leaf.add_option("--id", options->id, "Column of the ids, which is never evidence; several with commas: the first that a file has. Else `id`, else row numbers")
      .list();
  leaf.add_option("--config", options->config, "YAML: ids by source, columns that mean the same, kinds, labels");
  leaf.add_option("--out", options->out, "source,id,person: a row a record").required();
  leaf.add_option("--pairs", options->pairs, "left_source,left_id,right_source,right_id,probability,evidence: a row a link, with its weights in bits");
  leaf.add_option("--threshold", options->threshold, "The least probability of a link, 0.5 when absent").between(1e-6, 1 - 1e-6);
  leaf.add_option("--save", options->save, "Keep what was learned and from which records, for --against later");
  leaf.add_option("--against", options->against, "A file of --save: link these records to its people one by one, and learn nothing");
  leaf.add_option("--rejects", options->rejects, "Where to keep bad rows, with line and reason");
  leaf.add_option("--seed", options->seed, "Seed of the random pairs");
  leaf.add_flag("--json", options->json, "Print one JSON object");
  leaf.footer("Example: furrow link crm.csv cards.csv --out people.csv --pairs why.csv");
  jobs.add(leaf, [options] { return run(*options); }, &options->json);
}

}  // namespace furrow::cli
