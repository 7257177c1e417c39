// The shop template against the market twin's exports: every source maps, and what is refused is only the planted dirt.
#include <gtest/gtest.h>

#include <map>

#include "app/templates.h"
#include "app/workspace.h"
#include "base/files.h"
#include "collect/importer.h"
#include "market/exports.h"

namespace furrow::app {
namespace {

TEST(ShopTemplate, EverySourceMapsItsExport) {
  TemporaryFolder folder;
  auto root = folder.path() / "shop";
  ASSERT_TRUE(create_workspace(root, "shop").ok());
  market::MarketOptions options{.seed = 3, .customers = 600, .months = 2, .until = *parse_time("2026-03-02T00:00:00Z")};
  auto report = market::write_exports(options, root / "data");
  ASSERT_TRUE(report.ok());
  auto shop = Workspace::load(root);
  ASSERT_TRUE(shop.ok()) << shop.error().message();
  ManualClock clock(options.until + hours(1));
  std::map<std::string, size_t> labels;
  for (const auto& source : shop->sources) {
    collect::ImportCounts counts;
    std::map<std::string, size_t> why;
    for (const auto& file : source.files) {
      auto status = collect::import_file(source, root / file, file, clock, {}, [&](collect::ImportBatch&& batch) -> Status {
        for (const auto& event : batch.events) ++labels[std::string(event.label())];
        for (const auto& refused : batch.refused) ++why[refused.message.substr(0, 80)];
        return {};
      }, counts);
      ASSERT_TRUE(status.ok()) << source.name << ": " << status.error().to_string();
    }
    std::string reasons;
    for (const auto& [message, n] : why) reasons += std::to_string(n) + " × " + message + "\n";
    EXPECT_GT(counts.events, 100u - (source.name == "support_tickets") * 60) << source.name;
    EXPECT_LT(static_cast<double>(counts.refused), 0.02 * static_cast<double>(counts.rows)) << source.name << "\n" << reasons;
    EXPECT_EQ(counts.rows, counts.events + counts.skipped + counts.refused) << source.name;
    RecordProperty(source.name, reasons);
  }
  // Every event that a feature, a label or an outcome of the template listens to is there.
  for (const char* label : {"$page", "$identify", "Product Viewed", "Product List Filtered", "Product Added", "Checkout Started",
                            "Offer Viewed", "Order Completed", "Order Refunded", "Ticket Opened"}) {
    EXPECT_GT(labels[label], 5u) << label;
  }
  for (const auto& feature : shop->features) {
    for (const auto& event : feature.events) EXPECT_TRUE(labels.contains(event)) << feature.name << " listens to " << event;
  }
}

}  // namespace
}  // namespace furrow::app
