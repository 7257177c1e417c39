// furrow people merge|split: a person says that two people are one, or that a merge was none.
#include <fmt/format.h>

#include <iostream>

#include "app/people_jobs.h"
#include "app/workspace.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/operator_name.h"

namespace furrow::cli {
namespace {

struct PeopleOptions {
  std::string workspace, data, from, into, profile, merge;
  bool json = false, only_new = false;
};

Status run(const PeopleOptions& options, bool merging) {
  FURROW_ASSIGN(auto workspace, app::Workspace::load(options.workspace));
  std::filesystem::path data = options.data.empty() ? workspace.default_data_dir() : std::filesystem::path(options.data);
  SystemClock clock;
  Logger logger(LogLevel::kWarning);
  app::PeopleJobs jobs(workspace, data, clock, logger);
  FURROW_ASSIGN(auto changed, merging ? jobs.merge(options.from, options.into, operator_name()) : jobs.split(options.profile, options.merge, operator_name()));
  if (options.json) {
    std::string out;
    JsonWriter json(out);
    json.begin_object().field("merge", std::to_string(changed.merge.value));
    if (!merging) json.field("split", std::to_string(changed.position.value));
    json.field("profile", (merging ? changed.stays : changed.leaves).to_string()).field("from", (merging ? changed.leaves : changed.stays).to_string()).end_object();
    std::cout << out << '\n';
  } else if (merging) {
    std::cout << fmt::format("{} is {} from here on\n  furrow people split {} {}\n", changed.leaves.to_string(), changed.stays.to_string(), options.workspace,
                             changed.leaves.to_string());
  } else {
    std::cout << fmt::format("{} and {} are two people, as if they had never been merged\n", changed.leaves.to_string(), changed.stays.to_string());
  }
  return {};
}

Status link(const PeopleOptions& options) {
  FURROW_ASSIGN(auto workspace, app::Workspace::load(options.workspace));
  std::filesystem::path data = options.data.empty() ? workspace.default_data_dir() : std::filesystem::path(options.data);
  SystemClock clock;
  Logger logger(LogLevel::kWarning);
  FURROW_ASSIGN(std::string report, app::PeopleJobs(workspace, data, clock, logger).link(options.only_new));
  if (options.json) {
    std::cout << report << '\n';
    return {};
  }
  Fields fields;
  FURROW_TRY(fields.parse(report));
  auto count = [&](std::string_view name) { return static_cast<uint64_t>(fields.get(name).as_number()); };
  if (options.only_new) {
    std::cout << fmt::format("{} people looked at: {} merged with somebody known, {} kept apart, {} for a person to review in {:.1f} s\n", count("lookedAt"),
                             count("merged"), count("keptApart"), count("reviews"), fields.get("seconds").as_number());
  } else {
    std::cout << fmt::format("{} records compared in {} candidate pairs; {} sure pairs merged, {} kept apart, {} for a person to review in {:.1f} s\n", count("records"),
                           count("candidates"), count("merged"), count("keptApart"), count("reviews"), fields.get("seconds").as_number());
  }
  if (count("reviews") > 0) std::cout << "  the queue is on the dashboard under Data > Review queue, and at GET /v1/reviews\n";
  return {};
}

}  // namespace

void add_people_command(Command app, Jobs& jobs) {
  Command verb = app.add_subcommand("people", "Say who is the same person, and who is not");
  verb.require_subcommand();
  verb.footer("Example: furrow people link shop");
  auto options = std::make_shared<PeopleOptions>();
  auto leaf_of = [&](const char* name, const char* description) {
    Command leaf = verb.add_subcommand(name, description);
    leaf.add_option("DIR", options->workspace, "The workspace").required();
    leaf.add_option("--data", options->data, "The data directory (DIR/.furrow/data)");
    leaf.add_flag("--json", options->json, "Print one JSON object");
    return leaf;
  };
  Command merge = leaf_of("merge", "Two people are one; a split undoes it whole");
  merge.add_option("FROM", options->from, "A profile id, or an identifier such as user_id:42").required();
  merge.add_option("INTO", options->into, "The same; this one's profile id stays").required();
  merge.footer("Example: furrow people merge shop anonymous_id:card-17 user_id:42");
  jobs.add(merge, [options] { return run(*options, true); }, &options->json);
  Command split = leaf_of("split", "Undo a merge: two people, as if it had never been");
  split.add_option("PROFILE", options->profile, "The profile that was merged away");
  split.add_option("--merge", options->merge, "Instead of it: the merge's position (furrow query DIR \"select * from merges\")");
  split.footer("Example: furrow people split shop p_01h5w3kz9q2vm");
  jobs.add(split, [options] { return run(*options, false); }, &options->json);
  Command linkage = leaf_of("link", "Find who is the same person in several sources: merge what is sure, ask about the rest");
  linkage.add_flag("--new", options->only_new, "Only who came or changed since the last time, by what was learned then; a server does it by itself");
  linkage.footer("Example: furrow people link shop");
  jobs.add(linkage, [options] { return link(*options); }, &options->json);
}

}  // namespace furrow::cli
