// Every verb of the program. To add one: declare it here, list it in commands.cc, write it in NAME_command.cc.
#pragma once
#include "cli/command.h"

namespace furrow::cli {

void add_all_commands(Command app, Jobs& jobs);

// One line a verb, each in its own NAME_command.cc:
void add_features_command(Command app, Jobs& jobs);
void add_matrix_commands(Command features, Jobs& jobs);  // of features: propose, inspect, parity
void add_init_command(Command app, Jobs& jobs);
void add_check_command(Command app, Jobs& jobs);
void add_serve_command(Command app, Jobs& jobs);
void add_quarantine_command(Command app, Jobs& jobs);
void add_query_command(Command app, Jobs& jobs);
void add_verify_command(Command app, Jobs& jobs);
void add_simulate_command(Command app, Jobs& jobs);
void add_source_command(Command app, Jobs& jobs);
void add_model_command(Command app, Jobs& jobs);
void add_clean_command(Command app, Jobs& jobs);
void add_ltv_command(Command app, Jobs& jobs);
void add_uplift_command(Command app, Jobs& jobs);
void add_intent_command(Command app, Jobs& jobs);
void add_link_command(Command app, Jobs& jobs);
void add_segment_command(Command app, Jobs& jobs);
void add_segments_command(Command app, Jobs& jobs);
void add_people_command(Command app, Jobs& jobs);
void add_quality_command(Command app, Jobs& jobs);

}  // namespace furrow::cli
