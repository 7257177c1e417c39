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
  // kind, selector, column, zone, frame, shape
  using TrackKey = std::tuple<StateKind, uint16_t, uint16_t, uint16_t, uint16_t, uint16_t>;
  // The end of a window: ago, period, back, zone.
  using FrameKey = std::tuple<Duration, Period, int, uint16_t>;
  Status check_definitions();
  Status check_windows(const FeatureDefinition& feature);
  Status find_selectors();
  Status find_columns();
  Status find_zones();
  void find_windows();
  void find_tracks();
  void add_track(const TrackKey& key, const std::vector<size_t>& features);
  void number_states();
  void find_listeners();
  Status find_derived();
  void compute_hash();
  Result<int> bind(const std::string& text);
  Result<FeatureProgram::Input> resolve(const FeatureDefinition& feature, const std::string& name) const;
  FrameKey frame_key(const FeatureDefinition& feature) const;
  TrackKey track_key(const FeatureDefinition& feature, const std::string& argument);
  static std::string selector_key(const FeatureDefinition& feature);
  static std::string column_key(const FeatureDefinition& feature, const std::string& argument);

  FeatureProgram& program_;
  std::map<std::string, int> expression_index_;
  std::map<std::string, uint16_t> name_index_, selector_index_, column_index_, zone_index_;
  std::map<FrameKey, uint16_t> frame_index_;
  std::map<std::vector<double>, uint16_t> shape_index_;
};

}  // namespace furrow::profile
