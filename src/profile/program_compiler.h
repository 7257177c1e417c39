// ProgramCompiler: from definitions to a FeatureProgram: finds what several features share and numbers it.
// Numbers follow the sorted text of what is numbered, not the order of declaration, so that moving a definition in its
// file does not change FeatureProgram::hash. Not for use outside FeatureProgram::compile.
#pragma once
#include <map>
#include <string>
#include <tuple>

#include "profile/program.h"

namespace furrow::profile {

class ProgramCompiler {
 public:
  explicit ProgramCompiler(FeatureProgram& program) : program_(program) {}
  Status compile();

 private:
  using TrackKey = std::tuple<FeatureProgram::TrackKind, uint16_t, uint16_t, uint16_t>;  // kind, selector, column, zone
  Status check_names();
  Status find_selectors();
  Status find_columns();
  Status find_zones();
  void find_windows();
  void find_tracks();
  void number_states();
  void find_listeners();
  void compute_hash();
  Result<int> bind(const std::string& text);
  static std::string selector_key(const FeatureDefinition& feature);
  static FeatureProgram::TrackKind track_kind(Aggregate aggregate);
  static std::string column_key(const FeatureDefinition& feature);

  FeatureProgram& program_;
  std::map<std::string, int> expression_index_;
  std::map<std::string, uint16_t> name_index_, selector_index_, column_index_, zone_index_;
};

}  // namespace furrow::profile
