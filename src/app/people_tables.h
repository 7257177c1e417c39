// What each source says of each person, as linkage compares it: from profiles to rows and tables.
//
// A row for each source and profile that the source told of, when it tells at least kLeastTraits traits. A person's rows are known to be of
// one person. Threads: one. Memory: the traits once as text.
#pragma once
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "app/people_linkage.h"
#include "identity/linkage.h"
#include "profile/profile.h"

namespace furrow::app {

inline constexpr size_t kLeastTraits = 2;  // a source whose records say less links nobody

struct SourceRow {
  std::string source;
  ProfileId origin;  // the profile that it came in under
  std::map<std::string, std::string> values;
};
// By source, then origin.
std::vector<SourceRow> source_rows(const profile::Profile& person);
// As a person is shown it: some values, cut short.
ReviewSide review_side(const SourceRow& row);

class PeopleTables {
 public:
  void add(const profile::Profile& person);
  // One a source, with the column `id`. Valid while this lives, until the next call.
  const std::vector<identity::LinkSourceInput>& tables();
  ReviewSide side(const std::string& source, const std::string& id) const;
  // The sources that told of a profile.
  std::vector<std::string> sources_of(ProfileId profile) const;
  size_t source_count() const { return sources_.size(); }
  std::vector<identity::NamedLabel>& labels() { return labels_; }

 private:
  struct Source {
    std::map<std::string, size_t> names;
    std::vector<SourceRow> rows;
    std::unordered_map<ProfileId, size_t> at;
  };
  std::map<std::string, Source> sources_;
  std::vector<table::Table> made_;
  std::vector<identity::LinkSourceInput> inputs_;
  std::vector<identity::NamedLabel> labels_;
};

}  // namespace furrow::app
