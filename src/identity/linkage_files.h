// Linkage from files to files: what `furrow link` does.
//
// Reads the files (every cell as text), finds each one's ids (the column told, else `id`, else the row's number in its file from 1, unreadable rows counted, also where the id is missing), links, and
// writes `source,id,person` for every record, and when asked `left_source,left_id,right_source,right_id,probability,evidence` for every
// accepted pair. Evidence is the waterfall in bits: "prior -10.6 | title: equal +15.4 | … = 20.1 bits". A source is its file's
// stem; a second file of the same stem becomes stem_2.
// Errors: those of reading, writing and configuration; kInvalidArgument when an id column that was told is in no file.
// Threads: one call a thread. Memory: the files once, and linkage.h.
#pragma once
#include "identity/linkage_config.h"
#include "table/files.h"

namespace furrow::identity {

struct LinkFilesRequest {
  std::vector<std::filesystem::path> files;
  LinkConfig config;
  std::filesystem::path clusters, pairs;  // `pairs` empty: not written
  std::filesystem::path save;     // the finished linkage (linkage_saved.h); empty: not kept
  std::filesystem::path against;  // such a linkage: the files' records are linked to its people, one by one
  bool threshold_told = false;    // else that of the saved linkage
};

struct LinkFilesReport {
  struct Source {
    std::string name, id_column;  // "" for row numbers
    uint64_t rows = 0, rejected = 0, records = 0;
    bool clean = false;
    double duplicate_share = 0;
  };
  std::vector<Source> sources;
  std::vector<std::string> notes;      // what a person should look at: a file without a header
  std::vector<table::Reject> rejects;  // of all files; the reason names the file when there are several
  uint64_t records = 0, people = 0, candidates = 0, links = 0, learned_from_labels = 0;
  double expected_across = 0, expected_within = 0;
  double expected_kin = 0;  // pairs that are two people of one household (linkage_model.h); 0: none to speak of
  std::vector<FieldPlan> fields;
  std::vector<LinkWeights> weights;
  std::vector<LinkStage> stages;
};

Result<LinkFilesReport> link_files(const LinkFilesRequest& request);
// With `against`: nothing is learned anew. People have the numbers of the clusters file that was written with the saved linkage, new ones the
// next; a record whose source and id it knows is that person's. report.people counts the new ones, report.links those who were found.
Result<LinkFilesReport> link_files_against(const LinkFilesRequest& request);

struct LinkInputs {
  std::vector<table::Table> tables;
  std::vector<LinkSourceInput> inputs;
};
// Reads the files and finds their ids.
Status load_link_inputs(const LinkFilesRequest& request, LinkInputs& loaded, LinkFilesReport& report);

// "prior -10.6 | title: equal +15.4 | … = 20.1 bits"
std::string waterfall(const std::vector<LinkEvidence>& evidence, double total);

}  // namespace furrow::identity
