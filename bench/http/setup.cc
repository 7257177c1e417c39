// A workspace for bench/http/run.sh: a placement with 20 actions, 50 features, a model of 200 trees, promoted by the script.
// Usage: http_setup DIR
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>

#include "app/keys.h"
#include "base/files.h"
#include "predict/sample_model.h"

namespace furrow {
namespace {

Status write(const std::filesystem::path& root) {
  std::filesystem::create_directories(root / ".furrow" / "data" / "models" / "bench");
  for (const char* folder : {"features", "models", "placements"}) std::filesystem::create_directories(root / folder);
  FURROW_TRY(write_file_atomically(root / "workspace.yaml", "name: HTTP bench\ntimezone: UTC\ncurrency: EUR\n"));
  FURROW_TRY(write_file_atomically(root / "identity.yaml", "identifiers:\n  - kind: user_id\n  - kind: anonymous_id\n"));
  std::string features = "features:\n";
  const char* aggregates[] = {"count", "sum(price)", "distinct(sku)", "distinct_days", "max(price)"};
  const char* windows[] = {"1d", "3d", "7d", "14d", "30d"};
  for (int i = 0; i < 50; ++i) {
    features += fmt::format("  - {{name: f{}, event: {}, aggregate: {}, window: {}, default: 0}}\n", i, i % 2 ? "Clicked" : "Order Completed",
                            aggregates[i / 2 % 5], windows[i / 10]);
  }
  FURROW_TRY(write_file_atomically(root / "features" / "all.yaml", features));
  FURROW_TRY(write_file_atomically(root / "models" / "bench.yaml",
                                   "name: bench\nlabel: {event: Order Completed, within: 7d}\nobservations: {event: Offer Viewed}\n"
                                   "features: all\naction_features: [discount, category, page]\n"));
  std::string placement = "name: home\nmodel: bench\nbaseline: a0\noutcome: {event: Order Completed, within: 1h}\nexploration: 0.1\nholdout: 0\nactions:\n";
  const char* categories[] = {"any", "shoes", "hats"};
  for (int i = 0; i < 20; ++i) {
    placement += fmt::format("  - {{id: a{}, name: Action {}, attributes: {{discount: {}, category: {}}}}}\n", i, i, 5 * (i % 7), categories[i % 3]);
  }
  FURROW_TRY(write_file_atomically(root / "placements" / "home.yaml", placement));
  FURROW_TRY(app::ensure_keys(root));
  predict::SampleModelOptions model;
  model.features = 50;
  model.rows = 20'000;
  model.rounds = 200;
  FURROW_TRY(predict::train_sample_model(root / ".furrow" / "data" / "models" / "bench" / "v0001", model));
  return {};
}

}  // namespace
}  // namespace furrow

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: http_setup DIR\n");
    return 2;
  }
  auto done = furrow::write(argv[1]);
  if (!done.ok()) std::fprintf(stderr, "%s\n", done.error().to_string().c_str());
  return done.ok() ? 0 : 1;
}
