#include "cli/commands.h"

namespace furrow::cli {

void add_all_commands(Command app, Jobs& jobs) {
  // In the order of the help page:
  add_init_command(app, jobs);
  add_check_command(app, jobs);
  add_serve_command(app, jobs);
  add_source_command(app, jobs);
  add_quarantine_command(app, jobs);
  add_query_command(app, jobs);
  add_verify_command(app, jobs);
  add_simulate_command(app, jobs);
  add_clean_command(app, jobs);
  add_link_command(app, jobs);
  add_features_command(app, jobs);
  add_model_command(app, jobs);
  add_ltv_command(app, jobs);
  add_uplift_command(app, jobs);
  add_intent_command(app, jobs);
  add_segment_command(app, jobs);
  add_segments_command(app, jobs);
  add_people_command(app, jobs);
  add_quality_command(app, jobs);
}

}  // namespace furrow::cli
